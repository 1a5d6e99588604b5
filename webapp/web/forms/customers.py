"""The form of customers."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.forms.fields import EMAIL_KEYS, OTHERS, DocumentField, PhoneField


class CustomerForm(PageForm):
    """Create or change a customer."""

    version = HiddenField()
    code = StringField(
        _("Code"), [InputRequired(REQUIRED), longest(60)], filters=[strip], render_kw=OTHERS,
        description=_("As your ERP knows this customer; it never changes."),
    )  # fmt: skip
    name = StringField(_("Name"), [InputRequired(REQUIRED), longest(200)], filters=[strip], render_kw=OTHERS)
    document = DocumentField(
        _("CPF or CNPJ"), [longest(30)],
        description=_("With or without dots; a CNPJ may have letters. Some platforms take nobody without it."),
    )  # fmt: skip
    email = StringField(
        _("E-mail"), [longest(254)], filters=[strip], render_kw=EMAIL_KEYS,
        description=_("The log-in on most platforms: ask for the one that the customer really reads."),
    )  # fmt: skip
    phone = PhoneField(_("Phone"), [longest(40)], filters=[strip], description=_("With the area code."))
