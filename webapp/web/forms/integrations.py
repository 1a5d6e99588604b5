"""Forms of integrations and their products."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import (
    BooleanField,
    FieldList,
    FloatField,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.validators import ValidationError as FieldError

from webapp.decide.params import INTEGRATION, specs_for
from webapp.gateways.contract import Traits
from webapp.models import Integration, Product
from webapp.services.errors import Problem
from webapp.services.products import product_version
from webapp.web.forms import params
from webapp.web.forms.base import REQUIRED, PageForm, ParamRow, longest, row_params, strip


class IntegrationForm(PageForm):
    """Create or change an integration; the gateway's own params are added to it."""

    version = HiddenField()
    gateway = SelectField(_("Content platform gateway"))
    description = StringField(
        _("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("How you tell this integration from others of the same gateway."),
    )  # fmt: skip
    single_package = BooleanField(
        _("Single package"),
        description=_("One product per package, and one package of this integration per service."),
    )
    follow_status = BooleanField(
        _("Enable and suspend subscriptions"),
        default=True,
        description=_(
            "Follow the payment status of the service that carries the package: suspended for debt, enabled on payment."
            " Off = debt never touches the content."
        ),
    )
    status_scope = SelectField(
        _("Whose status counts"),
        choices=[
            ("service", _("That of the service that carries the package")),
            ("customer", _("The best status among all services of the customer")),
        ],
        default="service",
        description=_(
            "With the customer's best: a package on a service that is suspended, or still waits for its installation,"
            " works as long as another service of the same customer is enabled. A service that ended gets nothing,"
            " whatever else is paid."
        ),
    )
    free = FieldList(FormField(ParamRow), _("Further parameters"))
    concurrency = IntegerField(
        _("Calls at the same time"), [Optional(), NumberRange(1, 256, _("Give a whole number from 1 to 256."))],
        description=_("Empty = what the gateway advises."),
    )  # fmt: skip
    rate_per_s = FloatField(
        _("Calls per second"), [Optional(), NumberRange(0, None, _("Give zero or more."))],
        description=_("Empty = what the gateway advises; 0 = no limit."),
    )  # fmt: skip
    reconcile_minutes = IntegerField(
        _("Minutes between reconciliations"), [InputRequired(REQUIRED), NumberRange(1, 10080, _("Give 1 or more."))],
        default=60,
    )  # fmt: skip

    def add_problems(self, problems: Sequence[Problem]) -> None:
        """Show each problem beside its field; those of rows are told to their list too, which the summary asks."""
        super().add_problems(problems)
        if any(entry.errors for entry in self.free.entries):
            self.free.errors = [entry.errors for entry in self.free.entries]


class ProductForm(PageForm):
    """Type a product by hand, or change one."""

    version = HiddenField()
    code = StringField(_("Code"), [InputRequired(REQUIRED), longest(120)], filters=[strip])
    name = StringField(_("Name"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    description = TextAreaField(_("Description"), [longest(500)], filters=[strip], render_kw={"rows": 2})


def form_class(traits: Traits, stored: Collection[str] = ()) -> type[IntegrationForm]:
    """Return the form with the gateway's params."""
    return params.with_params(IntegrationForm, specs_for(traits, INTEGRATION), stored)


def form_data(integration: Integration, traits: Traits, shown: Mapping[str, str | None]) -> dict[str, Any]:
    """Return what the form of an existing integration starts with; secrets stay out."""
    specs = specs_for(traits, INTEGRATION)
    declared = {spec.name for spec in specs}
    return {
        "version": integration.version,
        "gateway": traits.key,
        "description": integration.description,
        "single_package": integration.single_package,
        "follow_status": integration.follow_status,
        "status_scope": integration.status_scope,
        "concurrency": integration.concurrency,
        "rate_per_s": integration.rate_per_s,
        "reconcile_minutes": max(1, integration.reconcile_interval_s // 60),
        "free": [{"name": name, "value": value or ""} for name, value in shown.items() if name not in declared],
        **params.filled(specs, shown),
    }


def product_data(product: Product) -> dict[str, Any]:
    """Return what the form of an existing product starts with."""
    names = ("code", "name", "description")
    return {"version": product_version(product), **{name: getattr(product, name) for name in names}}


def form_values(form: IntegrationForm, traits: Traits, stored: Collection[str]) -> dict[str, Any]:
    """Return what the use case takes.

    Raises:
        FieldError: a param stands twice, in two rows or in a row beside its own field.
    """
    specs = specs_for(traits, INTEGRATION)
    declared = {spec.name for spec in specs}
    free = row_params(form.free)
    if declared & free.keys():
        raise FieldError(_("The parameter %(name)s stands twice; keep one.", name=min(declared & free.keys())))
    # A stored secret with an empty field keeps its value; one whose row is gone is removed.
    kept = {name: value for name, value in free.items() if value or name not in stored}
    removed = {name: "" for name in stored if name not in declared and name not in free}
    return {
        "gateway": traits.key,
        "description": form.description.data,
        "single_package": form.single_package.data,
        "follow_status": form.follow_status.data,
        "status_scope": form.status_scope.data,
        "concurrency": form.concurrency.data,
        "rate_per_s": form.rate_per_s.data,
        "reconcile_interval_s": (form.reconcile_minutes.data or 60) * 60,
        "params": {**params.given(form, specs), **kept, **removed},
    }
