"""Words and colours of every state that a screen shows."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label
from webapp.web.labels_activation import KINDS as ACTIVATION_KINDS
from webapp.web.labels_agenda import KINDS as AGENDA_KINDS
from webapp.web.labels_audit import KINDS as AUDIT_KINDS
from webapp.web.labels_backups import KINDS as BACKUP_KINDS
from webapp.web.labels_bulk import KINDS as BULK_KINDS
from webapp.web.labels_channels import KINDS as CHANNEL_KINDS
from webapp.web.labels_dashboard import KINDS as DASHBOARD_KINDS
from webapp.web.labels_facts import FACT
from webapp.web.labels_gateways import KINDS as GATEWAY_KINDS
from webapp.web.labels_history import ACTOR, EVENT, OBJECT
from webapp.web.labels_invoices import KINDS as INVOICE_KINDS
from webapp.web.labels_observing import KINDS as OBSERVING_KINDS
from webapp.web.labels_orphans import KINDS as ORPHAN_KINDS
from webapp.web.labels_people import KINDS as PEOPLE_KINDS
from webapp.web.labels_privacy import KINDS as PRIVACY_KINDS
from webapp.web.labels_pulls import KINDS as PULL_KINDS
from webapp.web.labels_reports import KINDS as REPORT_KINDS
from webapp.web.labels_runs import KINDS as RUN_KINDS
from webapp.web.labels_seats import KINDS as SEAT_KINDS
from webapp.web.labels_sign_in import KINDS as SIGN_IN_KINDS
from webapp.web.labels_system import KINDS as SYSTEM_KINDS
from webapp.web.labels_why import KINDS as WHY_KINDS

# Portuguese words agree with what they are said of, so one English word may stand for two.
ACCOUNT: Mapping[str, Label] = {
    "pending": Label(pgettext("account", "Pending"), "azure", "clock"),
    "waiting_service": Label(_("Waiting for the service"), "secondary", "clock"),
    "active": Label(pgettext("account", "Active"), "green", "circle-check"),
    "suspended": Label(pgettext("account", "Suspended"), "yellow", "player-pause"),
    "cancelled": Label(pgettext("account", "Cancelled"), "secondary", "circle-x"),
    "waiting_user": Label(_("Waiting for the customer"), "purple", "user"),
    "blocked": Label(pgettext("account", "Blocked"), "red", "ban"),
    "parked": Label(_("Needs a decision"), "orange", "alert-triangle"),
}
CONTENT: Mapping[str, Label] = {
    "": Label(_("Not decided yet")),
    "none": Label(_("Nothing sent yet")),
    "active": Label(pgettext("account", "Active"), "green"),
    "suspended": Label(pgettext("account", "Suspended"), "yellow"),
    "keep": Label(_("As it is"), "secondary"),
    "absent": Label(_("Not on the platform"), "secondary"),
    "pending_user": Label(_("Waiting for the customer"), "purple"),
    "unknown": Label(pgettext("account", "Unknown"), "orange"),
}
RIGHT: Mapping[str, Label] = {
    **CONTENT,
    "active": Label(_("Active"), "green"),
    "suspended": Label(_("Suspended"), "yellow"),
    "unknown": Label(_("Unknown"), "orange"),
}
SERVICE: Mapping[str, Label] = {
    "servico_habilitado": Label(_("Enabled"), "green"),
    "franquia_excedida": Label(_("Enabled, allowance used up"), "green"),
    "suspenso_debito": Label(_("Suspended for debt"), "red"),
    "suspenso_parcialmente": Label(_("Partly suspended"), "yellow"),
    "suspenso_pedido_cliente": Label(_("Suspended at the customer's request"), "yellow"),
    "agendado_para_instalacao": Label(_("Installation scheduled"), "azure"),
    "aguardando_assinatura_contrato": Label(_("Waiting for the contract's signature"), "azure"),
    "aguardando_configuracao": Label(_("Waiting for configuration"), "azure"),
    "aguardando_instalacao": Label(_("Waiting for installation"), "azure"),
    "aguardando_liberacao_ti": Label(_("Waiting for IT"), "azure"),
    "aguardando_migracao": Label(_("Waiting for migration"), "azure"),
    "cancelado": Label(_("Cancelled"), "secondary"),
    "inativo": Label(_("Inactive"), "secondary"),
}
OUTCOME: Mapping[str, Label] = {
    "": Label(_("Under way"), "azure", "clock"),
    "ok": Label(pgettext("transmission", "Done"), "green", "circle-check"),
    "found": Label(pgettext("account", "Found"), "green", "circle-check"),
    "not_found": Label(pgettext("account", "Not found"), "secondary", "search"),
    "late": Label(_("Too late: another try counted"), "secondary", "clock"),
    "unsent": Label(_("Not sent: taken back"), "secondary", "clock"),
    "already": Label(_("Was so already"), "green", "circle-check"),
    "gone": Label(_("Was gone already"), "green", "circle-check"),
    "pending_user": Label(_("Waiting for the customer"), "purple", "user"),
    "unavailable": Label(_("Platform unavailable"), "yellow", "alert-triangle"),
    "throttled": Label(_("Platform asked for a pause"), "yellow", "clock"),
    "unknown": Label(_("Outcome unknown"), "orange", "alert-triangle"),
    "auth": Label(_("Credentials refused"), "red", "key"),
    "rejected": Label(_("Data refused"), "red", "ban"),
    "clash": Label(_("Belongs to somebody else"), "red", "ban"),
    "capacity": Label(_("No places left"), "orange", "alert-triangle"),
    "contract": Label(_("Unreadable answer"), "red", "alert-circle"),
    "gone_endpoint": Label(_("Address retired"), "red", "ban"),
    "egress": Label(_("Address not allowed"), "red", "lock"),
    "unsupported": Label(_("Not supported"), "red", "ban"),
    "in_progress": Label(_("The platform still works on it"), "azure", "clock"),
    "error": Label(_("Failed"), "red", "alert-circle"),
}
OPERATION: Mapping[str, Label] = {
    "check": Label(_("Test")),
    "list_products": Label(_("List products")),
    "find": Label(_("Look up")),
    "list": Label(_("List accounts")),
    "list_changes": Label(_("List accounts that changed")),
    "create": Label(_("Create")),
    "update": Label(_("Update")),
    "suspend": Label(_("Suspend")),
    "enable": Label(_("Enable")),
    "cancel": Label(_("Cancel")),
    "resend_activation": Label(_("Resend activation")),
    "notify": Label(_("Notify")),
    "report": Label(_("Report only")),
}
STATUS_SCOPE: Mapping[str, Label] = {
    "service": Label(_("That of the service that carries the package")),
    "customer": Label(_("The best status among all services of the customer")),
}
ALERT: Mapping[str, Label] = {
    "warn": Label(pgettext("alert", "Attention"), "orange"),
    "fail": Label(pgettext("alert", "Does not work"), "red"),
}
TRUST: Mapping[str, Label] = {
    "published": Label(_("Vendor's documents"), "green"),
    "observed": Label(_("Observed in use"), "azure"),
    "assumed": Label(_("Assumed: confirm with the platform"), "orange"),
}
GUARANTEE: Mapping[str, Label] = {
    "exactly_one": Label(_("Exactly one account")),
    "at_most_one": Label(_("At most one account; a person decides on doubt")),
    "at_least_once": Label(_("Every event at least once")),
}
ROLE: Mapping[str, Label] = {
    "admin": Label(_("Administrator")),
    "attendant": Label(_("Attendant")),
    "finance": Label(_("Finance")),
    "viewer": Label(_("Viewer")),
}
COMPOSITION: Mapping[str, Label] = {
    "sva": Label(_("Value-added service (SVA)")),
    "scm": Label(_("Internet access (SCM)")),
    "other": Label(_("Other")),
}
DICI: Mapping[str, Label] = {
    "none": Label(_("Not declared (SVA)")),
    "scm": Label(_("Internet access (SCM)")),
    "stfc": Label(_("Fixed telephony (STFC)")),
    "seac": Label(_("Pay TV (SeAC)")),
}
BILLING: Mapping[str, Label] = {
    "": Label("–"),
    "postpaid": Label(_("Monthly fee (postpaid)")),
    "prepaid": Label(_("Monthly fee (prepaid)")),
    "free": Label(_("Free of charge")),
}
TOKEN_SCOPE: Mapping[str, Label] = {
    "read": Label(pgettext("scope of a token", "Read"), "azure", "eye"),
    "write": Label(pgettext("scope of a token", "Write"), "green", "pencil"),
    "admin": Label(pgettext("scope of a token", "Administrate"), "orange", "key"),
    "subscribers": Label(pgettext("scope of a token", "Subscribers of a platform"), "purple", "users"),
}
TOKEN_STATE: Mapping[str, Label] = {
    "usable": Label(pgettext("state of a token", "Works"), "green"),
    "expired": Label(pgettext("state of a token", "Expired"), "secondary"),
    "revoked": Label(pgettext("state of a token", "Revoked"), "red", "ban"),
}
STEP: Mapping[str, Label] = {
    "params": Label(_("Parameters")),
    "address": Label(_("Address reached")),
    "credentials": Label(_("Credentials accepted")),
    "answer": Label(_("Answer understood")),
}

KINDS: Mapping[str, Mapping[str, Label]] = {
    "account": ACCOUNT, "content": CONTENT, "right": RIGHT, "service": SERVICE, "outcome": OUTCOME,
    "operation": OPERATION,
    "trust": TRUST, "guarantee": GUARANTEE, "role": ROLE, "composition": COMPOSITION, "dici": DICI,
    "billing": BILLING, "event": EVENT, "fact": FACT, "step": STEP, "actor": ACTOR,
    "object": OBJECT, "token_scope": TOKEN_SCOPE, "token_state": TOKEN_STATE,
    "status_scope": STATUS_SCOPE, "alert": ALERT,
    **AUDIT_KINDS,
    **BACKUP_KINDS,
    **BULK_KINDS,
    **CHANNEL_KINDS,
    **DASHBOARD_KINDS,
    **GATEWAY_KINDS,
    **OBSERVING_KINDS,
    **ORPHAN_KINDS,
    **INVOICE_KINDS,
    **PEOPLE_KINDS,
    **PRIVACY_KINDS,
    **PULL_KINDS,
    **REPORT_KINDS,
    **AGENDA_KINDS,
    **ACTIVATION_KINDS,
    **RUN_KINDS,
    **SEAT_KINDS,
    **SIGN_IN_KINDS,
    **SYSTEM_KINDS, **WHY_KINDS,
}  # fmt: skip


def label(kind: str, value: str | None) -> Label:
    """Return how a value is shown; a word that nobody knows is shown as it is."""
    return KINDS[kind].get(value or "", Label(value or ""))
