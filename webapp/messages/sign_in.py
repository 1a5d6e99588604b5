"""Messages of signing in: passwords, second factor, passkeys, guessing."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

PASSWORDS: dict[str, Entry] = {
    "password_short": Entry(
        _("The password is too short: {length} characters."),
        _("Use at least {minimum}; a sentence of four or five words is easy to remember."),
    ),
    "password_long": Entry(_("The password is too long: {length} characters."), _("Use at most {maximum}.")),
    "password_weak": Entry(
        _("This password is easy to guess."), _("Add one or two words that have nothing to do with it.")
    ),
    "password_weak_common": Entry(
        _("This is among what people choose most, and what is tried first."),
        _("Add one or two words that have nothing to do with it; capitals, digits and signs help little."),
    ),
    "password_weak_about": Entry(
        _("It is made of what others know: your name, your e-mail or this hub."),
        _("Choose words that have nothing to do with you or the provider."),
    ),
    "password_weak_names": Entry(_("Names are easy to guess."), _("Add one or two words that are no names.")),
    "password_weak_word": Entry(
        _("A common word or two are easy to guess."), _("Add one or two words that have nothing to do with it.")
    ),
    "password_weak_repeat": Entry(
        _("Repeating makes it longer and hardly harder to guess."), _("Use different words instead.")
    ),
    "password_weak_sequence": Entry(
        _("Runs such as abc or 6543 are easy to guess."), _("Use words instead; they need no digits.")
    ),
    "password_weak_keys": Entry(
        _("Neighbouring keys are easy to guess."), _("Use words instead; they need no digits.")
    ),
    "password_weak_date": Entry(
        _("Dates and years are easy to guess."), _("Use words that have nothing to do with a date.")
    ),
}

SIGN_IN: dict[str, Entry] = {
    "sign_in_wrong": Entry(_("The e-mail or the password is wrong.")),
    "sign_in_refused": Entry(
        _("Too many wrong tries: for about {minutes} minutes none from here is looked at, not even a right one."),
        _(
            "Wait, or sign in with a passkey or in a browser in which you signed in before. "
            "An administrator can send you a link for a new password."
        ),
    ),
    "passwords_busy": Entry(
        _("Very many are signing in at this moment."),
        _("Try again in a few seconds; nothing was wrong with what you typed."),
    ),
    "prove_refused": Entry(
        _("Too many wrong tries in this session: for about {minutes} minutes none is looked at."),
        _("Wait, or sign out and in again."),
    ),
    "password_wrong": Entry(_("This is not your password."), _("Type the one with which you sign in.")),
}
SECOND_FACTOR: dict[str, Entry] = {
    "code_wrong": Entry(
        _("This code is wrong, too old, or was used already."),
        _("Wait for the next code of the app. If it stays wrong, compare the phone's clock: it must set itself."),
    ),
    "code_key_missing": Entry(
        _("Codes cannot be checked: the key that sealed their secret is missing on the server."),
        _("Whoever installed the hub restores encryption.keys. Meanwhile a passkey or a recovery code works."),
    ),
    "second_factor_exists": Entry(_("An app is set up already."), _("Remove it first, then set up the new one.")),
    "second_factor_missing": Entry(_("No app is set up."), _("Set one up first.")),
    "second_factor_required": Entry(
        _("Your provider asks for a second factor, and this is your only one."),
        _("Set another one up first, an app or a passkey; then remove this one."),
    ),
}
PASSKEYS: dict[str, Entry] = {
    "passkey_unknown": Entry(
        _("This passkey is not known here, or was deleted."), _("Sign in with your password, or use another passkey.")
    ),
    "passkey_refused": Entry(
        _("The answer of the passkey could not be accepted: it came too late, or for another address."),
        _("Try again; if it stays, go on without a passkey and tell an administrator."),
    ),
    "passkey_known": Entry(
        _("This passkey is registered already."), _("Use another device, or keep the one that is there.")
    ),
    "passkey_gone": Entry(
        _("There is no passkey with the number {id}."), _("Look at the list: it may have been deleted.")
    ),
    "passkey_name_missing": Entry(_("A passkey needs a name."), _("Name the device in which it is.")),
    "passkey_name_taken": Entry(_("You have a passkey named {name} already."), _("Choose another name.")),
    "passkeys_too_many": Entry(
        _("You have {maximum} passkeys already."), _("Delete one that you do not use any more.")
    ),
}
ATTACKS: dict[str, Entry] = {
    "sign_in_guessed": Entry(
        _("Somebody is guessing the password of {email}: {tries} wrong tries and {refused} refused ones in a day."),
        _(
            "Nobody got in by it. The person signs in from a browser that is known, or with a passkey. "
            "Set up a second factor, and close the hub to addresses that need not reach it."
        ),
    ),
    "sign_in_flood": Entry(
        _("Wrong sign-ins come faster than the hub looks at them: {refused} were refused in an hour."),
        _(
            "People sign in from browsers that are known. "
            "Look in the proxy's log where they come from, and shut that out."
        ),
    ),
}

ENTRIES: dict[str, Entry] = {**PASSWORDS, **SIGN_IN, **SECOND_FACTOR, **PASSKEYS, **ATTACKS}
