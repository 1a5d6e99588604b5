"""Every screen explains itself, and the guide stands inside the product."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from apiflask import APIFlask
from werkzeug.exceptions import HTTPException

from tests.fixtures.people import Browser
from tests.web.page import read_page
from tests.web.pages import ALL_PLACES
from webapp.web import guide, guide_text
from webapp.web.help import BY_ENDPOINT, TOPICS
from webapp.web.help.topic import Topic

# Pages without the frame: nobody is signed in, or the page is one sentence with one button.
WITHOUT_HELP = {
    "approval.show", "approval.decide", "password_link.show", "password_link.reveal", "invite.accept",
    "security.login", "setup.first_administrator",
    "shell.offline", "shell.signed_in", "sign_in.second_step",
}  # fmt: skip


def rendering(app: APIFlask) -> Iterator[str]:
    """Yield the endpoints behind the catalogue of pages, those that answer a form included."""
    adapter = app.url_map.bind("localhost")
    for place in ALL_PLACES:
        path = re.sub(r"\{\w+\}", "1", place.address).partition("?")[0]
        try:
            yield adapter.match(path, method="GET" if place.data is None else "POST")[0]
        except HTTPException:
            assert place.status in (404, 405), place


def test_every_endpoint_that_renders_a_page_has_help_or_a_reason_for_none(app: APIFlask) -> None:
    assert sorted(set(rendering(app)) - BY_ENDPOINT.keys() - WITHOUT_HELP) == []
    assert sorted(WITHOUT_HELP & BY_ENDPOINT.keys()) == []


def test_help_explains_only_pages_that_exist_and_each_of_them_once(app: APIFlask) -> None:
    named = [endpoint for topic in TOPICS for endpoint in topic.endpoints]
    assert sorted(named) == sorted(set(named))
    assert [endpoint for endpoint in named if endpoint not in app.view_functions] == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.endpoints[0])
def test_help_is_short(topic: Topic) -> None:
    assert 2 <= len(topic.lines) <= 5
    assert max(len(str(line)) for line in topic.lines) < 200


def test_page_shows_its_help_without_javascript_and_leads_into_the_guide(admin: Browser) -> None:
    response = admin.get("/customers")
    panel = re.search(r'<details class="menu help">.*?</details>', response.text, re.S)
    assert panel is not None
    assert 'href="/guide/listas"' in panel[0]
    read_page(response)


def test_page_that_says_what_went_wrong_has_no_help_of_another_page(viewer: Browser, admin: Browser) -> None:
    assert "menu help" not in viewer.get("/integrations/new").text
    assert "menu help" not in admin.get("/nowhere").text


@pytest.mark.parametrize("name", [*guide_text.pages(), *guide.REFERENCE])
def test_page_of_the_guide_is_well_formed_and_no_link_of_it_ends_nowhere(
    name: str, app: APIFlask, viewer: Browser
) -> None:
    response = viewer.get(f"/guide/{name}")
    assert response.status_code == 200
    found = read_page(response)
    article = response.text.partition("<article")[2].partition("</article>")[0]
    inside = {link for link in re.findall(r'<a [^>]*?href="(/[^"#?]*)', article)}
    adapter = app.url_map.bind("localhost")
    assert [link for link in inside if not adapter.test(link, method="GET")] == []
    own = {unquote(link.removeprefix("#")) for link in re.findall(r'href="(#[^"]+)"', article)}
    assert own <= set(found.ids())


@pytest.mark.parametrize(("text", "page"), [
    ("travar pacotes", "vender-um-pacote"), ("por que a maria nao assiste", "atendimento"), ("NX PLAY", "nx-play"),
])  # fmt: skip
def test_guide_is_searched_without_accents_and_headings_come_first(text: str, page: str, app: APIFlask) -> None:
    with app.test_request_context():
        assert page in [section.page for section in guide.find(text)[:3]]
        assert not guide.find("palavra-que-nao-existe")
        assert not guide.find(" ")


def test_search_of_everything_finds_sections_of_the_guide(admin: Browser) -> None:
    answer = admin.get("/search?q=travar+pacotes&all=1")
    assert 'href="/guide/vender-um-pacote#travar-pacotes"' in answer.text
    assert 'href="/guide/vender-um-pacote"' not in answer.text.partition('id="find-hits"')[0]


@pytest.mark.parametrize("name", [
    "nothing.webp", "../README.md", "..%2FREADME.md", "%2e%2e/README.md", "a.png", ".webp", "",
    "x.webp/../../README.md",
])  # fmt: skip
def test_nothing_but_pictures_is_given_out(name: str, admin: Browser) -> None:
    assert admin.get(f"/guide/img/{name}").status_code in (404, 308)


def test_picture_is_given_to_who_is_signed_in_and_may_be_kept(admin: Browser, anonymous: Browser) -> None:
    name = next(guide_text.IMAGES.glob("*.webp")).name
    answer = admin.get(f"/guide/img/{name}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert anonymous.get(f"/guide/img/{name}").status_code == 303


@pytest.mark.parametrize("name", ["nothing", "..", "README", "%2e%2e%2fREADME", "guia", "img"])
def test_guide_opens_no_other_file(name: str, admin: Browser) -> None:
    assert admin.get(f"/guide/{name}").status_code == 404


def test_who_is_not_signed_in_sees_no_guide(anonymous: Browser) -> None:
    assert anonymous.get("/guide").status_code == 303
