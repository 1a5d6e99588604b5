"""Forms of packages sold on a service."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import FieldList, FormField, HiddenField, StringField
from wtforms.validators import DataRequired, InputRequired, Optional

from webapp.decide.credentials import USER_PARAM
from webapp.gateways.contract import ParamSpec, Traits
from webapp.models import Package, ServicePackage
from webapp.services import sale_params
from webapp.services.inputs import SaleChange, SaleInput
from webapp.web.forms import params
from webapp.web.forms.base import (
    REQUIRED,
    PageForm,
    ParamRow,
    longest,
    parse_input,
    row_params,
    strip,
)
from webapp.web.forms.fields import DayField, MoneyField

EMAIL = "email"
DATES = ("starts_on", "ends_on")
OWN_FIELDS = ("value", "description", *DATES)


class SaleForm(PageForm):
    """Sell a package, or change what was sold; the gateway's params are added to it."""

    version = HiddenField()
    value = MoneyField(_("Value (R$)"), [InputRequired(REQUIRED)])
    description = StringField(_("Description"), [longest(200)], filters=[strip])
    starts_on = DayField(_("First day"), [Optional()])
    ends_on = DayField(_("Last day"), [Optional()])
    free = FieldList(FormField(ParamRow), _("Further parameters"))


class ReasonForm(PageForm):
    """Confirm something that ends, with a reason."""

    reason = StringField(_("Reason"), [DataRequired(REQUIRED), longest(200)], filters=[strip])


def specs_of(traits: Traits | None) -> list[ParamSpec]:
    """Return the params that this gateway knows of a sale."""
    return params.sale_specs(traits) if traits else []


def new_form(traits: Traits | None, package: Package, email: str, default_field: str) -> SaleForm:
    """Return the form of a new sale, filled in as far as is known.

    Args:
        email: the customer's.
        default_field: where the password comes from when the sale does not say.
    """
    specs = specs_of(traits)
    known = {EMAIL: email} if any(spec.name == EMAIL for spec in specs) else {}
    form = params.with_params(SaleForm, specs)(data={"value": package.value, **params.filled(specs, known)})
    return _with_defaults(form, traits, default_field)


def edit_form(traits: Traits | None, sale: ServicePackage, email: str, default_field: str) -> SaleForm:
    """Return the form of a sale as it is; secrets are masked, an e-mail that was left out is the customer's."""
    specs, shown = specs_of(traits), sale_params.shown(sale)
    declared = {spec.name for spec in specs}
    free = [{"name": name, "value": value} for name, value in shown.items() if name not in declared]
    own = {name: getattr(sale, name) for name in ("version", *OWN_FIELDS)}
    known = {**({EMAIL: email} if EMAIL in declared else {}), **{name: value for name, value in shown.items() if value}}
    form = params.with_params(SaleForm, specs, stored=sale_params.secret_names(sale) & declared)
    return _with_defaults(form(data={**own, "free": free, **params.filled(specs, known)}), traits, default_field)


def new_input(form: SaleForm, traits: Traits | None, package: Package, email: str | None) -> SaleInput:
    """Return what the form says about a new sale.

    Args:
        email: the customer's own; None when the platform has one for good, so that none is asked for.

    Raises:
        Invalid: what the form itself let pass.
    """
    values = {name: form[name].data for name in OWN_FIELDS}
    return parse_input(SaleInput, {**values, "package_id": package.id, "params": _given(form, traits, {}, email)})


def change_input(form: SaleForm, traits: Traits | None, sale: ServicePackage, email: str | None) -> SaleChange:
    """Return what the form says about a sale; a date that was emptied is taken away.

    Args:
        email: as in ``new_input``.

    Raises:
        Invalid: what the form itself let pass.
    """
    given = _given(form, traits, sale.params, email)
    rows = {entry.data["name"] for entry in form.free.entries}
    declared = {spec.name for spec in specs_of(traits)}
    # A secret that is left out is kept, so one whose row was taken away is given empty.
    given |= {name: "" for name in sale_params.secret_names(sale) if name not in declared and name not in rows}
    values = {name: form[name].data for name in OWN_FIELDS}
    return parse_input(SaleChange, {**values, "params": given}, emptied=DATES)


def _given(form: SaleForm, traits: Traits | None, stored: Mapping[str, str], email: str | None) -> dict[str, str]:
    given = {**params.given(form, specs_of(traits)), **row_params(form.free)}
    is_login = traits is not None and traits.login_fields[:1] == (EMAIL,)
    if email is None:
        kept = {EMAIL: stored[EMAIL]} if EMAIL in stored else {}
        return {**{name: value for name, value in given.items() if name != EMAIL}, **kept}
    if is_login and not stored.get(EMAIL) and given.get(EMAIL, "").lower() == email.lower():
        # The customer's own e-mail needs no param: until the first transmission it follows the customer.
        given.pop(EMAIL, None)
    return given


def _with_defaults(form: SaleForm, traits: Traits | None, default_field: str) -> SaleForm:
    """Say in each choice what "as by default" comes to."""
    switches: Sequence[str] = traits.boolean_params if traits else ()
    texts: dict[str, Any] = {name: gettext("On (as by default)") for name in switches}
    texts[USER_PARAM] = gettext("As by default (%(field)s)", field=default_field)
    for name, text in texts.items():
        key = params.PREFIX + name
        if key in form and getattr(form[key], "choices", None):
            form[key].choices = [("", text), *form[key].choices[1:]]
    return form
