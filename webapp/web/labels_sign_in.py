"""Words of signing in: what happened, by which ways."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

EVENT: Mapping[str, Label] = {
    "sign_in.done": Label(pgettext("history", "Signed in"), "green"),
    "sign_in.failed": Label(_("Wrong password"), "yellow"),
    "sign_in.blocked": Label(_("Wrong passwords: none is looked at for a while"), "red"),
    "sign_in.code_failed": Label(_("Wrong code at the second step"), "yellow"),
    "sign_in.unknown": Label(_("Sign-in with an e-mail that nobody has"), "yellow"),
    "second_factor.set_up": Label(_("App set up as second factor"), "green"),
    "second_factor.remove": Label(_("App as second factor removed"), "red"),
    "second_factor.reset": Label(_("Second factor and passkeys removed by an administrator"), "red"),
    "second_factor.renew_codes": Label(_("New recovery codes made"), "azure"),
    "second_factor.use_code": Label(_("Recovery code used"), "yellow"),
    "second_factor.rule": Label(_("Of whom a second factor is required was changed"), "purple"),
    "passkey.register": Label(_("Passkey registered"), "green"),
    "passkey.delete": Label(_("Passkey deleted"), "red"),
}
OBJECT: Mapping[str, Label] = {
    "sign_in": Label(_("Sign-in"), icon="user"),
    "second_factor": Label(_("Second factor"), icon="lock"),
    "passkey": Label(_("Passkey"), icon="key"),
}
WAY: Mapping[str, Label] = {
    "password": Label(_("Password")),
    "totp": Label(_("Code of the app")),
    "recovery": Label(_("Recovery code")),
    "passkey": Label(_("Passkey")),
}
RULE: Mapping[str, Label] = {
    "nobody": Label(pgettext("second factor required of", "Nobody: everybody decides alone")),
    "admins": Label(pgettext("second factor required of", "Administrators")),
    "all": Label(pgettext("second factor required of", "Everybody")),
}
FACT: Mapping[str, Label] = {
    "sign_in_ways": Label(_("Signed in by")),
    "new_browser": Label(_("Browser not known before")),
    "tries": Label(_("Wrong tries")),
    "recovery_codes": Label(_("Recovery codes")),
    "passkey": Label(_("Passkey")),
    "passkeys": Label(_("Passkeys")),
    "second_factor_rule": Label(_("Second factor required of")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {"sign_in_way": WAY, "second_factor_rule": RULE}
