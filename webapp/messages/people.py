"""Messages about people: who may sign in, invitations, sessions."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

SIGN_IN = _("Sign in to go on.")

ENTRIES: dict[str, Entry] = {
    "operator_unknown": Entry(
        _("There is no user with the number {id}."), _("Open the person from the list of users.")
    ),
    "operator_email_unknown": Entry(_("Nobody signs in with {email}."), _("`sintonia user list` shows who does.")),
    "operator_inactive": Entry(_("{email} is deactivated."), _("Reactivate the person first, then make the link.")),
    "operator_is_oneself": Entry(
        _("Nobody changes the own access: a mistake would lock you out."),
        _("Ask another administrator. Name, password and second factor are under “My account”."),
    ),
    "operator_no_admin_now": Entry(
        _("You are no administrator any more; nothing was changed."), _("Ask another administrator.")
    ),
    "operator_last_admin": Entry(
        _("{email} is the last administrator who can sign in; nothing was changed."),
        _("Make somebody else an administrator first."),
    ),
    "language_unknown": Entry(_("This language is not offered."), _("Choose one of the list.")),
    "password_present_wrong": Entry(
        _("This is not your present password."),
        _("Type it again. If you forgot it, ask an administrator for a link."),
    ),
    "password_tries_many": Entry(
        _("The present password was wrong too often."),
        _("Wait {minutes} minutes, or ask an administrator for a link."),
    ),
    "invitation_invalid": Entry(
        _("This link does not work. It may have been used, withdrawn or replaced, or its time is over."),
        _("Ask an administrator of your provider for a new one."),
    ),
    "invitation_unknown": Entry(_("There is no invitation {id}."), _("Look at the list of users.")),
    "invitation_used": Entry(
        _("{email} used this invitation already."), _("Deactivate the person if nobody of that name shall sign in.")
    ),
    "session_over_idle": Entry(_("You were signed out: there was no click for long."), SIGN_IN),
    "session_over_too_old": Entry(_("You were signed out: you signed in long ago."), SIGN_IN),
    "session_over_revoked": Entry(_("This session was ended from elsewhere, by you or by an administrator."), SIGN_IN),
    "session_over_password": Entry(_("You were signed out: a new password was set."), _("Sign in with the new one.")),
    "session_over_role": Entry(_("You were signed out: your role was changed."), SIGN_IN),
    "session_over_second_factor": Entry(_("You were signed out: your second factor was changed."), SIGN_IN),
    "session_over_restored": Entry(_("You were signed out: a backup was restored."), SIGN_IN),
    "session_over_deactivated": Entry(
        _("Your access was deactivated."), _("Ask an administrator of your provider if that is wrong.")
    ),
    "session_unknown": Entry(_("There is no session {id}."), _("Look at the list of sessions again.")),
    "sign_in_rule_bounds": Entry(_("This must be a whole number from {low} to {high}.")),
    "reset_nothing_chosen": Entry(_("Nothing is chosen."), _("Choose what the person lost.")),
}
