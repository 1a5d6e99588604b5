"""Words and colours of platforms' invoices."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

VERDICT: Mapping[str, Label] = {
    "right": Label(pgettext("invoice", "Billed and right"), "green", "circle-check"),
    "cancelled": Label(pgettext("invoice", "Billed, but cancelled"), "red", "circle-x"),
    "not_sold": Label(pgettext("invoice", "Billed, but never sold"), "red", "user-question"),
    "twice": Label(pgettext("invoice", "Billed twice"), "red", "receipt"),
    "price": Label(pgettext("invoice", "Price differs"), "orange", "cash"),
    "suspended": Label(pgettext("invoice", "Billed, but suspended"), "orange", "player-pause"),
    "pending": Label(pgettext("invoice", "Billed, but never activated"), "orange", "hourglass"),
    "early": Label(pgettext("invoice", "Billed before it began"), "orange", "clock"),
    "not_billed": Label(pgettext("invoice", "Active, but not billed"), "azure", "eye"),
    "unclear": Label(pgettext("invoice", "Needs a person"), "yellow", "alert-triangle"),
}
STATE: Mapping[str, Label] = {
    "columns": Label(pgettext("invoice", "Columns to choose"), "orange", "adjustments-horizontal"),
    "checked": Label(pgettext("invoice", "Checked"), "azure", "circle-check"),
    "closed": Label(pgettext("invoice", "Closed"), "secondary", "lock"),
}
FIELD: Mapping[str, Label] = {
    "remote_id": Label(pgettext("invoice", "The platform's id of the subscriber")),
    "login": Label(_("Log-in")),
    "email": Label(_("E-mail")),
    "code": Label(pgettext("invoice", "Our code: customer, service or reference")),
    "document": Label(_("CPF or CNPJ")),
    "product": Label(pgettext("invoice", "Product: code or name")),
    "value": Label(_("Value")),
    "quantity": Label(_("Quantity")),
    "from": Label(pgettext("invoice", "First day of the period")),
    "until": Label(pgettext("invoice", "Last day of the period")),
    "reference": Label(_("Reference")),
}
CLAIM: Mapping[str, Label] = {
    "contested": Label(pgettext("invoice", "Contested"), "red"),
    "aside": Label(pgettext("invoice", "Set aside"), "secondary"),
}
DAY: Mapping[str, Label] = {
    "": Label(pgettext("seat", "not held"), "secondary"),
    "active": Label(pgettext("seat", "active"), "green"),
    "suspended": Label(pgettext("seat", "suspended"), "yellow"),
    "pending": Label(pgettext("seat", "waiting for the customer"), "purple"),
}
BASIS: Mapping[str, Label] = {
    "any_day": Label(_("whoever had it on any day of the month, whole")),
    "on_day": Label(_("whoever has it on the billing day, whole")),
    "daily": Label(_("by the days on which it was held")),
}
# Why a line is contested, as the platform is told.
GROUND: Mapping[str, Label] = {
    "cancelled": Label(_("The subscription was cancelled before what is billed.")),
    "not_sold": Label(_("We never ordered a subscription for this subscriber.")),
    "twice": Label(_("The same subscription is billed more than once in this month.")),
    "price": Label(_("The price differs from the one agreed.")),
    "suspended": Label(_("The subscription was suspended, and suspended ones are not billed.")),
    "pending": Label(_("The subscriber never activated the subscription, and such ones are not billed.")),
    "early": Label(_("The subscription began after the day on which subscriptions are counted.")),
}
OUTDATED: Mapping[str, Label] = {
    "terms": Label(_("how the platform bills")),
    "costs": Label(_("what a product costs")),
    "words": Label(_("which product a word of the platform means")),
    "seats": Label(_("who held what in this month")),
    "others": Label(_("another invoice of the same month")),
}
FACT: Mapping[str, Label] = {
    **{f"invoice_{key}": verdict for key, verdict in VERDICT.items()},
    "billed": Label(_("Billed")),
    "disputed": Label(pgettext("invoice", "Contested")),
    "contested": Label(pgettext("invoice", "Contested")),
    "line": Label(_("Line")),
    "words": Label(_("Products")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "invoice_verdict": VERDICT, "invoice": STATE, "invoice_field": FIELD, "invoice_claim": CLAIM, "seat_day": DAY,
    "invoice_basis": BASIS, "invoice_ground": GROUND,
    "invoice_outdated": OUTDATED,
}  # fmt: skip
OBJECT: Mapping[str, Label] = {"invoice": Label(_("Platform's invoice"), icon="file-invoice")}
EVENT: Mapping[str, Label] = {
    "invoice.upload": Label(_("Platform's invoice uploaded"), "green"),
    "invoice.check": Label(_("Platform's invoice checked"), "azure"),
    "invoice.name_products": Label(_("Products of a platform's invoice named"), "azure"),
    "invoice.set_aside": Label(_("Line of an invoice set aside"), "orange"),
    "invoice.take_up": Label(_("Line of an invoice contested again"), "azure"),
    "invoice.contest": Label(_("File of what is contested taken"), "purple"),
    "invoice.close": Label(_("Platform's invoice closed"), "secondary"),
    "invoice.discard": Label(_("Platform's invoice discarded"), "red"),
}
