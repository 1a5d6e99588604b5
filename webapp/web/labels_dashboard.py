"""The lights of the dashboard."""

from collections.abc import Mapping

from flask_babel import lazy_pgettext as pgettext

from webapp.services.lights import BAD, GOOD, OFF, WARN
from webapp.web.label import Label

# The word beside the icon: whoever sees no colour reads it.
KINDS: Mapping[str, Mapping[str, Label]] = {
    "lamp": {
        GOOD: Label(pgettext("light", "Works"), "green", "circle-check"),
        WARN: Label(pgettext("light", "Look at it"), "orange", "alert-triangle"),
        BAD: Label(pgettext("light", "Stands still"), "red", "circle-x"),
        OFF: Label(pgettext("light", "Off"), "secondary", "circle-dashed"),
    }
}
