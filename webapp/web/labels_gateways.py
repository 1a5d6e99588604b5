"""Words of gateways and recipes: where they come from, what they can do, what they send."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

ORIGIN: Mapping[str, Label] = {
    "built_in": Label(_("Part of the program"), "secondary"),
    "bundled": Label(pgettext("recipe", "Bundled"), "azure"),
    "own": Label(pgettext("recipe", "Own"), "purple", "pencil"),
    "broken": Label(_("Cannot run"), "red", "alert-circle"),
    "removed": Label(_("Not in use"), "secondary"),
}
WAY: Mapping[str, Label] = {
    "call": Label(_("By a call of its own"), "green", "circle-check"),
    "alias": Label(_("By another operation"), "yellow", "transfer"),
    "local": Label(_("Answered by the hub itself"), "green", "circle-check"),
    "none": Label(_("Not possible there"), "secondary", "minus"),
}
# Short, for the list: what a platform can be asked for.
ABILITY: Mapping[str, Label] = {
    "create": Label(_("Creates")),
    "update": Label(_("Updates")),
    "suspend": Label(_("Suspends")),
    "enable": Label(_("Enables")),
    "cancel": Label(_("Cancels")),
    "find": Label(_("Looks up")),
    "list": Label(_("Lists accounts")),
    "list_products": Label(_("Lists products")),
    "notify": Label(_("Notifies")),
    "resend_activation": Label(_("Resends activation")),
    "callback": Label(_("Asks us at log-in")),
    "events": Label(_("Tells us of changes")),
}
UNIT: Mapping[str, Label] = {
    "account": Label(_("One account with all products of the subscriber")),
    "entitlement": Label(_("Each product on its own")),
}
PRODUCT_SOURCE: Mapping[str, Label] = {
    "list": Label(_("Read from the platform")),
    "per_customer": Label(_("Read from the platform for each customer")),
    "manual": Label(_("Typed by hand")),
    "generic": Label(_("One product that stands for all")),
}
SCOPE: Mapping[str, Label] = {
    "integration": Label(_("Integration")),
    "package": Label(_("Package sold")),
    "both": Label(_("Integration, or package sold")),
}
PARAM_KIND: Mapping[str, Label] = {
    "text": Label(pgettext("parameter", "Text")),
    "url": Label(_("Address")),
    "number": Label(_("Number")),
    "secret": Label(_("Secret")),
    "boolean": Label(_("On or off")),
    "choice": Label(_("Choice")),
}
CONSTRAINT: Mapping[str, Label] = {
    "one_account_per_customer": Label(_("One account per customer")),
    "one_product": Label(_("One product at a time")),
    "distinct_kinds": Label(_("Products of a subscriber must differ in their kind")),
    "basic_kind": Label(_("One product must be of a certain kind")),
    "people_only": Label(_("People only, no companies")),
}
SENT: Mapping[str, Label] = {
    "account.id": Label(_("The hub's number of the account")),
    "account.reference": Label(_("The hub's own id of the account")),
    "account.login": Label(_("Log-in")),
    "account.password": Label(_("Password")),
    "account.products": Label(_("Codes of the products")),
    "customer.id": Label(_("The hub's number of the customer")),
    "customer.code": Label(_("Customer's code")),
    "customer.name": Label(_("Name")),
    "customer.document": Label(_("CPF or CNPJ")),
    "customer.email": Label(_("E-mail")),
    "customer.phone": Label(_("Phone")),
    "service.id": Label(_("The hub's number of the service")),
    "service.code": Label(_("Code of the service")),
    "service.status": Label(_("Status of the service")),
    "service.login": Label(_("Log-in of the internet access")),
    "service.password": Label(_("Password of the internet access")),
    "sale.id": Label(_("The hub's number of the package sold")),
    "sale.package_id": Label(_("The hub's number of the package")),
    "sale.package_code": Label(_("Code of the package")),
    "sale.package_description": Label(_("Description of the package")),
    "product.code": Label(_("Code of the product")),
    "product.name": Label(_("Name of the product")),
    "product.description": Label(_("Description of the product")),
    "product.kind": Label(_("Kind of the product")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "origin": ORIGIN, "way": WAY, "ability": ABILITY, "unit": UNIT, "product_source": PRODUCT_SOURCE,
    "scope": SCOPE, "param_kind": PARAM_KIND, "constraint": CONSTRAINT, "sent": SENT,
}  # fmt: skip
