"""A provider's own recipes: versions, roll-back, two writers, two processes, try-outs."""

import sqlite3
import threading

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from tests import factories
from tests.gateways.servers import LoopbackServer, always, http
from tests.services.helpers import actions, last_event
from tests.web.recipe_states import BROKEN, text_of
from webapp import create_app
from webapp.clock import utc_now
from webapp.config import Settings
from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.contract import Operation
from webapp.gateways.recipe.loader import LARGEST_FILE
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.models import RecipeVersion
from webapp.services import doctor, pages_gateways, recipe_texts, recipe_trials, recipes
from webapp.services.audit import acting_as
from webapp.services.errors import Conflict, NotFound
from webapp.services.recipes import RecipeRefused

KEY = "own_tv"
TOKEN = "a-token-that-nobody-may-see"

pytestmark = pytest.mark.usefixtures("app")


def save(label: str = "Own TV", base: str | None = None, key: str = KEY) -> RecipeVersion:
    given = recipes.edition(key) if base is None else base
    return recipes.save_version(text_of(key, label), reason=f"now {label}", base=given, key=key)


def label_of(key: str = KEY) -> str:
    return get_gateway(key).traits.label


def test_saved_recipe_runs_at_once_and_says_who_made_it_and_why() -> None:
    with acting_as("ana@example.com"):
        version = save()
    assert (version.number, version.active, version.actor, version.reason) == (1, True, "ana@example.com", "now Own TV")
    assert label_of() == "Own TV"
    assert get_gateway(KEY).traits.sheet.version == 1
    event = last_event()
    assert (event.action, event.label, event.after, event.reason) == (
        "recipe.create",
        KEY,
        {"version": 1},
        "now Own TV",
    )


def test_each_save_makes_the_next_version_and_keeps_the_others() -> None:
    save("One")
    save("Two")
    assert [recipes.get_version(KEY, number).active for number in (1, 2)] == [False, True]
    assert label_of() == "Two"
    event = last_event()
    assert (event.action, event.before, event.after) == ("recipe.update", {"version": 1}, {"version": 2})
    assert event.object_id == recipes.get_version(KEY, 1).id


def test_saving_what_runs_already_changes_nothing() -> None:
    save()
    assert save(base="0.0").number == 1
    assert actions() == ["recipe.create"]


def test_line_ends_of_a_browser_are_those_of_a_file() -> None:
    text = text_of(KEY, "Own TV")
    version = recipes.save_version(text.replace("\n", "\r\n") + "\r\n\r\n", reason="x", base="0.0")
    assert version.text == text


def test_recipe_with_problems_is_refused_and_what_ran_runs_on() -> None:
    save()
    with pytest.raises(RecipeRefused) as caught:
        recipes.save_version(BROKEN, reason="x", base="1.1", key=KEY)
    found = {problem.key: problem.line for problem in caught.value.found}
    assert found["status"] == 3
    assert {problem.field for problem in caught.value.problems} == {"text"}
    assert label_of() == "Own TV"
    assert recipes.edition(KEY) == "1.1"


@pytest.mark.parametrize(
    ("key", "expected", "code"),
    [
        ("own_tv", "other_tv", "recipe_key_differs"),
        ("outros", "", "recipe_key_reserved"),
        ("try", "", "recipe_key_reserved"),
        ("nx_play", "", "recipe_key_reserved"),
    ],
)
def test_key_that_is_not_free_is_refused(key: str, expected: str, code: str) -> None:
    with pytest.raises(RecipeRefused) as caught:
        recipes.save_version(text_of(key, "X"), reason="x", base="0.0", key=expected)
    assert [problem.code for problem in caught.value.found] == [code]


def test_recipe_of_more_than_the_limit_is_refused_before_it_is_read() -> None:
    problems = recipe_texts.inspect_text("# " + "x" * LARGEST_FILE).problems
    assert [problem.code for problem in problems] == ["recipe_too_large"]


@pytest.mark.parametrize("meanwhile", ["save", "activate"])
def test_whoever_began_on_an_older_edition_is_told_and_nothing_is_lost(meanwhile: str) -> None:
    save("One")
    save("Two")
    base = recipes.edition(KEY)
    save("Three") if meanwhile == "save" else recipes.activate_version(KEY, 1)
    running = label_of()
    with pytest.raises(Conflict, match="recipe_stale"):
        save("Mine", base=base)
    db.session.rollback()
    assert label_of() == running


def test_a_new_recipe_does_not_fall_upon_one_that_is_there() -> None:
    save()
    with pytest.raises(Conflict, match="recipe_stale"):
        recipes.save_version(text_of(KEY, "Another"), reason="x", base="0.0")


def test_roll_back_runs_the_old_version_and_makes_no_new_one() -> None:
    save("One")
    save("Two")
    recipes.activate_version(KEY, 1, reason="Two was worse")
    assert (label_of(), recipes.edition(KEY)) == ("One", "2.1")
    event = last_event()
    assert (event.action, event.before, event.after) == ("recipe.activate", {"version": 2}, {"version": 1})
    assert recipes.activate_version(KEY, 1).number == 1
    assert actions().count("recipe.activate") == 1


def test_version_that_cannot_run_any_more_is_not_activated() -> None:
    save()
    values = {"key": KEY, "number": 2, "text": BROKEN, "created_at": utc_now()}
    db.session.add(RecipeVersion(**values))
    db.session.commit()
    with pytest.raises(RecipeRefused):
        recipes.activate_version(KEY, 2)
    assert label_of() == "Own TV"


def test_version_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFound, match="recipe_version_missing"):
        recipes.activate_version(KEY, 9)


def test_removing_a_copy_brings_the_bundled_recipe_back_and_keeps_the_versions() -> None:
    copied = recipes.current_text("nx_play").replace('label = "NX Play"', 'label = "NX ours"')
    recipes.save_version(copied, reason="x", base="0.0", key="nx_play")
    factories.make_integration(gateway="nx_play")
    assert label_of("nx_play") == "NX ours"
    recipes.remove_own("nx_play", reason="no longer needed")
    assert label_of("nx_play") == "NX Play"
    assert recipes.edition("nx_play") == "1.0"
    assert last_event().action == "recipe.remove"
    recipes.activate_version("nx_play", 1)
    assert label_of("nx_play") == "NX ours"


def test_recipe_that_integrations_need_is_not_removed_when_nothing_takes_its_place() -> None:
    save()
    factories.make_integration(gateway=KEY)
    with pytest.raises(Conflict, match="recipe_in_use") as caught:
        recipes.remove_own(KEY)
    assert caught.value.params["count"] == 1
    assert label_of() == "Own TV"


def test_recipe_that_nobody_uses_can_be_removed() -> None:
    save()
    recipes.remove_own(KEY)
    recipes.remove_own(KEY)
    with pytest.raises(UnknownGateway):
        get_gateway(KEY)
    assert actions() == ["recipe.create", "recipe.remove"]


def test_what_another_process_installed_is_taken_over_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    save("One")
    save("Two")
    _elsewhere()
    recipes.refresh()
    assert label_of() == "Two"
    monkeypatch.setattr(recipes, "REFRESH_S", 0.0)
    recipes.refresh()
    assert label_of() == "One"


def _elsewhere() -> None:
    """Do what a second process does: move the active version, without telling this one."""
    for number in (2, 1):
        statement = update(RecipeVersion).where(RecipeVersion.key == KEY, RecipeVersion.number == number)
        db.session.execute(statement.values(active=number == 1))
    db.session.commit()


def test_application_that_starts_loads_what_runs(app: APIFlask, settings: Settings) -> None:
    save()
    second = create_app(settings, TESTING=True)
    assert pages_gateways.origin_of(KEY).origin == "removed"
    with second.app_context():
        recipes.refresh()
        db.engine.dispose()
    assert label_of() == "Own TV"


def test_thread_without_an_application_takes_it_over_too(app: APIFlask) -> None:
    save()
    registry.load()
    engine = db.engine
    thread = threading.Thread(target=lambda: recipes.refresh(engine, at_once=True))
    thread.start()
    thread.join()
    assert label_of() == "Own TV"


def test_database_without_tables_leaves_the_bundled_recipes(app: APIFlask) -> None:
    db.drop_all()
    recipes.refresh(at_once=True)
    assert get_gateway("nx_play")


def test_broken_recipe_in_the_database_stops_nothing_and_is_told() -> None:
    db.session.add(RecipeVersion(key=KEY, number=1, text=BROKEN, created_at=utc_now(), active=True))
    db.session.commit()
    recipes.refresh(at_once=True)
    assert {problem.file for problem in registry.problems()} == {f"{KEY}.toml"}
    assert get_gateway("nx_play")
    broken = [finding for finding in doctor.examine() if finding.code == "doctor_recipe_broken"]
    assert broken
    assert all(finding.level == "warn" for finding in broken)
    assert [row.origin for row in pages_gateways.list_gateways("own_tv")] == ["broken"]


def test_two_who_save_at_once_make_one_version_after_the_other(app: APIFlask) -> None:
    save("One")
    base, outcomes = recipes.edition(KEY), []
    db.session.rollback()

    def write(label: str) -> None:
        with app.app_context():
            try:
                outcomes.append(save(label, base=base).number)
            except Conflict as error:
                outcomes.append(error.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=write, args=(f"Label {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["2", "recipe_stale", "recipe_stale", "recipe_stale"]


def test_copy_for_another_platform_has_a_key_that_is_free() -> None:
    text = recipes.copy_text("nx_play")
    assert 'key = "nx_play_2"' in text
    assert recipe_texts.inspect_text(text).gateway is not None
    recipes.save_version(text, reason="x", base="0.0")
    assert 'key = "nx_play_3"' in recipes.copy_text("nx_play")


def test_example_with_which_a_recipe_begins_can_run_as_it_is() -> None:
    assert recipe_texts.inspect_text(recipe_texts.starter_text()).problems == []


def test_size_of_a_change_is_counted_in_lines() -> None:
    save("One")
    recipes.save_version(text_of(KEY, "Two") + "# more\n", reason="x", base="1.1")
    second, first = pages_gateways.list_versions(KEY).items
    assert (second.added, second.removed) == (2, 1)
    assert (first.added, first.removed) == (len(text_of(KEY, "One").splitlines()), 0)
    lines = pages_gateways.compare_versions(KEY, "1", "2").lines
    assert [line.text for line in lines if line.sign == "+"][-1] == "# more"


def test_try_out_is_kept_in_the_history_without_the_secret(settings: object) -> None:
    with LoopbackServer(always(http(b'{"id": 5}', "201 Created"))) as server:
        values = {"params.api_url": server.url, "params.token": TOKEN}
        result = recipe_trials.try_operation(text_of(KEY, "X"), Operation.CREATE, values)
    assert (result.outcome, dict(result.remote_ids)) == ("ok", {"id": "5"})
    event = last_event()
    assert (event.action, event.after) == (
        "recipe.try", {"operation": "create", "host": "127.0.0.1", "outcome": "ok"}
    )  # fmt: skip
    assert TOKEN not in _whole_database()


def test_preview_keeps_nothing_and_sends_nothing() -> None:
    with LoopbackServer(always(http())) as server:
        values = {"params.api_url": server.url, "params.token": TOKEN}
        result = recipe_trials.preview_operation(text_of(KEY, "X"), Operation.CREATE, values)
        assert server.connections == 0
    assert result.exchange is not None
    assert TOKEN not in repr(result)
    assert actions() == []


def test_recipe_with_problems_is_not_tried() -> None:
    with pytest.raises(RecipeRefused):
        recipe_trials.try_operation(BROKEN, Operation.CREATE, {})
    assert actions() == []


def _whole_database() -> str:
    db.session.commit()
    path = db.engine.url.database
    with sqlite3.connect(str(path)) as connection:
        return "\n".join(connection.iterdump())
