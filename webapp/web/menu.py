"""Every place that the frame leads to: the side menu, the keys that open them, and what a search finds by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from flask_babel.speaklater import LazyString

from webapp.web.access import ADMINS, PUBLIC, READERS, SELLERS, VALUERS, declared_access, may


@dataclass(frozen=True)
class Door:
    """One page that people go to by name.

    Attributes:
        endpoint: of a page without arguments.
        icon: of the vendored set; telling, and no two alike in the menu.
        key: behind ``g`` it opens the page; empty = none.
        rooms: further blueprints whose pages belong to this entry.
        words: what else people call it; for the search.
        roles: who sees it, where fewer do than may open it.
    """

    endpoint: str
    icon: str
    text: LazyString
    key: str = ""
    rooms: tuple[str, ...] = ()
    words: LazyString | str = ""
    roles: tuple[str, ...] = READERS


@dataclass(frozen=True)
class Group:
    """Entries of the side menu under one name; the first group has none."""

    names: tuple[LazyString, ...]
    doors: tuple[Door, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        """The way to the group as HubSoft writes it: Configurações › Integrações."""
        return " › ".join(str(name) for name in self.names)


DAILY = Group((), (
    Door("dashboard.index", "layout-dashboard", _("Dashboard"), "p"),
    Door("customers.index", "users", _("Customers"), "c", ("services", "sales", "moves", "accounts", "why", "timeline"),
         _("subscribers, services, packages sold, people")),
    Door("alerts.index", "bell", _("Alerts"), "a", (), _("problems, warnings")),
    Door("transmissions.index", "send", _("Transmissions"), "t", (), _("queue, attempts, resend")),
    Door("bulk.index", "stack-2", _("Work on many"), "l", ("bulk",), _("bulk, background, progress, many at once")),
    Door("runs.index", "arrows-exchange", _("Reconciliations"), "r", ("kept",),
         _("comparison, batches, approve, undo")),
    Door("orphans.index", "user-question", _("Orphan accounts"), "o", (), _("accounts nobody knows")),
    Door("history.index", "history", _("History"), "h", (), _("events, who did what")),
    Door("guide.index", "lifebuoy", _("Guide"), "", (), _("help, manual, how to")),
))  # fmt: skip
INTEGRATIONS = Group((_("Settings"), _("Integrations")), (
    Door("integrations.index", "plug-connected", _("Content platforms"), "i",
         ("products", "reconciliation_settings", "costs"), _("integrations, products, callback")),
    Door("gateways.index", "code", _("Gateways"), "g", ("recipes",), _("recipes")),
    Door("sources.index", "database-import", _("Sources"), "f", ("pulls",),
         _("ERP, HubSoft, IXC, SGP, spreadsheet, import")),
    Door("channels.index", "broadcast", _("Alert channels"), "v", (),
         _("notifications, e-mail, Telegram, WhatsApp"), ADMINS),
    Door("activation.index", "message-2", _("Messages to subscribers"), "", (),
         _("activation, e-mail, WhatsApp, SMS, password, templates, opt-out"), ADMINS),
    Door("tokens.index", "key", _("API tokens"), "", (), _("programs, access"), ADMINS),
    Door("api_page.index", "api", _("API"), "", (), _("programs, OpenAPI, documentation")),
))  # fmt: skip
GENERAL = Group((pgettext("menu of packages", "Settings"), _("General")), (
    Door("packages.index", "package", _("Packages"), "k", (), _("composition, DICI, value")),
    Door("plans.index", "router", _("Services/Plans"), "s", ("plan_changes",),
         _("mandatory packages, readjustment, renewal")),
))  # fmt: skip
SYSTEM = Group((_("System"),), (
    Door("system.index", "info-circle", _("How the hub does"), "", (),
         _("health, state, queues, scheduler, memory, disk, metrics, Prometheus")),
    Door("people.index", "user-cog", _("Users"), "u", (), _("operators, roles, invitations"), ADMINS),
    Door("history.audit", "shield-check", _("Audit"), "", (), _("chain, seal, export"), ADMINS),
    Door("privacy.index", "shield-lock", _("Privacy"), "", (), _("personal data, erasure, LGPD"), ADMINS),
    Door("backups.index", "archive", _("Backups"), "b", (), _("restore, copy"), ADMINS),
))  # fmt: skip
MONEY = Group((_("Money"),), (
    Door("agenda.index", "calendar-event", _("Agenda"), "d", ("guided_moves",),
         _("calendar, holiday, pause, trial, guided moves")),
    Door("price_changes.index", "percentage", _("New values"), "", (), _("readjustment, percentage, from a day"),
         VALUERS),
    Door("campaigns.index", "gift", _("Campaigns"), "", (), _("free months, trial, promotion")),
    Door("invoices.index", "file-invoice", _("Platforms' invoices"), "", (),
         _("check an invoice, contest, billed, conference"), VALUERS),
    Door("seats.index", "trending-down", _("Leaking seats"), "", ("seats",),
         _("seats, cost, margin, billed and not sold, leak"), VALUERS),
    Door("reports.index", "chart-bar", _("Reports"), "", ("reports",),
         _("subscribers, churn, revenue, cost, Anatel, accounting, monthly summary"), VALUERS),
    Door("never_used.index", "user-check", _("Never used"), "", (),
         _("check-out, first log-in, activation, resend, churn")),
    Door("receipts.check", "certificate", _("Check a receipt"), "", (), _("receipt, signed, dispute, court")),
))  # fmt: skip
GROUPS = (DAILY, MONEY, INTEGRATIONS, GENERAL, SYSTEM)

# Not in the menu, but people look for them by name.
OWN = Door("own.index", "user", _("My account"), "m", (), _("name, sign-in"))
FURTHER = (
    OWN,
    Door("preferences.index", "adjustments-horizontal", _("Language and appearance"), "", (),
         _("language, theme, dark, keyboard, shortcuts")),
    Door("first_run.index", "list-check", _("First steps"), "", (), _("begin, guide, set up"), ADMINS),
    Door("practice.index", "flask", _("Practice platform"), "", (), _("sandbox, try, test"), ADMINS),
    Door("own.password", "key", _("Change the password")),
    Door("second_factor.index", "lock", _("Second factor"), "", (), _("2FA, code, recovery codes")),
    Door("passkeys.index", "user", _("Passkeys")),
    Door("own.show_sessions", "device-tv", _("My sessions")),
    Door("kept.index", "lock", _("Kept accounts"), "", (), _("do not suspend, exceptions")),
    Door("observing.index", "eye", _("Observing"), "", (), _("restored, approve")),
    Door("customers.new", "plus", _("Add a customer"), roles=SELLERS),
    Door("packages.new", "plus", _("Add a package")),
    Door("plans.new", "plus", _("Add a service/plan")),
    Door("integrations.new", "plus", _("Add a platform")),
    Door("people.rules", "clock", _("Rules of the sign-in"), "", (), _("sessions, minutes without a click")),
    Door("people.invite", "plus", _("Invite somebody")),
    Door("privacy.accesses", "eye", _("Who looked at whose data"), "", (), _("access log")),
    Door("privacy.retention", "clock", _("How long data is kept"), "", (), _("retention")),
    Door("privacy.data_map", "file-text", _("Data map"), "", (), _("LGPD, platforms")),
    Door("backups.settings", "settings", _("Settings of the backups"), "", (), _("rotation, encryption")),
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A door as the reader sees it."""

    door: Door
    url: str
    current: bool


def register(app: Flask) -> None:
    """Bind what the layout asks for."""
    app.jinja_env.globals.update(
        side_menu=side_menu, menu_way=menu_way, menu_place=menu_place, doors_with_keys=doors_with_keys, OWN_DOOR=OWN
    )


def side_menu() -> list[tuple[Group, list[Entry]]]:
    """Return the groups with the entries that the reader may open; a group without any is left out."""
    here = current_door()
    groups = [(group, [Entry(door, url_for(door.endpoint), door is here) for door in open_to_reader(group.doors)])
              for group in GROUPS]  # fmt: skip
    return [(group, entries) for group, entries in groups if entries]


def open_to_reader(doors: tuple[Door, ...]) -> list[Door]:
    """Return those of the doors that whoever is signed in may open."""
    return [door for door in doors if _is_open(door)]


def current_door() -> Door | None:
    """Return the entry of the menu to which the page belongs; None where it belongs to none."""
    return _door_of(request.endpoint, request.blueprint)


def menu_place() -> str:
    """Return the endpoint of the entry to which the page belongs; empty where it belongs to none."""
    here = current_door()
    return here.endpoint if here else ""


def menu_way() -> str:
    """Return the name of the menu's group in which the page stands; empty for those of every day."""
    here = current_door()
    return next((group.name for group in GROUPS if here in group.doors), "") if here else ""


def doors_with_keys() -> Mapping[str, Door]:
    """Return what ``g`` and a letter open for the reader."""
    doors = (*(door for group in GROUPS for door in group.doors), OWN)
    return {door.key: door for door in open_to_reader(doors) if door.key}


def _is_open(door: Door) -> bool:
    if door.endpoint not in current_app.view_functions:
        return False
    access = declared_access(current_app, door.endpoint)
    return access == PUBLIC or (access is not None and may(*access) and may(*door.roles))


@lru_cache
def _door_of(endpoint: str | None, blueprint: str | None) -> Door | None:
    doors = [door for group in GROUPS for door in group.doors]
    exact = next((door for door in doors if door.endpoint == endpoint), None)
    return exact or next((door for door in doors if _is_room(door, blueprint)), None)


def _is_room(door: Door, blueprint: str | None) -> bool:
    # The audit is a page of its own within the history.
    own = door.endpoint.split(".")[0]
    return door.endpoint != "history.audit" and blueprint in (own, *door.rooms)
