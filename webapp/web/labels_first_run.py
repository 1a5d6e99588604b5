"""Words of the history for the first steps, the provider's own data and the practice platform."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _

from webapp.web.label import Label

OBJECT: Mapping[str, Label] = {"provider": Label(_("Provider"), icon="home")}
EVENT: Mapping[str, Label] = {
    "provider.update": Label(_("Provider's own data changed"), "azure"),
    "integration.practice_removed": Label(_("Practice platform removed"), "red"),
}
FACT: Mapping[str, Label] = {"learners": Label(_("Customers made up to practise"))}
