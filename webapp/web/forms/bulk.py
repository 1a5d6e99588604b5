"""What an action on many rows asks: what it needs besides, why, and the number that is confirmed."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_babel import pgettext
from wtforms import Field, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import Optional

from webapp.models import Package, Plan
from webapp.services.bulk_jobs.contract import Kind
from webapp.services.bulk_jobs.kinds.catalogue import OFF, ON
from webapp.services.bulk_jobs.kinds.services_status import CHOICES
from webapp.web.forms.base import PageForm, longest, strip
from webapp.web.forms.fields import DayField
from webapp.web.labels import label

NUMBER = _("Write a whole number.")


class ActionForm(PageForm):
    """What an action needs besides its rows; the page shows the fields of its kind."""

    package_id = SelectField(_("Package"), validate_choice=False)
    status = SelectField(_("New status"), validate_choice=False)
    active = SelectField(_("What shall be"), validate_choice=False)
    plan_id = SelectField(
        _("Only services of this plan"), validate_choice=False,
        description=_("Leave it at “All plans” to reach every service of those who were chosen."),
    )  # fmt: skip
    ends_on = DayField(
        _("Last day"), [Optional()], description=_("Empty: until somebody takes it off."),
    )  # fmt: skip

    def offer(self, packages: Sequence[Package], plans: Sequence[Plan]) -> None:
        """Fill in what may be chosen. All of it is held as long as the form, so that nobody reads it again."""
        self.offered = (packages, plans)
        choose = [("", _("Choose one"))]
        self.package_id.choices = [*choose, *((str(one.id), one.description) for one in packages)]
        self.plan_id.choices = [("", _("All plans")), *((str(one.id), one.description) for one in plans)]
        self.status.choices = [*choose, *((one, label("service", one).text) for one in CHOICES)]
        self.active.choices = [*choose, (ON, pgettext("bulk", "Active")), (OFF, pgettext("bulk", "Inactive"))]

    def of(self, kind: Kind) -> list[Field]:
        """Return the fields that an action asks for, in their order."""
        return [self[name] for name in (*kind.fields, *kind.asks)]


class StartForm(PageForm):
    """Begin what a preview showed, and nothing else."""

    stamp = HiddenField()
    reason = StringField(
        _("Reason"), [longest(200)], filters=[strip], description=_("Stays in the history of each line."),
    )  # fmt: skip
    confirm = IntegerField(_("How many lose content"), [Optional(NUMBER)])
