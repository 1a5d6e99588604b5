"""Messages that only screens and sign-in need."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "setup_link_invalid": Entry(
        _("This set-up link is wrong or was used already."),
        _("Start the server again: while nobody can sign in, it prints a fresh link."),
    ),
    "operator_exists": Entry(
        _("An operator with the e-mail {email} exists already."),
        _("Sign in with it, or choose another e-mail."),
    ),
    "operator_email_invalid": Entry(
        _("“{value}” is not an e-mail address."),
        _("Write it like name@example.com."),
    ),
    "operator_password_short": Entry(
        _("The password is too short."),
        _("Choose one with at least {minimum} characters."),
    ),
    "operator_role_unknown": Entry(
        _("“{value}” is not a role."),
        _("Choose one of these: {allowed}."),
    ),
    "form_in_progress": Entry(
        _("The same form was sent a moment ago and is still being worked on."),
        _("Wait a moment and look at the list: nothing is done twice."),
    ),
    "field_refused": Entry(_("This value cannot be used ({detail})."), _("Change it and save again.")),
    "attempt_unknown": Entry(_("There is no transmission {id}."), _("Open it from the list of transmissions.")),
    "callback_unknown": Entry(
        _("No integration has this callback address."),
        _("Copy the address from the integration again; an old one ends a day after it was renewed."),
    ),
}
