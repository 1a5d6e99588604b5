"""Forms about personal data: ask for an erasure, decide about one, choose for how long things are kept."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _
from wtforms import IntegerField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from webapp.decide.retention import PERIODS, Kind
from webapp.models import Service
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.labels import label


class ErasureForm(PageForm):
    """Ask for a person to be erased."""

    reason = StringField(
        _("Reason"), [InputRequired(REQUIRED), longest(500)], filters=[strip],
        description=_("For the history, for example how the person asked. Without the person's data: it stays."),
    )  # fmt: skip
    code = StringField(
        _("Code of the customer"), [InputRequired(REQUIRED), longest(60)], filters=[strip],
        description=_("Type it, so that nobody else is erased by mistake."),
    )  # fmt: skip
    cancel = SelectMultipleField(
        _("Cancel with it"), coerce=int, choices=[], widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(), validate_choice=False,
    )  # fmt: skip

    def offer(self, services: Sequence[Service]) -> None:
        """Fill in the services that have not ended."""
        self.cancel.choices = [(one.id, f"{one.code} · {one.plan.description}") for one in services]


class DecisionForm(PageForm):
    """Why an erasure is taken back, finished without proof, or the person admitted again."""

    reason = StringField(_("Reason"), [InputRequired(REQUIRED), longest(500)], filters=[strip])


class PeriodsForm(PageForm):
    """Days by kind of record; made for the kinds that there are."""

    reason = StringField(_("Reason"), [longest(500)], filters=[strip], description=_("For the history; may be empty."))

    def chosen(self) -> dict[str, int]:
        """Return the days by kind."""
        return {str(kind): int(self[str(kind)].data) for kind in Kind if self[str(kind)].data is not None}


def periods_form(days: Mapping[Kind, int]) -> PeriodsForm:
    """Return the form with what counts now filled in."""
    fields: dict[str, Any] = {
        str(kind): IntegerField(
            label("retention", kind).text, [InputRequired(REQUIRED)],
            render_kw={"min": period.least, "max": period.most, "inputmode": "numeric"},
        )
        for kind, period in PERIODS.items()
    }  # fmt: skip
    kind = type("PeriodsFormOfHub", (PeriodsForm,), fields)
    return cast("PeriodsForm", kind(data={str(name): number for name, number in days.items()}))
