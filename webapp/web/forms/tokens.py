"""The forms of tokens: make one, revoke one."""

import re
from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from webapp.services.tokens import ALL_SCOPES
from webapp.web.forms.base import REQUIRED, PageForm, longest, optional_id, strip
from webapp.web.forms.fields import DayField

SCOPE_CHOICES = (
    ("read", _("Read: see everything, change nothing")),
    ("write", _("Write: customers, services, packages sold, accounts; reads too")),
    ("admin", _("Administrate: everything that an administrator may do")),
    ("subscribers", _("Subscribers: only who has which product of one platform, for a platform that asks")),
)
BETWEEN = re.compile(r"[\s,;]+")


class TokenForm(PageForm):
    """A new token."""

    name = StringField(
        _("Name"), [InputRequired(REQUIRED), longest(120)], filters=[strip],
        description=_("Which program will use it; the history tells by this name what it did."),
    )  # fmt: skip
    scope = SelectField(_("Scope"), choices=SCOPE_CHOICES, default=ALL_SCOPES[0])
    integration_id = SelectField(
        _("Platform of the subscribers"), [Optional()], choices=[], coerce=optional_id,
        description=_("Only with the scope Subscribers."),
    )  # fmt: skip
    expires_at = DayField(_("Last day"), description=_("After this day it is refused. Empty = until it is revoked."))
    allowed_addresses = TextAreaField(
        _("Allowed addresses"), [longest(4000)], render_kw={"rows": 3},
        description=_(
            "One address or network to a line, such as 203.0.113.7 or 2001:db8::/32. Empty = it works from everywhere."
        ),
    )  # fmt: skip

    def offer(self, integrations: Sequence[tuple[int, str]]) -> None:
        """Fill the choice of integrations."""
        self.integration_id.choices = [("", "–"), *((str(id_), name) for id_, name in integrations)]

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses one by one, however they were parted."""
        return tuple(part for part in BETWEEN.split(self.allowed_addresses.data or "") if part)


class RevokeForm(PageForm):
    """Why a token is revoked."""

    reason = StringField(_("Reason"), [longest(200)], filters=[strip], description=_("For the history; may be empty."))
