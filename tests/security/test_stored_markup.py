"""Whatever platforms, ERPs, files and people wrote is text on a page: no element, no attribute, no link of theirs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy import Column, String, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from tests.fixtures.databases import ON_POSTGRES
from tests.fixtures.people import Browser, signed_in
from tests.web import pages, states
from tests.web.walk import hub
from webapp.extensions import db
from webapp.models import Setting
from webapp.models.event import HISTORY_OPEN
from webapp.models.operator import ADMIN

TAG = "stolen-page"
OUR_WORD = re.compile(r"[\d.:TZ+-]*|[a-z_]+")
# An address where a link could be made of it, and then every way out of a place in a page.
WRITING = (
    "javascript:x('{place}')\"'><stolen-page from='{place}' onfocus=x()></textarea></title></script>"
    "<img src=x onerror=x()>{{{{7*7}}}}"
)
# What people, files, platforms and ERPs write, and what is told of it. Every other text is a word of our own.
WRITTEN: dict[str, tuple[str, ...]] = {
    "alert": ("params", "label", "closed_by"),
    "api_token": ("name",),
    "account": ("login", "remote_ids", "error_params", "error_field", "keep_reason"),
    "attempt": ("request", "response", "error_params", "unit"),
    "channel": ("description",),
    "customer": ("code", "name", "document", "email", "phone"),
    "erasure": ("reason", "requested_by"),
    "event": ("actor", "label", "before", "after", "reason"),
    "integration": ("description", "paused_params"),
    "integration_param": ("value",),
    "invitation": ("email", "name", "created_by"),
    "operator_session": ("agent", "address"),
    "orphan": ("login", "document", "reference", "remote_ids", "products", "reason", "requested_by", "error_params"),
    "package": ("description", "code", "dici", "accountant_note"),
    "package_composition": ("description",),
    "personal_access": ("actor", "what", "address"),
    "plan": ("description", "technology"),
    "product": ("code", "name", "description"),
    "recipe_version": ("reason", "actor"),
    "run": ("error_params", "requested_by", "approved_by", "reason", "radius"),
    "run_item": ("login", "before", "after", "cause_params", "error_params"),
    "service": ("code", "login", "address", "billing_method", "suspension_profile", "no_suspend_reason"),
    "service_package": ("description",),
    "source": ("description", "code_prefix", "columns", "paused_params"),
    "source_mapping": ("external", "label"),
    "source_param": ("value",),
    "source_pull": ("error_params", "file_name", "requested_by", "approved_by"),
    "source_pull_item": ("customer_code", "service_code", "name", "changes", "problems"),
    "source_row": ("payload",),
    "webauthn": ("name",),
}  # fmt: skip


class Page(HTMLParser):
    """Finds what a page has that no template of ours wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.stolen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == TAG:
            self.stolen.append(f"<{tag} {attrs}>")
        for name, value in attrs:
            plain = "".join((value or "").split()).lower()
            if name.startswith("on") or name == "from" or (name in LINKS and plain.startswith("javascript:")):
                self.stolen.append(f"<{tag} {name}={value}>")


LINKS = frozenset(("href", "src", "action", "formaction", "hx-get", "hx-post", "data", "poster", "srcset"))


@dataclass
class Walk:
    """What was found, by page; and from which columns text was shown at all."""

    stolen: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with hub(tmp_path_factory.mktemp("hub")) as app:
        here, admin = states.build(), signed_in(app, ADMIN)
        states.after_set_up(here)
        poison()
        yield walked(admin, here.ids())


def poison(writing: str = WRITING) -> None:
    """Put the writing in the place of whatever stands in those columns."""
    db.session.execute(insert(Setting).values(name=HISTORY_OPEN, value=""))
    for name, columns in WRITTEN.items():
        table = db.metadata.tables[name]
        for column in columns:
            _poison_column(table, table.c[column], writing.format(place=f"{name}.{column}"))
    db.session.commit()


def _poison_column(table: Table, column: Column[Any], text: str) -> None:
    keys = list(table.primary_key)
    for row in db.session.execute(select(*keys, column)).all():
        value, match = row[-1], [key == row[number] for number, key in enumerate(keys)]
        changed = _poisoned(value, text) if value is not None or isinstance(column.type, String) else value
        if ON_POSTGRES and isinstance(changed, str) and isinstance(column.type, String):
            # More than that it does not store, whoever writes.
            changed = changed[: column.type.length]
        try:
            with db.session.begin_nested():
                db.session.execute(update(table).where(*match).values({column.name: changed}))
        except IntegrityError:
            # One row of it is enough where no two may be alike, or where the database knows the words.
            continue


def _poisoned(value: Any, text: str) -> Any:
    """Return a value with every text in it replaced; inside of what is structured, codes and figures are ours."""
    if isinstance(value, dict):
        return {key: _poisoned_leaf(one, text) for key, one in value.items()} or {"x": text}
    if isinstance(value, list):
        return [_poisoned_leaf(one, text) for one in value]
    return text if value is None or isinstance(value, str) else value


def _poisoned_leaf(value: Any, text: str) -> Any:
    ours = value is None or (isinstance(value, str) and OUR_WORD.fullmatch(value))
    return value if ours else _poisoned(value, text)


def walked(admin: Browser, ids: dict[str, object]) -> Walk:
    walk = Walk()
    for place in pages.opened():
        if place.role != ADMIN:
            continue
        answer = admin.get(place.address.format(**ids))
        page = Page()
        page.feed(answer.text)
        if page.stolen:
            walk.stolen[place.name] = page.stolen
        if answer.status_code >= 500:
            walk.failed[place.name] = answer.status_code
        walk.shown |= {
            f"{table}.{column}" for table, columns in WRITTEN.items() for column in columns
            if f"{table}.{column}" in answer.text
        }  # fmt: skip
    return walk


def test_nothing_that_was_written_becomes_part_of_a_page(walk: Walk) -> None:
    assert walk.stolen == {}


def test_no_page_breaks_over_what_was_written(walk: Walk) -> None:
    assert walk.failed == {}


def test_most_of_what_was_written_was_really_shown(walk: Walk) -> None:
    everything = {f"{table}.{column}" for table, columns in WRITTEN.items() for column in columns}
    unseen = sorted(everything - walk.shown)
    assert len(unseen) < len(everything) / 4, unseen
