"""Words of people: roles, sessions, invitations."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

ROLE_HELP: Mapping[str, Label] = {
    "admin": Label(_("Administrator: everything, people, platforms and secrets too")),
    "attendant": Label(_("Attendant: customers, services and packages sold")),
    "finance": Label(_("Finance: values, plans and packages; sees customers")),
    "viewer": Label(_("Viewer: sees everything that is not secret, changes nothing")),
}
SESSION_STATE: Mapping[str, Label] = {
    "": Label(pgettext("session", "Signed in"), "green", "circle-check"),
    "signed_out": Label(_("Signed out"), "secondary"),
    "revoked": Label(_("Ended by hand"), "secondary"),
    "idle": Label(_("Ended: no click for long"), "secondary"),
    "too_old": Label(_("Ended: the sign-in was too long ago"), "secondary"),
    "password": Label(_("Ended: new password"), "secondary"),
    "deactivated": Label(_("Ended: deactivated"), "secondary"),
    "restored": Label(_("Ended: a backup was restored"), "secondary"),
    "role": Label(_("Ended: another role"), "secondary"),
    "second_factor": Label(_("Ended: the second factor was changed"), "secondary"),
}
INVITATION_STATE: Mapping[str, Label] = {
    "open": Label(pgettext("invitation", "Waiting"), "azure", "clock"),
    "expired": Label(pgettext("invitation", "Expired"), "secondary", "clock"),
}
INVITATION_KIND: Mapping[str, Label] = {
    "join": Label(_("Invitation")),
    "reset": Label(_("New password")),
}
PERSON_STATE: Mapping[str, Label] = {
    "active": Label(pgettext("person", "Active"), "green"),
    "inactive": Label(pgettext("person", "Deactivated"), "secondary"),
}
EVENT: Mapping[str, Label] = {
    "operator.role": Label(_("Role of a user changed"), "purple"),
    "operator.deactivate": Label(_("User deactivated"), "red"),
    "operator.reactivate": Label(_("User reactivated"), "green"),
    "operator.rename": Label(_("Name of a user changed"), "azure"),
    "operator.password": Label(_("New password set"), "azure"),
    "operator.reset_link": Label(_("Link for a new password made"), "purple"),
    "operator.session_end": Label(_("Session ended"), "secondary"),
    "invitation.create": Label(_("User invited"), "green"),
    "invitation.revoke": Label(_("Invitation withdrawn"), "red"),
    "sign_in_rules.change": Label(_("Length of sessions changed"), "purple"),
}
OBJECT: Mapping[str, Label] = {
    "invitation": Label(_("Invitation"), icon="user"),
    "sign_in_rules": Label(_("Rules of signing in"), icon="lock"),
}
FACT: Mapping[str, Label] = {
    "sessions": Label(_("Sessions that ended")),
    "tokens": Label(_("Tokens revoked")),
    "end_reason": Label(_("How the session ended")),
    "idle_min": Label(_("Minutes without a click")),
    "longest_h": Label(_("Hours in all")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "role_help": ROLE_HELP, "session_state": SESSION_STATE, "invitation_state": INVITATION_STATE,
    "invitation_kind": INVITATION_KIND, "person_state": PERSON_STATE,
}  # fmt: skip
