"""The filter of the history: a form that is sent with GET, so that every view of it has an address."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext
from wtforms import IntegerField, SearchField, SelectField
from wtforms.validators import NumberRange
from wtforms.validators import Optional as IfGiven

from webapp.services.history_query import ONLY, SENT, WITH, WITHOUT, Filter
from webapp.services.pages import LARGEST_ID
from webapp.web.forms.base import PageForm, longest, strip
from webapp.web.forms.fields import DayField
from webapp.web.labels import label
from webapp.web.labels_history import ACTOR, EVENT, OBJECT

# The history of one of these is short, and the transmissions tell most of it.
TOLD_BY_CALLS = ("customer", "service", "service_package", "account")
SALES = "service_package"
Choices = Sequence[tuple[str, str]]


class HistoryForm(PageForm):
    """What is asked for. A word that is not offered is refused beside its field."""

    class Meta:
        """It changes nothing, so nobody has to prove where it was sent from."""

        csrf = False

    type = SelectField(_("Kind of object"), choices=[("", ""), *((kind, kind) for kind in OBJECT)], default="")
    id = IntegerField(_("Number of the object"), validators=[IfGiven(), NumberRange(1, LARGEST_ID)])
    q = SearchField(_("Search"), validators=[longest(100)], filters=[strip])
    action = SelectField(_("What happened"), default="")
    who = SelectField(_("Who did it"), default="", validate_choice=False)
    integration = SelectField(_("Integration"), default="")
    since = DayField(_("From"))
    until = DayField(_("To"))
    sent = SelectField(pgettext("history", "Transmissions"), default="")

    def offer(self, people: Choices, integrations: Sequence[tuple[int, str]]) -> None:
        """Fill in what can be chosen."""
        self.action.choices = {gettext("Anything"): [("", gettext("Anything"))], **_actions()}
        self.who.choices = [("", gettext("Anybody")), *_people(people, self.who.data or "")]
        known = [(str(row_id), description) for row_id, description in integrations]
        self.integration.choices = [("", pgettext("integrations", "All")), *known]
        self.sent.choices = [
            (WITH, pgettext("history", "Among the others")),
            (ONLY, pgettext("history", "Only these")),
            (WITHOUT, pgettext("history", "Left out")),
        ]
        if self.sent.data not in SENT:
            self.sent.data = WITH if self.type.data in TOLD_BY_CALLS else WITHOUT

    def wanted(self, zone: ZoneInfo) -> Filter:
        """Return the filter; days begin and end where the provider is."""
        one = self.names_object
        return Filter(
            object_type=self.type.data if one else "",
            object_id=self.id.data if one else None,
            actor=self.who.data or "",
            action=self.action.data or "",
            text=self.q.data or "",
            since=_midnight(self.since.data, zone),
            until=_midnight(self.until.data, zone, days=1),
            sent=self.sent.data,
            integration_id=int(self.integration.data) if self.integration.data else None,
        )

    @property
    def names_object(self) -> bool:
        """Tell whether the history of one object is asked for, and of one that there may be."""
        return bool(self.type.data) and self.id.data is not None and not (self.type.errors or self.id.errors)

    @property
    def unfiltered(self) -> str:
        """Address of the same object's history, or of everything's, with no filter."""
        named = {"type": self.type.data, "id": self.id.data} if self.names_object else {}
        return url_for("history.index", **named)

    @property
    def spans_integrations(self) -> bool:
        """Tell whether what is shown may belong to several integrations."""
        return self.type.data in ("", *TOLD_BY_CALLS) or bool(self.integration.data)

    @property
    def narrows(self) -> bool:
        """Tell whether anything but the object was asked for."""
        fields = (self.q, self.action, self.who, self.integration, self.since, self.until)
        return any(field.data for field in fields)


def _actions() -> Mapping[str, list[tuple[str, str]]]:
    groups = {}
    for kind, found in groupby(EVENT, key=kind_of_action):
        name = str(label("object", kind).text)
        every = gettext("Everything about: %(kind)s", kind=name)
        groups[name] = [(kind, every), *((action, str(EVENT[action].text)) for action in found)]
    return groups


def kind_of_action(action: str) -> str:
    """Return the kind of object that an action is about."""
    kind = action.partition(".")[0]
    return SALES if kind == "sale" else kind


def _people(people: Choices, chosen: str) -> list[tuple[str, str]]:
    """Return everybody who may have acted; whoever was asked for stays in the list although gone since."""
    known = {name: str(label("actor", name).text) for name in ACTOR if name != "demo"}
    for actor, name in people:
        if actor.startswith("token:"):
            known[actor] = gettext("Token %(name)s", name=name)
        else:
            known[actor] = f"{name} ({actor})" if name else actor
    return [*known.items(), *([(chosen, chosen)] if chosen and chosen not in known else [])]


def _midnight(day: date | None, zone: ZoneInfo, *, days: int = 0) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None
