"""Forms of customers, their services and the packages sold on them."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from webapp.decide.policy import STATUSES
from webapp.web.forms.base import REQUIRED, DayField, PageForm, longest, optional_id, strip
from webapp.web.forms.params import STORED
from webapp.web.labels import SERVICE

STATUS_CHOICES = [(status, SERVICE[status].text) for status in STATUSES]


class CustomerForm(PageForm):
    """Create or change a customer."""

    version = HiddenField()
    code = StringField(_("Code"), [InputRequired(REQUIRED), longest(60)], filters=[strip])
    name = StringField(_("Name"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    document = StringField(_("CPF or CNPJ"), [longest(30)], filters=[strip])
    email = StringField(_("E-mail"), [longest(254)], filters=[strip], render_kw={"inputmode": "email"})
    phone = StringField(_("Phone"), [longest(40)], filters=[strip], render_kw={"inputmode": "tel"})


class ServiceForm(PageForm):
    """Create or change a service of a customer."""

    version = HiddenField()
    code = StringField(_("Code"), [InputRequired(REQUIRED), longest(60)], filters=[strip])
    plan_id = SelectField(_("Plan"), coerce=optional_id)
    status = SelectField(_("Status"), choices=STATUS_CHOICES)
    login = StringField(_("Log-in"), [longest(120)], filters=[strip], render_kw={"autocomplete": "off"})
    password = PasswordField(
        _("Password"), [longest(120)], render_kw={"autocomplete": "new-password", "placeholder": STORED},
        description=_("Kept encrypted and never shown."),
    )  # fmt: skip
    address = StringField(_("Address"), [longest(300)], filters=[strip])
    sold_on = DayField(_("Sold on"), [Optional()])
    pause_from = DayField(_("Paused from"), [Optional()])
    pause_until = DayField(_("Paused until"), [Optional()])
    no_suspend_until = DayField(_("Not suspended for debt until"), [Optional()])
    no_suspend_reason = StringField(_("Reason"), [longest(200)], filters=[strip])


class StatusForm(PageForm):
    """Change the status of a service."""

    status = SelectField(_("New status"), choices=STATUS_CHOICES)
    reason = StringField(_("Reason"), [longest(200)], filters=[strip])


class MigrateForm(PageForm):
    """Move a service to another plan; the new plan's packages come with it."""

    plan_id = SelectField(_("New plan"), coerce=optional_id)
