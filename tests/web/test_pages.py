"""Every page, as a plain browser and as htmx sees it."""

import gzip
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from tests.fixtures.people import Browser
from tests.secrets.canaries import found_in, handed_out
from tests.web import nu, pages, world
from tests.web.page import read, read_page
from tests.web.pages import ALL_PLACES, FRAGMENTS, Place
from tests.web.walk import Walk, walked
from tests.web.weight import weigh
from webapp.extensions import db
from webapp.models import Customer
from webapp.models.operator import ADMIN
from webapp.paths import STATIC
from webapp.web.access import API_PREFIX
from webapp.web.access_log import about

# Routes that answer GET and render no page: programs and fragments read them, or nobody may.
NO_PAGES = {
    "static", "gateways.export", "callback.answer", "callback.receive_code", "callback.take_event", "health.alive",
    "health.ready", "health.metrics", "security.verify", "pulls.bad_rows_file", "privacy.data_map_file", "shell.worker",
    "guide.image", "reports.file", "reports.count_file", "reports.compose_file", "receipts.public_key",
}  # fmt: skip
# Made-up values that pages say to explain themselves.
EXAMPLES = {"maria@example.com"}
WRONG = "<!doctype html><html lang=en><head><title>x</title></head><body><p id=a><p id=a><ul><p>x</ul></body></html>"
# Compressed, as the issue names them.
FIRST_BYTES, LATER_BYTES = 150_000, 30_000
LISTS = tuple(place for place in ALL_PLACES if place.table)


def named(place: Place) -> str:
    return place.name


def comparable(text: str) -> str:
    """Return text without blanks and what is new in every answer: tokens of forms, and how long ago something was."""
    return "".join(re.sub(r'name="(csrf_token|once)" value="[^"]*"|há \d+ \w+', "", text).split())


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with walked(tmp_path_factory.mktemp("walk")) as found:
        yield found


@pytest.fixture
def here(app: APIFlask) -> world.World:
    return world.build()


def page_rules(app: APIFlask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        ours = not rule.rule.startswith(API_PREFIX) and not rule.endpoint.startswith("fragments.")
        if "GET" in (rule.methods or ()) and ours and rule.endpoint not in NO_PAGES:
            yield rule


def test_every_route_that_renders_a_page_stands_in_the_catalogue(walk: Walk) -> None:
    ids = {**walk.here.ids(), "setup_token": "token"}
    adapter, known = walk.app.url_map.bind("localhost"), set()
    for place in ALL_PLACES:
        try:
            known.add(adapter.match(place.address.format(**ids).partition("?")[0], method="GET")[0])
        except HTTPException:
            continue
    missing = [f"{rule.endpoint} {rule.rule}" for rule in page_rules(walk.app) if rule.endpoint not in known]
    assert not missing, missing


def test_no_page_is_heavy_on_the_first_visit_nor_later(walk: Walk) -> None:
    heavy = [line for line in weigh(walk) if line[1] > LATER_BYTES or line[2] > FIRST_BYTES]
    assert not heavy, "\n".join(f"{name}: {later} later, {first} first" for name, later, first in heavy)


def test_whatever_a_page_asks_by_script_it_asks_without_one_too(walk: Walk) -> None:
    asked = {
        name: (
            [form["data-confirm"] for form in page.all("form") if "data-confirm" in form],
            [field["value"] for field in page.all("input") if field.get("name") == "ask"],
        )
        for name, page in (
            (name, read(answer)) for name, answer in walk.answers.items() if "data-confirm" in answer.text
        )
    }
    assert asked, "no page asks anything"
    assert [name for name, (by_script, without) in asked.items() if by_script != without] == []


def test_no_page_says_a_secret_but_the_addresses_that_administrators_hand_out(walk: Walk) -> None:
    addresses = {place.name: place.address for place in pages.ALL_PLACES}
    said = {name: found_in(answer.text + str(answer.headers)) for name, answer in walk.answers.items()}
    unasked = [(name, leak) for name, leaks in said.items() for leak in leaks if not handed_out(addresses[name], leak)]
    unasked += [(name, leak) for name, answer in walk.seen_by_viewer.items() for leak in found_in(answer.text)]
    assert unasked + found_in(walk.logs) == []
    assert any(said.values()), "no page shows even the addresses: is there a canary at all?"


def test_every_address_that_shows_a_person_is_noted_as_a_look(walk: Walk) -> None:
    with walk.app.app_context():
        people = db.session.execute(select(Customer.name, Customer.document, Customer.email)).all()
    said = {text for row in people for text in row if len(text) > 8} - EXAMPLES
    ids, adapter = {**walk.here.ids(), "setup_token": "token"}, walk.app.url_map.bind("localhost")
    shown = {place.address.format(**ids): walk.answers[place.name].text for place in pages.opened()}
    shown |= {one: walk.browsers[ADMIN].get(one, hx=True).text for one in (text.format(**ids) for text in FRAGMENTS)}
    unnoted = []
    for address, text in shown.items():
        path, _mark, query = address.partition("?")
        endpoint, values = adapter.match(path, method="GET")
        if any(one in text for one in said) and about(endpoint, path, values, dict(parse_qsl(query)).get) is None:
            unnoted.append(address)
    assert unnoted == []


def test_every_place_has_a_name_of_its_own() -> None:
    names = [place.name for place in ALL_PLACES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("place", ALL_PLACES, ids=named)
def test_page_is_well_formed(place: Place, walk: Walk) -> None:
    response = walk.answers[place.name]
    assert response.status_code == place.status, response.text[:2000]
    read_page(response)


@pytest.mark.parametrize("place", pages.opened(), ids=named)
def test_page_is_well_formed_for_who_may_only_look(place: Place, walk: Walk) -> None:
    response = walk.seen_by_viewer[place.name]
    assert response.status_code in (200, 403, 404)
    read_page(response)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("java"), reason="needs Java; make test installs it")
def test_every_page_is_valid_html_and_the_checker_finds_one_that_is_wrong(walk: Walk, tmp_path: Path) -> None:
    nu.save(tmp_path, "", walk.answers)
    nu.save(tmp_path, "viewer-", walk.seen_by_viewer)
    (tmp_path / "wrong-on-purpose.html").write_text(WRONG, "utf-8")
    on_purpose, lines = 0, []
    for text, places in nu.complaints(tmp_path).items():
        ours = [place for place in places if not place.startswith("wrong-on-purpose:")]
        on_purpose += len(places) - len(ours)
        lines += [f"{text} ({len(ours)})\n    " + "\n    ".join(ours[:4])] if ours else []
    assert not lines, "\n" + "\n".join(lines)
    assert on_purpose >= 2


def test_no_page_says_anything_that_is_not_translated(walk: Walk) -> None:
    assert sorted(walk.leftovers) == []


@pytest.mark.parametrize("place", [place for place in pages.opened() if place.of_one_thing], ids=named)
def test_page_of_a_thing_that_does_not_exist_says_so(place: Place, walk: Walk) -> None:
    response = walk.browsers[ADMIN].get(place.address.format(**dict.fromkeys(walk.here.ids(), 999)))
    assert response.status_code == 404
    read_page(response)


@pytest.mark.parametrize("address", FRAGMENTS)
def test_fragment_has_one_root_and_sets_no_cookie(address: str, walk: Walk) -> None:
    response = walk.browsers[ADMIN].get(address.format(**walk.here.ids()), hx=True)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers
    assert "<html" not in response.text
    assert response.text.strip().startswith("<div id=")
    read(response)


@pytest.mark.parametrize("place", LISTS, ids=named)
def test_list_gives_htmx_the_same_part_that_stands_on_the_page(place: Place, walk: Walk) -> None:
    url, admin = place.address.format(**walk.here.ids()), walk.browsers[ADMIN]
    part = admin.get(url, hx=True)
    assert part.text.strip().startswith(f'<div id="{place.table}"')
    assert "HX-Request" in part.headers["Vary"]
    # A page says how long ago something was; on a busy machine several of those may change between two answers.
    assert any(stands_on_page(admin, url) for _time in range(5))


def stands_on_page(admin: Browser, url: str) -> bool:
    """Say whether the part is that of the page just before or just after it."""
    before, part, after = admin.get(url), admin.get(url, hx=True), admin.get(url)
    return comparable(part.text) in comparable(before.text) + comparable(after.text)


@pytest.mark.parametrize(
    "address", ["/", "/customers", "/integrations", "/gateways", "/packages", "/plans", "/runs", "/history"]
)
def test_page_of_an_empty_hub_is_well_formed(address: str, admin: Browser) -> None:
    response = admin.get(address)
    assert response.status_code == 200
    read_page(response)


def test_click_renews_the_session_and_polling_does_not(admin: Browser) -> None:
    assert "session=" in admin.get("/").headers["Set-Cookie"]
    assert "Set-Cookie" not in admin.get("/fragments/dashboard", hx=True).headers


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


@pytest.mark.parametrize("path", ["css/app.css", "js/forms.js"])
def test_static_file_of_ours_comes_without_remarks_and_says_the_same(anonymous: Browser, path: str) -> None:
    served = gzip.decompress(anonymous.get(f"/static/{path}", headers={"Accept-Encoding": "gzip"}).data).decode()
    said = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", (STATIC / path).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"/\*|^\s*//", served, re.MULTILINE)
    assert served.split() == said.split()


def test_money_stands_in_a_text_field_because_a_number_field_loses_the_comma(admin: Browser, here: world.World) -> None:
    found = read_page(admin.get(f"/packages/{here.package_id}"))
    value = next(attrs for attrs in found.all("input") if attrs.get("name") == "value")
    assert value["type"] == "text"
    assert value["value"] in ("29,90", "29.90")


def test_vendored_files_are_those_of_the_manifest() -> None:
    script = Path(__file__).resolve().parents[2] / "packaging" / "vendor.py"
    assert subprocess.run([sys.executable, str(script), "--check"], check=False).returncode == 0
