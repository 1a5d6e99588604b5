"""``/search``: one box for everything, with a page of its own, and what opens below the box while one writes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.models import Account, Customer, Service
from webapp.services import global_search
from webapp.services.documents import fold
from webapp.services.global_search import LONGEST, MOST, Found, Thing
from webapp.services.history_names import Named
from webapp.web import filters, guide, htmx, menu
from webapp.web.access import READERS, requires
from webapp.web.guide_text import Section
from webapp.web.links import page_of_object

bp = Blueprint("search", __name__)

ICONS: Mapping[str, str] = {
    "integration": "plug-connected", "package": "package", "plan": "router", "source": "database-import",
}  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """One thing that was found: where it leads, what it is called, what tells it from others."""

    url: str
    icon: str
    name: str
    note: str = ""


@dataclass(frozen=True)
class Kind:
    """Hits of one kind. ``more`` leads to a list with all of them; empty = there is none."""

    key: str
    title: str
    hits: Sequence[Hit]
    more: str = ""


@bp.get("/search")
@requires(*READERS)
def index() -> ResponseReturnValue:
    """Show what was found; one exact hit of a plain search leads straight to it."""
    query = request.args.get("q", "")[:LONGEST].strip()
    found = global_search.search(query)
    if found.straight_to is not None and not htmx.is_htmx() and "all" not in request.args:
        return htmx.see_other(url_for("customers.detail", customer_id=found.straight_to))
    g.people_shown = found.people
    context = {"query": query, "kinds": [kind for kind in _kinds(found, query) if kind.hits]}
    return htmx.page_or_partial("search/index.html", "search/_hits.html", context)


def _kinds(found: Found, query: str) -> Iterator[Kind]:
    everybody = url_for("customers.index", q=query) if len(found.customers) >= MOST else ""
    yield Kind("customers", _("Customers"), [_customer(row) for row in found.customers], everybody)
    yield Kind("services", _("Services"), [_service(row) for row in found.services])
    yield Kind("accounts", _("Accounts"), [_account(row) for row in found.accounts])
    yield Kind("settings", _("Platforms, packages, plans"), list(filter(None, map(_thing, found.things)))[:MOST])
    yield Kind("pages", _("Pages"), _pages(query))
    yield Kind("guide", _("Guide"), [_section(one) for one in guide.find(query, MOST)])


def _customer(row: Customer) -> Hit:
    told = (row.code, filters.document(row.document) if row.document else "", row.email)
    url = url_for("customers.detail", customer_id=row.id)
    return Hit(url, "user", row.name or row.code, " · ".join(filter(None, told)))


def _service(row: Service) -> Hit:
    url = url_for("customers.detail", customer_id=row.customer_id, _anchor=f"service-{row.id}")
    told = (row.customer.name, row.plan.description, row.login)
    return Hit(url, "router", row.code, " · ".join(filter(None, told)))


def _account(row: Account) -> Hit:
    url = url_for("customers.detail", customer_id=row.service.customer_id, _anchor=f"account-{row.id}")
    told = (row.integration.description, row.login, *row.remote_ids.values())
    return Hit(url, "device-tv", row.service.customer.name, " · ".join(filter(None, map(str, told))))


def _thing(thing: Thing) -> Hit | None:
    url = page_of_object(Named(thing.kind, thing.id, thing.name))
    note = "" if thing.active else _("Inactive")
    return Hit(url, ICONS[thing.kind], thing.name, note) if url else None


def _section(found: Section) -> Hit:
    anchor = found.anchor if found.depth > 1 else None
    url = url_for("guide.show", page=found.page, _anchor=anchor)
    return Hit(url, "lifebuoy", found.title, found.page_title if anchor else "")


def _pages(query: str) -> list[Hit]:
    """Pages and settings whose name, or another word for them, begins so."""
    words = fold(query).split()
    doors = menu.open_to_reader((*(door for group in menu.GROUPS for door in group.doors), *menu.FURTHER))
    found = [door for door in doors if words and all(_says(door, word) for word in words)]
    # What bears the name itself stands before what is only also called so.
    found.sort(key=lambda door: words[0] not in fold(str(door.text)))
    return [Hit(url_for(door.endpoint), door.icon, str(door.text)) for door in found[:MOST]]


def _says(door: menu.Door, word: str) -> bool:
    said = fold(f"{door.text} {door.words}").replace("/", " ").replace(",", " ").split()
    return any(one.startswith(word) for one in said)
