"""The page of all parts, and what hangs on it: nobody finds it in production, and no style is left without a user."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from apiflask import APIFlask

from tests.fixtures.people import Browser, signed_in
from tests.web import nu
from tests.web.page import read_page
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.paths import STATIC, TEMPLATES
from webapp.web import menu

CLASS = re.compile(r"\.([a-zA-Z][\w-]*)")
RULE = re.compile(r"([^{}]+)\{[^{}]*\}")
COMMENT = re.compile(r"/\*.*?\*/", re.S)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\brgba?\(\s*\d")
# Classes of libraries that we dress anew.
FOREIGN = re.compile(r"icon-tabler.*|CodeMirror.*|cm-.*|htmx-.*")


@pytest.fixture
def debugged(tmp_path: Path) -> Iterator[APIFlask]:
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(tmp_path)}), TESTING=True, DEBUG=True)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def test_style_guide_is_a_sound_page_in_debug(debugged: APIFlask, tmp_path: Path) -> None:
    answer = signed_in(debugged, "viewer").get("/styleguide", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    read_page(answer)
    pages = tmp_path / "pages"
    pages.mkdir()
    nu.save(pages, "", {"styleguide": answer})
    assert not nu.complaints(pages)


def test_style_guide_is_not_there_without_debug(admin: Browser) -> None:
    assert admin.get("/styleguide").status_code == 404


def test_no_class_of_a_style_sheet_is_without_a_user() -> None:
    users = [*TEMPLATES.rglob("*.html"), *(STATIC / "js").glob("*.js"), *Path(menu.__file__).parents[1].rglob("*.py")]
    used = set(re.findall(r"[\w-]+", " ".join(path.read_text("utf-8") for path in users)))
    vendor = (STATIC / "vendor" / "tabler-1.6.1" / "tabler.min.css").read_text("utf-8")
    known = used | set(CLASS.findall(vendor))
    unused = {name for path in sheets() for name in classes(path) if not is_used(name, known)}
    assert not unused, sorted(unused)


def test_colours_stand_in_the_tokens_alone() -> None:
    raw = [
        f"{path.name}: {found[0]}" for path in sheets() if path.name != "tokens.css"
        for found in COLOUR.finditer(COMMENT.sub("", path.read_text("utf-8")))
    ]  # fmt: skip
    assert [text for text in raw if not text.endswith(("#fff", "#ffffff"))] == []


def test_every_entry_of_the_menu_has_an_icon_and_a_key_of_its_own() -> None:
    doors = [door for group in menu.GROUPS for door in group.doors]
    icons, keys = [door.icon for door in doors], [door.key for door in (*doors, menu.OWN) if door.key]
    assert sorted(icons) == sorted(set(icons))
    assert sorted(keys) == sorted(set(keys))


def sheets() -> list[Path]:
    return sorted((STATIC / "css").glob("*.css"))


def classes(path: Path) -> set[str]:
    text = COMMENT.sub("", path.read_text("utf-8"))
    found = {name for selectors in RULE.findall(text) for name in CLASS.findall(selectors)}
    return {name for name in found if not FOREIGN.fullmatch(name)}


def is_used(name: str, known: set[str]) -> bool:
    """Names may be put together: ``run-bar-{{ part }}``, ``bg-{{ colour }}-lt``, ``is-{{ number }}``."""
    return name in known or any(name[: place + 1] in known for place in range(len(name)) if name[place] == "-")
