"""Forms of lists: a view under a name."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired

from webapp.services.tables.views import LONGEST_NAME
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip


class ViewForm(PageForm):
    """Name of a view, and who sees it."""

    name = StringField(
        _("Name of the view"), [InputRequired(REQUIRED), longest(LONGEST_NAME)], filters=[strip],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NAME},
    )  # fmt: skip
    shared = BooleanField(
        _("Show it to everybody"), description=_("Everybody sees a shared view; only you and administrators change it.")
    )
