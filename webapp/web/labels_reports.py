"""Words of reports and receipts."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

BY: Mapping[str, Label] = {
    "platform": Label(_("Platform")),
    "package": Label(_("Package")),
    "plan": Label(_("Plan")),
    "city": Label(_("City")),
}
MISSING: Mapping[str, Label] = {
    "cnpj": Label(_("CNPJ of the provider")),
    "ibge": Label(_("IBGE code of the municipality")),
    "client": Label(_("Kind of customer (no document)")),
    "area": Label(_("Urban or rural")),
    "medium": Label(_("Medium")),
    "product_kind": Label(_("Kind of product")),
    "technology": Label(_("Technology")),
    "speed": Label(_("Speed")),
}
CLIENT: Mapping[str, Label] = {
    "PF": Label(pgettext("kind of customer", "Person")),
    "PJ": Label(pgettext("kind of customer", "Company")),
    "": Label(pgettext("kind of customer", "Not known")),
}
AREA: Mapping[str, Label] = {
    "": Label(pgettext("area", "Not said")),
    "urban": Label(pgettext("area", "Urban")),
    "rural": Label(pgettext("area", "Rural")),
}
VERDICT: Mapping[str, Label] = {
    "genuine": Label(_("Genuine and unchanged"), "green", "circle-check"),
    "pages": Label(_("The data are genuine, the pages are not those of the hub"), "orange", "alert-triangle"),
    "differs": Label(_("Genuine, but the history says something else now"), "red", "alert-circle"),
    "forged": Label(_("Not signed by this hub, or changed afterwards"), "red", "alert-circle"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "report_by": BY, "anatel_missing": MISSING, "anatel_client": CLIENT, "city_area": AREA,
    "receipt_verdict": VERDICT,
}  # fmt: skip
OBJECT: Mapping[str, Label] = {"report": Label(_("Report"), icon="chart-bar"), "city": Label(_("City"), icon="home")}
EVENT: Mapping[str, Label] = {
    "report.summary": Label(_("Channels of the monthly summary changed"), "azure"),
    "city.update": Label(_("Code or area of a city changed"), "azure"),
    "customer.receipt": Label(_("Receipt handed out"), "purple"),
}
FACT: Mapping[str, Label] = {
    "cnpj": Label(_("CNPJ")),
    "channels": Label(_("Channels")),
    "receipt": Label(_("Receipt")),
    "ibge": Label(_("IBGE code")),
    "area": Label(_("Urban or rural")),
    "city": Label(_("City")),
}
