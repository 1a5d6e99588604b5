"""The form of the first administrator."""

from flask_babel import lazy_gettext as _
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.forms.people import PASSWORD_HELP


class SetupForm(PageForm):
    """Who the first administrator is."""

    email = StringField(
        _("E-mail"), [InputRequired(REQUIRED), longest(254)], filters=[strip],
        render_kw={"type": "email", "autocomplete": "username"},
    )  # fmt: skip
    password = PasswordField(
        _("Password"), [InputRequired(REQUIRED), longest(400)], render_kw={"autocomplete": "new-password"},
        description=PASSWORD_HELP,
    )  # fmt: skip
    again = PasswordField(
        _("Password once more"), [InputRequired(REQUIRED), EqualTo("password", _("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
