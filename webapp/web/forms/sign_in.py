"""The forms of the second factor and of passkeys."""

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired

from webapp.services.second_factor_rule import ADMINS, ALL, NOBODY
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip

CODE_KEYS = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class AppForm(PageForm):
    """The first code of an app that is being set up."""

    code = StringField(
        _("Code that the app shows"), [InputRequired(REQUIRED), longest(20)], filters=[strip], render_kw=CODE_KEYS
    )


class PasskeyForm(PageForm):
    """How a passkey is called."""

    name = StringField(
        _("Name of this passkey"), [longest(64)], filters=[strip], render_kw={"autocomplete": "off"},
        description=_("So that you know it again: notebook at work, my phone."),
    )  # fmt: skip


class RuleForm(PageForm):
    """Of whom a second factor is required."""

    rule = RadioField(
        _("Second factor required of"),
        choices=[
            (NOBODY, pgettext("second factor required of", "Nobody: everybody decides alone")),
            (ADMINS, pgettext("second factor required of", "Administrators")),
            (ALL, pgettext("second factor required of", "Everybody")),
        ],
    )
