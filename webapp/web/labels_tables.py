"""Words of lists: their columns and filters."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.services.customer_rows import PERSON, UNSERVED
from webapp.services.history_query import ONLY, WITH, WITHOUT
from webapp.web.facts import actor
from webapp.web.history_words import action_words
from webapp.web.label import Label
from webapp.web.labels import label

# By ``table.column`` where one word stands for different things, else by the column's key.
COLUMN: Mapping[str, Any] = {
    "name": _("Name"), "code": _("Code"), "document": _("CPF or CNPJ"), "contact": _("E-mail and phone"),
    "email": _("E-mail"), "phone": _("Phone"),
    "plans": _("Plans"), "services": _("Services"), "packages": _("Packages"), "accounts": _("Accounts"),
    "source": _("Source"), "registered": _("Registered on"), "customer": _("Customer"), "login": _("Log-in"),
    "integration": _("Integration"), "state": _("State"), "why": _("Why"), "since": _("Since"),
    "tries": _("Tries"), "next": _("Next try"), "time": _("Time"), "operation": _("Operation"),
    "outcome": _("Outcome"), "http": "HTTP", "ms": "ms", "description": _("Description"), "id": "ID",
    "products": _("Products"), "value": _("Value"), "use": _("Where it is used"), "active": _("Active"),
    "packages_value": _("Value of packages"), "whole_value": _("Value with packages"),
    "technology": _("Technology"), "plans.services": _("Services with it"), "download": _("Download"),
    "upload": _("Upload"), "band": _("Control bandwidth"), "plans.active": _("Status"),
    "orphans.login": _("Log-in there"), "reference": _("Reference"), "there": _("State there"),
    "first_seen": _("First seen"), "seen": _("Seen"), "guess": _("Probably of"), "decision": _("Decision"),
    "started": _("Started"), "finished": _("Finished"), "reading": _("What was read"), "trigger": _("Why it ran"),
    "asked_by": _("Asked for by"), "result": _("Result"), "file": _("File"), "records": _("Records"),
    "gateway": _("Gateway"), "callback": _("Callback URL"), "kind": _("Kind"), "last": _("Last reading"),
    "sources.next": _("Next"), "attention": _("Attention"), "user": _("User"), "role": _("Role"),
    "people.last": _("Last sign-in"), "second_factor": _("Second factor"), "sessions": _("Sessions"),
    "scope": _("Scope"), "made_by": _("Made by"), "last_use": _("Last use"), "expires": _("Expires"),
    "addresses": _("Allowed addresses"),
    "history.time": _("When"), "who": _("Who"), "happened": _("What happened"), "changes": _("What changed"),
    "invoice_lines.subject": _("Subscriber"), "invoice_lines.row": _("Row"), "item": _("Product"),
    "verdict": _("What was found"), "billed": _("Billed"), "expected": _("Right value"),
    "contested": _("Contested"),
    "reason": _("Reason"), "about": _("To what"), "history.kind": _("Kind of object"), "holder": _("Customer"),
    "product": _("Product"), "package": _("Package"), "worth": _("R$ a month"),
    "transmission": _("Transmission"), "never_used.since": _("Sold on"), "told": _("Last message"),
}  # fmt: skip
# Of the cells of a column; what is not named here is plain text.
CSS: Mapping[str, str] = {
    "customers.name": "wide", "customers.document": "text-nowrap", "customers.phone": "text-nowrap",
    "customers.services": "wide", "contact": "wide", "never_used.customer": "wide", "never_used.packages": "wide",
    "accounts_pending.customer": "wide", "accounts_stuck.customer": "wide",
    "accounts_pending.why": "wide why", "accounts_stuck.why": "wide why", "orphans.login": "wide",
    "products.name": "wide", "runs.result": "wide text-secondary", "pulls.result": "wide text-secondary",
    "leaking_rights.customer": "wide", "leaking_seats.customer": "wide", "worth": "num",
    "value": "num", "packages_value": "num", "whole_value": "num", "plans.services": "num", "download": "num",
    "upload": "num", "http": "num", "ms": "num", "records": "num", "tries": "num", "sources.services": "num",
    "history.time": "history-when", "who": "history-who", "happened": "wide", "changes": "wide", "transmission": "num",
    "state": "state", "decision": "state", "reference": "breaks", "invoice_lines.subject": "wide",
    "invoice_lines.row": "num", "billed": "num", "expected": "num", "contested": "num",
}  # fmt: skip
FILTER: Mapping[str, Any] = {
    "active": _("Active"), "status": _("State"), "customers.status": _("Status of a service"),
    "account": _("Account"), "plan": _("Plan"), "package": _("Package"), "integration": _("Integration"),
    "integration_id": _("Integration"), "source": _("Source"), "guess": _("Whose"), "reading": _("What was read"),
    "mode": _("What was read"), "q": _("Search"), "action": _("What happened"), "who": _("Who did it"),
    "leak": _("What leaks"), "leaking_seats.days": _("Suspended at least"),
    "days": _("Sold at least"), "never_used.status": _("State"),
    "verdict": _("What was found"), "claim": _("Contested or not"),
    "sent": pgettext("history", "Transmissions"), "since": _("From"), "until": _("To"),
}  # fmt: skip
# What a filter says that asks for nothing.
NOTHING: Mapping[str, Any] = {
    "customers.active": _("All customers"), "customers.status": _("Any status"), "account": _("Any account"),
    "plan": _("All plans"), "package": _("All packages"), "integration": _("All integrations"),
    "integration_id": _("All integrations"), "source": _("All sources"), "status": _("All states"),
    "reading": _("All readings"), "mode": _("All kinds"), "guess": _("Whoever it belongs to"),
    "action": _("Whatever happened"), "who": _("Whoever did it"), "verdict": _("Whatever was found"),
    "claim": _("Contested or not"),
}  # fmt: skip
ACTIVE: Mapping[str, Label] = {
    "active": Label(_("Active ones")), "inactive": Label(_("Inactive ones")), "all": Label(_("All")),
    "hidden": Label(_("Hidden ones")),
}  # fmt: skip
ACTIVITY: Mapping[str, Label] = {
    "active": Label(_("With an active service")), "inactive": Label(_("Without an active service")),
}  # fmt: skip
ACCOUNT: Mapping[str, Label] = {
    PERSON: Label(_("Needs a person")),
    UNSERVED: Label(_("Pays, and cannot watch")),
    "waiting_user": Label(_("Waits for the customer's activation")),
    "pending": Label(pgettext("account", "Pending")),
    "active": Label(pgettext("account", "Active")),
    "suspended": Label(pgettext("account", "Suspended")),
    "cancelled": Label(pgettext("account", "Cancelled")),
}
SENT: Mapping[str, Label] = {
    WITH: Label(pgettext("history", "Among the others")),
    ONLY: Label(pgettext("history", "Only these")),
    WITHOUT: Label(pgettext("history", "Left out")),
}
DAYS: Mapping[str, Label] = {
    "7": Label(_("7 days ago")), "14": Label(_("14 days ago")), "30": Label(_("30 days ago")),
    "90": Label(_("90 days ago")),
}  # fmt: skip
ORPHAN_ALL: Mapping[str, Label] = {"all": Label(_("All"))}
# By ``table.filter``, else by the filter: labels, a kind of ``web/labels.py``, or what says it.
VALUES: Mapping[str, Mapping[str, Label] | str | Callable[[str], str]] = {
    "customers.active": ACTIVITY, "customers.status": "service", "customers.account": ACCOUNT, "active": ACTIVE,
    "orphans.status": "orphan", "orphans.guess": "orphan_guess", "runs.status": "run", "runs.reading": "run_reading",
    "pulls.mode": "pull_mode", "pulls.status": "pull", "history.action": action_words, "history.who": actor,
    "verdict": "invoice_verdict", "claim": "invoice_claim",
    "leaking_rights.leak": "leak", "leaking_seats.days": "suspended_for",
    "history.sent": SENT, "never_used.days": DAYS, "never_used.status": "account",
}  # fmt: skip
SEARCH: Mapping[str, Any] = {
    "customers": _("Name, CPF or CNPJ, code, e-mail"),
    "accounts_pending": _("Name, code, document, e-mail or log-in"),
    "accounts_stuck": _("Name, code, document, e-mail or log-in"),
    "attempts": _("Name, code, document, e-mail or log-in"),
    "never_used": _("Name, code, document, e-mail or log-in"),
    "packages": _("Description or code"),
    "plans": _("Description or technology"),
    "products": _("Name, code or description"),
    "orphans": _("Part of the log-in, document or reference"),
    "integrations": _("Description or gateway"),
    "people": _("Name or e-mail"),
    "tokens": _("Name"),
    "sources": _("Description"),
    "history": _("Code, log-in, description or reason"),
    "invoice_lines": _("Subscriber or product, as the platform writes them"),
}


def words(named: Mapping[str, Any], table: str, key: str, otherwise: str = "") -> str:
    """Return the words for a column or filter of a list."""
    return str(named.get(f"{table}.{key}", named.get(key, otherwise)))


def says(table: str, name: str) -> bool:
    """Tell whether there are words for the values of a filter."""
    return f"{table}.{name}" in VALUES or name in VALUES


def value_words(table: str, name: str, value: str) -> str:
    """Return what a value of a filter is called."""
    known = VALUES.get(f"{table}.{name}", VALUES.get(name, {}))
    if callable(known):
        return known(value)
    if value == "all":
        return str(ORPHAN_ALL[value].text)
    found = label(known, value) if isinstance(known, str) else known.get(value, Label(value))
    return str(found.text)
