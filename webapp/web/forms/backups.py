"""The forms of backups: their rhythm, and the export of the keys."""

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange, Regexp

from webapp.services.backups.rhythm import RhythmInput
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip

HOURS = (
    ("24", _("Once a day")), ("12", _("Every 12 hours")), ("8", _("Every 8 hours")), ("6", _("Every 6 hours")),
    ("4", _("Every 4 hours")), ("3", _("Every 3 hours")), ("2", _("Every 2 hours")), ("1", _("Every hour")),
)  # fmt: skip
HOUR = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_("Write an hour like 22:00."))
NAMES = ("on", "at", "every_h", "daily", "weekly", "monthly")


class RhythmForm(PageForm):
    """When backups are made, and how many are kept."""

    on = BooleanField(_("Make backups by itself"))
    at = StringField(
        _("At"), [InputRequired(REQUIRED), HOUR],
        filters=[strip], description=_("By the provider's clock; best when little happens."),
    )  # fmt: skip
    every_h = SelectField(_("How often"), choices=HOURS, coerce=int)
    daily = IntegerField(
        _("Days"), [InputRequired(REQUIRED), NumberRange(1, 90, _("Give a whole number from 1 to 90."))],
        description=_("Of so many days the last one is kept; of the last 24 hours all of them."),
    )  # fmt: skip
    weekly = IntegerField(
        _("Weeks"), [InputRequired(REQUIRED), NumberRange(0, 53, _("Give a whole number from 0 to 53."))]
    )
    monthly = IntegerField(
        _("Months"), [InputRequired(REQUIRED), NumberRange(0, 60, _("Give a whole number from 0 to 60."))],
        description=_("Whoever was erased stays in older backups until these go."),
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Return what the use case takes."""
        return {name: self[name].data for name in NAMES}


class KeysForm(PageForm):
    """The passphrase with which the keys are taken out."""

    passphrase = PasswordField(
        _("Passphrase"), [InputRequired(REQUIRED), longest(128)],
        description=_("It is kept nowhere: write it down in another place than the file."),
    )  # fmt: skip
    again = PasswordField(_("Passphrase once more"), [InputRequired(REQUIRED), longest(128)])


def rhythm_data(data: RhythmInput) -> dict[str, Any]:
    """Return what the form starts with."""
    return data.model_dump()
