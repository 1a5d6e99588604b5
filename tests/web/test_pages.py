"""Every page, as a plain browser and as htmx sees it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.people import Browser
from tests.web import world
from tests.web.page import read, read_page

PAGES = (
    "/", "/customers", "/customers/new", "/customers/{customer_id}", "/customers/{customer_id}/edit",
    "/customers/{customer_id}/services/new", "/services/{service_id}/edit", "/services/{service_id}/packages/new",
    "/service-packages/{sale_id}", "/service-packages/{sale_id}/remove", "/transmissions", "/transmissions?tab=done",
    "/transmissions?tab=blocked", "/transmissions?tab=done&account={account_id}", "/attempts/{attempt_id}", "/runs",
    "/runs/{run_id}", "/runs/{run_id}?situation=state", "/integrations", "/integrations?active=all",
    "/integrations/new", "/integrations/new?gateway=outros", "/integrations/new?gateway=nx_play",
    "/integrations/{integration_id}", "/integrations/{integration_id}/products",
    "/integrations/{integration_id}/products/new", "/packages", "/packages/new", "/packages/{package_id}", "/plans",
    "/plans/new", "/plans/{plan_id}",
)  # fmt: skip
FRAGMENTS = ("/fragments/dashboard", "/fragments/services/{service_id}/accounts", "/fragments/runs/{run_id}")
LISTS = {
    "/customers": "customers-table", "/transmissions": "transmissions", "/runs": "runs-table",
    "/runs/{run_id}": "run-items", "/integrations": "integrations-table", "/packages": "packages-table",
    "/plans": "plans-table", "/integrations/{integration_id}/products": "products-table",
}  # fmt: skip


def comparable(text: str) -> str:
    """Return text without blanks and CSRF tokens, which carry the second they were made in."""
    return "".join(re.sub(r'name="csrf_token" value="[^"]*"', "", text).split())


@pytest.fixture
def here(app: object) -> world.World:
    return world.build()


@pytest.mark.parametrize("address", PAGES)
def test_page_is_well_formed(address: str, admin: Browser, here: world.World) -> None:
    response = admin.get(address.format(**here.ids()))
    assert response.status_code == 200
    read_page(response)


@pytest.mark.parametrize("address", PAGES)
def test_page_is_well_formed_on_an_empty_hub_or_says_there_is_no_such_thing(address: str, admin: Browser) -> None:
    ids = dict.fromkeys(world.World.__dataclass_fields__, 999)
    response = admin.get(address.format(**ids))
    assert response.status_code == (404 if "{" in address and "account=" not in address else 200)
    read_page(response)


@pytest.mark.parametrize("address", FRAGMENTS)
def test_fragment_has_one_root_and_sets_no_cookie(address: str, admin: Browser, here: world.World) -> None:
    response = admin.get(address.format(**here.ids()), hx=True)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "<html" not in response.text
    assert response.text.strip().startswith("<div id=")
    read(response)


def test_click_renews_the_session_and_polling_does_not(admin: Browser) -> None:
    assert "session=" in admin.get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in admin.get("/fragments/dashboard", hx=True).headers


@pytest.mark.parametrize(("address", "root"), LISTS.items())
def test_list_gives_htmx_the_same_part_that_stands_on_the_page(
    address: str, root: str, admin: Browser, here: world.World
) -> None:
    url = address.format(**here.ids())
    part, whole = admin.get(url, hx=True), admin.get(url)
    assert part.text.strip().startswith(f'<div id="{root}"')
    assert comparable(part.text) in comparable(whole.text)
    assert "HX-Request" in part.headers["Vary"]


def test_list_gives_the_whole_page_when_htmx_restores_history(admin: Browser) -> None:
    response = admin.get("/customers", hx=True, headers={"HX-History-Restore-Request": "true"})
    assert "<html" in response.text


def test_page_of_a_person_is_kept_by_nobody_and_allows_no_foreign_script(admin: Browser) -> None:
    headers = admin.get("/").headers
    assert headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "Strict-Transport-Security" not in headers


def test_attempt_shows_the_answer_as_text(admin: Browser, here: world.World) -> None:
    response = admin.get(f"/attempts/{here.attempt_id}")
    assert "&lt;b&gt;refused" in response.text


def test_dashboard_shows_why_a_platform_is_paused_and_offers_to_go_on(admin: Browser, here: world.World) -> None:
    found = read(admin.get("/"))
    assert any("trouble-cause" in attrs.get("class", "") for attrs in found.all("p"))
    assert any("trouble-retry" in attrs.get("class", "") for attrs in found.all("p"))
    assert f"/integrations/{here.integration_id}/resume" in [form["action"] for form in found.all("form")]


def test_static_file_is_compressed_and_kept_for_a_year(anonymous: Browser) -> None:
    response = anonymous.get("/static/css/app.css", headers={"Accept-Encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "31536000" in response.headers["Cache-Control"]


def test_money_stands_in_a_text_field_because_a_number_field_loses_the_comma(admin: Browser, here: world.World) -> None:
    found = read_page(admin.get(f"/packages/{here.package_id}"))
    value = next(attrs for attrs in found.all("input") if attrs.get("name") == "value")
    assert value["type"] == "text"
    assert value["value"] in ("29,90", "29.90")


def test_vendored_files_are_those_of_the_manifest() -> None:
    script = Path(__file__).resolve().parents[2] / "packaging" / "vendor.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0
