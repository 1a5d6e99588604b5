"""Pages of gateways and recipes: list, sheet, editor, try-out, versions, files."""

import html
import io
import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from tests import factories
from tests.fixtures.people import Browser
from tests.gateways.servers import LoopbackServer, always, http
from tests.services.helpers import actions
from tests.web import recipe_states
from tests.web.page import read, read_page
from tests.web.recipe_states import BROKEN, OWN, text_of
from webapp.extensions import db
from webapp.gateways.registry import get_gateway
from webapp.models import RecipeVersion
from webapp.services import recipes

TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture
def own(app: object) -> Iterator[None]:
    recipe_states.build()
    return


def words(response: TestResponse) -> str:
    """Return what a page says, without markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def written(label: str, **more: str) -> dict[str, str]:
    """Return what the editor of the own recipe sends."""
    return {"key": OWN, "base": "3.3", "reason": "Why", "text": text_of(OWN, label), **more}


def tried(url: str, **more: str) -> dict[str, str]:
    fields = {"operation": "create", "param-api_url": url, "param-token": TOKEN, "value-customer-name": "Joana"}
    return written("Own TV", **fields, **more)


def label_of(key: str = OWN) -> str:
    return get_gateway(key).traits.label


@pytest.mark.usefixtures("own")
def test_list_says_of_each_what_it_rests_on_what_it_can_and_who_uses_it(viewer: Browser) -> None:
    factories.make_integration(gateway="nx_play")
    found = read_page(viewer.get("/gateways"))
    rows = {link["href"] for link in found.all("a")}
    assert {"/gateways/nx_play", "/gateways/outros", f"/gateways/{OWN}", "/gateways/broken_tv"} <= rows
    assert "/integrations?q=nx_play&active=all" in rows
    text = words(viewer.get("/gateways?q=own_tv"))
    assert "Own TV" in text
    assert "NX Play" not in text
    assert "Exatamente uma conta" in text


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize("address", ["/gateways/new", f"/gateways/{OWN}/edit", f"/gateways/{OWN}/versions",
                                     f"/gateways/{OWN}/export"])  # fmt: skip
def test_who_may_only_look_sees_list_and_sheet_and_no_way_to_change(address: str, viewer: Browser) -> None:
    assert viewer.get(address).status_code == 403
    sheet = read_page(viewer.get(f"/gateways/{OWN}"))
    links = {link["href"] for link in sheet.all("a")}
    assert not links & {f"/gateways/{OWN}/edit", f"/gateways/{OWN}/versions", f"/gateways/{OWN}/export"}
    assert [form for form in sheet.all("form") if form["action"].startswith("/gateways")] == []


@pytest.mark.parametrize("path", ["", "/edit", "/versions", "/export", "/export?version=bundled"])
def test_gateway_that_is_not_there_is_not_found(path: str, admin: Browser) -> None:
    response = admin.get(f"/gateways/nowhere{path}")
    assert response.status_code == 404
    read_page(response)


@pytest.mark.parametrize("path", ["/edit", "/export"])
def test_gateway_that_is_no_recipe_has_nothing_to_edit(path: str, admin: Browser) -> None:
    assert admin.get(f"/gateways/outros{path}").status_code == 404
    assert "/gateways/outros/edit" not in admin.get("/gateways/outros").text


def test_sheet_names_params_operations_and_what_leaves_the_hub(admin: Browser) -> None:
    factories.make_integration(gateway="nx_play", description="Minha NX")
    response = admin.get("/gateways/nx_play")
    read_page(response)
    text = words(response)
    for expected in ("nx_play", "api_url", "customer.document", "Minha NX", "Exatamente uma conta"):
        assert expected in text
    assert "/integrations/new?gateway=nx_play" in response.text


@pytest.mark.usefixtures("own")
def test_recipe_that_cannot_run_says_why_on_its_page_and_can_be_mended(admin: Browser) -> None:
    response = admin.get("/gateways/broken_tv")
    assert "guessed" in response.text
    assert "/gateways/broken_tv/edit" in response.text
    data = {"key": "broken_tv", "base": "1.1", "reason": "Mended", "text": text_of("broken_tv", "Mended")}
    assert admin.post("/gateways/broken_tv/edit", data=data).location == "/gateways/broken_tv"
    assert label_of("broken_tv") == "Mended"


def test_copy_of_a_bundled_recipe_runs_in_its_place_once_it_is_saved(admin: Browser) -> None:
    page = admin.get("/gateways/nx_play/edit")
    assert "label = &#34;NX Play&#34;" in page.text
    text = recipes.current_text("nx_play").replace('"NX Play"', '"NX ours"')
    data = {"key": "nx_play", "base": "0.0", "reason": "Real paths", "text": text}
    response = admin.post("/gateways/nx_play/edit", data=data)
    assert (response.status_code, response.location) == (303, "/gateways/nx_play")
    sheet = admin.get("/gateways/nx_play")
    assert "/gateways/nx_play/versions?old=bundled&amp;new=1" in sheet.text
    assert "NX ours" in sheet.text
    admin.post("/gateways/nx_play/remove")
    assert label_of("nx_play") == "NX Play"


@pytest.mark.usefixtures("own")
def test_recipe_with_problems_is_not_saved_and_each_problem_leads_to_its_line(admin: Browser) -> None:
    response = admin.post(f"/gateways/{OWN}/edit", data=written("x", text=BROKEN))
    assert response.status_code == 422
    page = read_page(response)
    assert "3" in [link.get("data-line") for link in page.all("a")]
    assert "guessed" in response.text
    assert "published, observed, assumed" in response.text
    assert label_of() == "Own TV"


@pytest.mark.usefixtures("own")
def test_reason_is_asked_for_and_what_was_written_is_still_there(admin: Browser) -> None:
    response = admin.post(f"/gateways/{OWN}/edit", data=written("Changed", reason=" "))
    assert response.status_code == 422
    assert "label = &#34;Changed&#34;" in response.text
    assert label_of() == "Own TV"


@pytest.mark.usefixtures("own")
def test_two_who_edit_see_both_texts_and_the_second_may_save_again(admin: Browser) -> None:
    assert admin.post(f"/gateways/{OWN}/edit", data=written("Theirs")).status_code == 303
    response = admin.post(f"/gateways/{OWN}/edit", data=written("Mine"))
    assert response.status_code == 409
    page = read_page(response)
    assert "-label = &#34;Theirs&#34;" in response.text
    assert "+label = &#34;Mine&#34;" in response.text
    assert label_of() == "Theirs"
    base = next(field["value"] for field in page.all("input") if field.get("name") == "base")
    assert admin.post(f"/gateways/{OWN}/edit", data=written("Mine", base=base)).status_code == 303
    assert label_of() == "Mine"


def test_new_recipe_begins_with_an_example_that_has_no_problem(admin: Browser) -> None:
    response = admin.get("/gateways/new")
    read_page(response)
    assert "data-problem-line" not in response.text
    data = {"key": "", "base": "0.0", "reason": "First", "text": text_of("fresh_tv", "Fresh TV")}
    assert admin.post("/gateways/new", data=data).location == "/gateways/fresh_tv"
    assert label_of("fresh_tv") == "Fresh TV"


def test_new_recipe_may_begin_as_a_copy_with_a_free_key(admin: Browser) -> None:
    assert "key = &#34;nx_play_2&#34;" in admin.get("/gateways/new?source=nx_play").text
    assert admin.get("/gateways/new?source=nowhere").status_code == 404


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("key", "action", "base"), [("brand_new", "/gateways/new", "0.0"), (OWN, f"/gateways/{OWN}/edit", "3.3")]
)
def test_file_is_shown_in_the_editor_and_nothing_is_saved(key: str, action: str, base: str, admin: Browser) -> None:
    before = db.session.query(RecipeVersion).count()
    content = b"\xef\xbb\xbf" + text_of(key, "From a file").replace("\n", "\r\n").encode()
    response = admin.post("/gateways/import", data={"file": (io.BytesIO(content), "mine.toml")})
    page = read_page(response)
    form = next(form for form in page.all("form") if form.get("id") == "recipe-form")
    assert form["action"] == action
    assert base in [field["value"] for field in page.all("input") if field.get("name") == "base"]
    assert "From a file" in response.text
    assert db.session.query(RecipeVersion).count() == before


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00 = ["])
def test_file_that_is_no_recipe_is_explained(content: bytes, admin: Browser) -> None:
    response = admin.post("/gateways/import", data={"file": (io.BytesIO(content), "x.toml")})
    assert response.status_code in (200, 422)
    read_page(response)
    assert "recipe-form" in response.text


@pytest.mark.usefixtures("own")
def test_live_check_answers_with_the_list_alone_and_keeps_nothing(admin: Browser) -> None:
    before = actions()
    response = admin.post("/gateways/check", data={"text": BROKEN, "key": OWN}, hx=True)
    assert response.text.strip().startswith('<div id="recipe-problems"')
    read(response)
    assert 'data-problem-line="3"' in response.text
    good = admin.post("/gateways/check", data={"text": text_of(OWN, "x"), "key": OWN}, hx=True)
    assert "data-problem-line" not in good.text
    assert actions() == before


@pytest.mark.usefixtures("own")
def test_request_is_shown_masked_and_nothing_is_sent(admin: Browser) -> None:
    with LoopbackServer(always(http())) as server:
        response = admin.post("/gateways/preview", data=tried(server.url), hx=True)
        assert server.connections == 0
    assert f"POST {server.url}/users" in response.text
    assert "Joana" in response.text
    assert TOKEN not in response.text
    read(response)


@pytest.mark.usefixtures("own")
def test_try_needs_the_tick_and_then_tells_class_ids_and_answer(admin: Browser) -> None:
    with LoopbackServer(always(http(b'{"id": 41}', "201 Created"))) as server:
        refused = admin.post("/gateways/try", data=tried(server.url), hx=True)
        assert (refused.status_code, server.connections) == (422, 0)
        response = admin.post("/gateways/try", data=tried(server.url, confirmed="y"), hx=True)
        assert len(server.requests) == 1
        assert TOKEN.encode() in server.requests[0]
    assert response.status_code == 200
    assert "id = 41" in response.text
    assert "HTTP 201" in response.text
    assert TOKEN not in response.text
    assert actions()[-1] == "recipe.try"


@pytest.mark.usefixtures("own")
def test_secret_that_was_typed_serves_the_next_try_and_never_stands_on_the_page(admin: Browser) -> None:
    with LoopbackServer(always(http(b'{"id": 41}', "201 Created"))) as server:
        first = read(admin.post("/gateways/preview", data=tried(server.url), hx=True))
        kept = next(field["value"] for field in first.all("input") if field.get("name") == "kept-param-token")
        again = {**tried(server.url, confirmed="y"), "param-token": "", "kept-param-token": kept}
        assert admin.post("/gateways/try", data=again, hx=True).status_code == 200
        assert TOKEN.encode() in server.requests[0]


@pytest.mark.usefixtures("own")
def test_recipe_with_problems_is_not_tried_and_the_fields_stay(admin: Browser) -> None:
    response = admin.post("/gateways/try", data={**tried("http://127.0.0.1:9", confirmed="y"), "text": BROKEN}, hx=True)
    assert response.status_code == 422
    assert "trial-fields" not in response.text
    assert "recipe.try" not in actions()


@pytest.mark.usefixtures("own")
def test_try_works_without_javascript_on_the_whole_page(admin: Browser) -> None:
    with LoopbackServer(always(http(b"{}", "401 Unauthorized"))) as server:
        response = admin.post("/gateways/try", data=tried(server.url, confirmed="y"))
    page = read_page(response)
    assert "trouble-cause" in response.text
    assert "label = &#34;Own TV&#34;" in response.text
    assert "/gateways/try#trial" in [button.get("formaction") for button in page.all("button")]


@pytest.mark.usefixtures("own")
def test_versions_show_who_why_and_how_much_and_any_two_are_compared(admin: Browser) -> None:
    response = admin.get(f"/gateways/{OWN}/versions?old=1&new=3")
    read_page(response)
    assert "-label = &#34;First&#34;" in response.text
    assert "+label = &#34;Own TV&#34;" in response.text
    assert "+1 −1" in words(response)
    assert "Endereço novo: Second" in words(response)
    assert admin.get(f"/gateways/{OWN}/versions?old=1&new=9").status_code == 404
    assert admin.get(f"/gateways/{OWN}/versions?old=bundled&new=1").status_code == 404


@pytest.mark.usefixtures("own")
def test_older_version_is_made_active_by_a_button(admin: Browser) -> None:
    page = read_page(admin.get(f"/gateways/{OWN}/versions"))
    url = f"/gateways/{OWN}/versions/1/active"
    assert url in [form["action"] for form in page.all("form")]
    assert admin.post(url).location == f"/gateways/{OWN}/versions"
    assert label_of() == "First"
    assert admin.post(f"/gateways/{OWN}/versions/9/active").status_code == 404


@pytest.mark.usefixtures("own")
def test_recipe_in_use_is_not_taken_away(admin: Browser) -> None:
    factories.make_integration(gateway=OWN)
    response = admin.post(f"/gateways/{OWN}/remove")
    assert response.status_code == 409
    assert label_of() == "Own TV"


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(("query", "label"), [("", "Own TV"), ("?version=1", "First")])
def test_export_is_a_file_with_exactly_the_text_that_is_kept(query: str, label: str, admin: Browser) -> None:
    response = admin.get(f"/gateways/{OWN}/export{query}")
    assert response.text == text_of(OWN, label)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{OWN}.toml"'
    assert response.mimetype == "text/plain"


@pytest.mark.usefixtures("own")
def test_history_tells_what_was_done_to_a_recipe_and_leads_to_its_page(admin: Browser) -> None:
    response = admin.get("/history?type=recipe")
    read_page(response)
    assert f"/gateways/{OWN}" in [link["href"] for link in read_page(response).all("a")]
    assert "Endereço novo: Second" in words(response)


def test_integration_says_which_version_it_runs_and_warns_of_what_is_assumed(admin: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play")
    response = admin.get(f"/integrations/{integration.id}")
    assert 'href="/gateways/nx_play"' in response.text
    assert "alert-warning" in response.text


def test_markup_in_a_recipe_is_shown_as_text(admin: Browser) -> None:
    text = text_of("odd_tv", "<b>Odd</b>").replace('# note = "What', 'note = "<script>x</script>')
    recipes.save_version(text, reason="<i>why</i>", base="0.0")
    for address in ("/gateways", "/gateways/odd_tv", "/gateways/odd_tv/edit", "/gateways/odd_tv/versions"):
        response = admin.get(address)
        read_page(response)
        assert "<b>Odd" not in response.text
        assert "<i>why" not in response.text


def test_file_of_a_bundled_recipe_becomes_a_copy_of_it(admin: Browser) -> None:
    content = recipes.current_text("nx_play").encode()
    response = admin.post("/gateways/import", data={"file": (io.BytesIO(content), "nx_play.toml")})
    assert "/gateways/nx_play/edit" in [form["action"] for form in read_page(response).all("form")]


@pytest.mark.usefixtures("own")
def test_new_recipe_under_a_removed_key_is_compared_first_and_then_saved(admin: Browser) -> None:
    data = {"key": "", "base": "0.0", "reason": "Again", "text": text_of(recipe_states.REMOVED, "Back")}
    response = admin.post("/gateways/new", data=data)
    assert response.status_code == 409
    base = next(field["value"] for field in read_page(response).all("input") if field.get("name") == "base")
    assert admin.post("/gateways/new", data={**data, "base": base}).status_code == 303
    assert label_of(recipe_states.REMOVED) == "Back"
