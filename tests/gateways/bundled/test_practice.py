"""The recipe ``practice`` teaches NX Play: it asks as that recipe asks, and reaches nothing but the hub itself."""

import tomllib
from typing import Any
from urllib.parse import urlsplit

import pytest

from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient, HttpRequest
from webapp.gateways.registry import BUNDLED, get_gateway
from webapp.services.practice.line import HOST

OURS, THEIRS = ("http://" + HOST, "{{ params.api_url }}")
OPERATIONS = ("create", "update", "suspend", "enable", "cancel", "find", "list", "list_products")


def words(key: str, operation: str) -> dict[str, Any]:
    """Return the words of a call without its host and without the body, of which practice keeps only a part."""
    call: dict[str, Any] = tomllib.loads((BUNDLED / f"{key}.toml").read_text("utf-8"))["operations"][operation]
    return {name: value for name, value in call.items() if name != "json"} | {
        "url": call["url"].replace(OURS, "").replace(THEIRS, "")
    }


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_call_is_that_of_nx_play(operation: str) -> None:
    assert words("practice", operation) == words("nx_play", operation)


def test_it_sends_no_name_no_document_and_no_phone() -> None:
    recipe = tomllib.loads((BUNDLED / "practice.toml").read_text("utf-8"))
    sent = recipe["operations"]["create"]["json"].keys() | recipe["operations"]["update"]["json"].keys()
    assert sent == {"external_id", "email", "password", "products"}


def test_every_address_is_one_that_belongs_to_nobody() -> None:
    recipe = tomllib.loads((BUNDLED / "practice.toml").read_text("utf-8"))
    hosts = {urlsplit(call["url"]).hostname for call in recipe["operations"].values()}
    assert hosts == {HOST}
    assert HOST.endswith(".invalid")
    assert get_gateway("practice").traits.params[0].name == "usuario"


def test_a_line_opens_its_own_name_and_port_and_nothing_else() -> None:
    asked: list[str] = []

    def line() -> Any:
        asked.append("line")
        raise ConnectionRefusedError

    client = HttpClient(EgressPolicy(lines={(HOST, 80): line}))
    for url in (f"http://{HOST}/products", "http://127.0.0.1/products", f"http://127.0.0.1:80/{HOST}"):
        with pytest.raises(Exception, match=r"connect_failed|address_refused|connection_lost"):
            client.send(HttpRequest("GET", url, read_only=True))
    assert asked == ["line"]
