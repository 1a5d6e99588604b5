"""Which pages are measured: lists with every filter and order, searches, one subscriber, the dashboard."""

import base64
import json
from urllib.parse import quote

from webapp.decide.policy import STATUSES
from webapp.services.customer_rows import ACCOUNT_STATES, ACTIVITIES
from webapp.services.tables import TABLES
from webapp.services.timeline_query import KINDS

CUSTOMERS = "/customers"
# Of the statuses: one that nearly all have, some, and nobody.
STATUSES_ASKED = ("servico_habilitado", "suspenso_debito", "suspenso_parcialmente")
FIRST = "customers, first page"
# Where few are found among few: shorter pages, so that those of both sizes are as long.
SHORT = {"two words": "size=10&", "code": "size=10&"}
# The same questions to Flask-Admin, which names columns by their place; our list's searches match parts of words, too.
BESIDE = {
    FIRST: "sort=0",
    "customers, order -name": "sort=0&desc=1",
    "customers, order code": "sort=1",
    "customers, order document": "sort=2",
    "customers, order email": "sort=3",
    "search, common word": "sort=0&search=almeida",
    "search, document": "sort=0&search={document}",
    "search, nobody": "sort=0&search=xyzzy",
    "filter, status=suspenso_debito": "sort=0&flt0_status_equals=suspenso_debito",
}


def ours(size: int, document: str) -> dict[str, str]:
    """Return addresses of the hub by what they are called in the table."""
    person = f"/customers/{size // 2}"
    return {
        FIRST: CUSTOMERS,
        "customers, in the middle": f"{CUSTOMERS}?sort=registered&cursor={_place(size // 2)}",
        **{f"customers, order {name}": f"{CUSTOMERS}?sort={quote(name)}" for name in _orders()},
        **_searches(document),
        **_filters(),
        **_transmissions(document),
        "one subscriber": person,
        "why": f"{person}/why",
        "timeline": f"{person}/timeline",
        **{f"timeline, {kind}": f"{person}/timeline?kind={kind}" for kind in KINDS},
        **_box(document),
        "dashboard": "/",
        "packages": "/packages",
        "plans": "/plans",
        "history": "/history",
    }


def theirs(document: str) -> dict[str, str]:
    """Return addresses of Flask-Admin by the same names."""
    asked = {name: query.format(document=document) for name, query in BESIDE.items()}
    return {name: f"/admin/customer/?page_size=50&{query}" for name, query in asked.items()}


def _orders() -> list[str]:
    table = TABLES["customers"]
    both = [turned for name in table.orders for turned in (name, f"-{name}")]
    return [name for name in both if name != table.usual_order]


def _searches(document: str) -> dict[str, str]:
    words = {
        "common word": "almeida", "two words": "ana siqueira", "document": document, "code": "77",
        "e-mail": "55.", "whole e-mail": "77.ana@", "nobody": "xyzzy",
    }  # fmt: skip
    return {f"search, {name}": f"{CUSTOMERS}?{SHORT.get(name, '')}q={quote(word)}" for name, word in words.items()}


def _filters() -> dict[str, str]:
    asked = [
        *(f"active={one}" for one in ACTIVITIES), *(f"status={one}" for one in STATUSES_ASKED if one in STATUSES),
        *(f"account={one}" for one in ACCOUNT_STATES), "plan=1", "plan=2", "package=1", "package=2", "integration=1",
        "source=1", "plan=1&integration=1&account=active", "active=active&status=suspenso_debito",
    ]  # fmt: skip
    searched = ("active=inactive", "status=servico_habilitado", "status=suspenso_debito", "account=person",
                "account=unserved", "plan=2")  # fmt: skip
    alone = {f"filter, {one}": f"{CUSTOMERS}?{one}" for one in asked}
    return alone | {f"filter, {one} + search": f"{CUSTOMERS}?{one}&q=almeida&size=10" for one in searched}


def _transmissions(document: str) -> dict[str, str]:
    tabs = {"pending": "pending", "blocked": "blocked", "done": "done"}
    found = {f"calls, {name}": f"/transmissions?tab={tab}" for name, tab in tabs.items()}
    found |= {f"calls, {name} + search": f"/transmissions?tab={tab}&q=almeida&size=10" for name, tab in tabs.items()}
    found |= {f"calls, {name} + document": f"/transmissions?tab={tab}&q={document}" for name, tab in tabs.items()}
    return found | {"calls, done, a platform": "/transmissions?tab=done&integration=1"}


def _box(document: str) -> dict[str, str]:
    words = {"name": "joão siqueira", "document": document, "nobody": "xyzzy", "number of nobody": "remote-999999"}
    return {f"box, {name}": f"/search?all=1&q={quote(word)}" for name, word in words.items()}


def _place(customer_id: int) -> str:
    """As an address names the row of a list sorted by when somebody came."""
    return base64.urlsafe_b64encode(json.dumps([customer_id]).encode()).decode().rstrip("=")
