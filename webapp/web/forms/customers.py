"""The form of customers."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from webapp.web.forms.base import REQUIRED, PageForm, longest, strip


class CustomerForm(PageForm):
    """Create or change a customer."""

    version = HiddenField()
    code = StringField(_("Code"), [InputRequired(REQUIRED), longest(60)], filters=[strip])
    name = StringField(_("Name"), [InputRequired(REQUIRED), longest(200)], filters=[strip])
    document = StringField(_("CPF or CNPJ"), [longest(30)], filters=[strip])
    email = StringField(_("E-mail"), [longest(254)], filters=[strip], render_kw={"inputmode": "email"})
    phone = StringField(_("Phone"), [longest(40)], filters=[strip], render_kw={"inputmode": "tel"})
