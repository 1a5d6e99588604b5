"""The forms of people: invite, role, leave, reset, how long sessions last, and what everybody changes alone."""

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired
from wtforms.widgets import TextInput

from webapp.models.operator import ROLES, VIEWER
from webapp.services.operators import NAME_LENGTH
from webapp.services.passwords import MINIMUM
from webapp.web.forms.base import REQUIRED, PageForm, longest, strip
from webapp.web.labels_people import ROLE_HELP

PASSWORD_HELP = _("At least %(count)d characters. Three or four words that have nothing to do with you are best.",
                  count=MINIMUM)  # fmt: skip
MOST = 400


def role_choices() -> list[tuple[str, object]]:
    """Return the roles with what each may do."""
    return [(role, ROLE_HELP[role].text) for role in ROLES]


class InviteForm(PageForm):
    """Who is invited."""

    email = StringField(
        _("E-mail"), [InputRequired(REQUIRED), longest(254)], filters=[strip],
        render_kw={"type": "email", "autocomplete": "off"},
    )  # fmt: skip
    name = StringField(_("Name"), [longest(NAME_LENGTH)], filters=[strip], render_kw={"autocomplete": "off"})
    role = SelectField(_("Role"), choices=role_choices, default=VIEWER)
    mail = BooleanField(
        _("Send the link by e-mail too"), default=True,
        description=_("Through the mail server of your alert channel, only to this address."),
    )  # fmt: skip


class RoleForm(PageForm):
    """Another role."""

    role = SelectField(_("Role"), choices=role_choices)
    tokens = BooleanField(
        _("Also revoke the API tokens that this person made"),
        description=_("Programs that use them stop at once; leave it off if you are not sure, and look at the tokens."),
    )  # fmt: skip


class DeactivateForm(PageForm):
    """Why somebody is let in no more, and what goes with the person."""

    reason = StringField(_("Reason"), [longest(200)], filters=[strip], description=_("For the history; may be empty."))
    tokens = BooleanField(
        _("Also revoke the API tokens that this person made"),
        description=_("Programs that use them stop at once; leave it off if you are not sure, and look at the tokens."),
    )  # fmt: skip


class ResetForm(PageForm):
    """What somebody lost."""

    password = BooleanField(
        _("Make a link for a new password"), default=True,
        description=_("It works once, for two hours. Until it is used, the old password works too."),
    )  # fmt: skip
    second_factor = BooleanField(
        _("Remove the second factor and the passkeys now"),
        description=_("Only if you are sure that it is this person who asks: call back on a number that you know."),
    )  # fmt: skip
    mail = BooleanField(
        _("Send the link by e-mail too"), default=True,
        description=_("Through the mail server of your alert channel, only to this address."),
    )  # fmt: skip


class RulesForm(PageForm):
    """How long a sign-in is good."""

    idle_min = IntegerField(
        _("Minutes without a click"), [InputRequired(REQUIRED)], widget=TextInput(),
        description=_("Then the session ends. Pages that refresh themselves are no clicks. 5 to 240."),
    )  # fmt: skip
    longest_h = IntegerField(
        _("Hours in all"), [InputRequired(REQUIRED)], widget=TextInput(),
        description=_("So long after the sign-in a session ends in any case. 1 to 24."),
    )  # fmt: skip


class ConfirmForm(PageForm):
    """A question that needs no answer but yes."""


class OwnForm(PageForm):
    """How one is shown."""

    name = StringField(_("Name"), [longest(NAME_LENGTH)], filters=[strip], render_kw={"autocomplete": "name"})


class NewPasswordForm(PageForm):
    """A password, twice."""

    password = PasswordField(
        _("New password"), [InputRequired(REQUIRED), longest(MOST)], render_kw={"autocomplete": "new-password"},
        description=PASSWORD_HELP,
    )  # fmt: skip
    again = PasswordField(
        _("New password once more"), [InputRequired(REQUIRED), EqualTo("password", _("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip


class OwnPasswordForm(NewPasswordForm):
    """Another password, by whoever knows the present one."""

    present = PasswordField(
        _("Present password"), [InputRequired(REQUIRED), longest(MOST)], render_kw={"autocomplete": "current-password"}
    )


class AcceptForm(NewPasswordForm):
    """What a new person chooses."""

    name = StringField(
        _("Name"), [longest(NAME_LENGTH)], filters=[strip], render_kw={"autocomplete": "name"},
        description=_("How colleagues see you; may be empty."),
    )  # fmt: skip
