"""Words of the lights on the dashboard: what a platform or a source does now, in one line."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import lazy_gettext as _

from webapp.services.lights import Light
from webapp.web.filters import distance, number

PLATFORM: Mapping[str, object] = {
    "inactive": _("Inactive: nothing is sent."),
    "paused": _("Paused %(since)s; a person must act."),
    "retried": _("Paused %(since)s; it is tried again by itself."),
    "waits": _("The oldest call is due %(since)s."),
    "people": _("Accounts that wait for a person: %(count)s."),
    "uncompared": _("Last compared %(since)s: later than it should be."),
    "compared": _("Last compared %(since)s."),
    "good": _("Not compared yet."),
}
SOURCE: Mapping[str, object] = {
    "inactive": _("Inactive: nothing is read."),
    "paused": _("Paused %(since)s; a person must act."),
    "unread": _("Not read yet."),
    "failing": _("Last read %(since)s; readings that failed since: %(count)s."),
    "old": _("Last read %(since)s: later than it should be."),
    "read": _("Last read %(since)s."),
}


def say(words: Mapping[str, object], light: Light) -> str:
    """Return what a light says; ``words`` is ``PLATFORM`` or ``SOURCE``."""
    values = {"since": _since(light.since), "count": number(light.params.get("count", 0))}
    return str(words[light.code]) % values


def _since(moment: datetime | None) -> str:
    return distance(moment) if moment is not None else "–"
