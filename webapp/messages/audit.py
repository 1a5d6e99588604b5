"""Messages of the history's chain and of sealed secrets: what a check found, and what to do about it."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_SEARCH = _(
    "Somebody wrote into the database past the program. Keep the database as it is, compare it with the last good "
    "backup, and change the passwords of the database and of the machine."
)
_AGAIN = _("Export the history again from the hub and compare.")

ENTRIES: dict[str, Entry] = {
    "chain_changed": Entry(
        _("An entry of the history was changed after it was sealed: place {place} of the chain, {kind} {id}."), _SEARCH
    ),
    "chain_removed": Entry(
        _("An entry of the history was removed after it was sealed: place {place} of the chain, {kind} {id}."), _SEARCH
    ),
    "chain_inserted": Entry(
        _("An entry was put into the history afterwards: place {place} of the chain, {kind} {id}."), _SEARCH
    ),
    "chain_reordered": Entry(_("The chain of the history stands in another order from place {place} on."), _SEARCH),
    "chain_broken": Entry(
        _(
            "The chain of the history does not hold at place {place}: an entry before it was removed, or {kind} {id} "
            "was rewritten."
        ),
        _SEARCH,
    ),
    "chain_cut": Entry(
        _("The end of the history is missing: the chain stops at place {place}, and it was longer."),
        _(
            'If you restored a backup, say so with `sintonia audit accept --reason "..."`. If nobody did, somebody '
            "removed the end: keep the database as it is and compare it with the last backup."
        ),
    ),
    "chain_replaced": Entry(
        _("The history is not the one that was seen before: the chain differs at place {place}."),
        _(
            'If you restored a backup, say so with `sintonia audit accept --reason "..."`. If nobody did, somebody '
            "rewrote it: keep the database as it is and compare it with the last backup."
        ),
    ),
    "chain_open": Entry(
        _("The database lets everybody change the history: the setting history_open was left in it."), _SEARCH
    ),
    "chain_waits": Entry(
        _("{count} entries of the history have not been sealed for {minutes} minutes."),
        _("Look whether `sintonia serve` works, and into its log; `sintonia audit verify` seals what waits."),
    ),
    "chain_unchecked": Entry(
        _("The history was last checked {hours} hours ago."),
        _("Look into the log of `sintonia serve`; `sintonia audit verify` checks it at once."),
    ),
    "doctor_chain": Entry(_("The history holds: {links} links, up to place {place}; waiting: {waiting}.")),
    "audit_file_words": Entry(_("Line {line} of the file: what people read there is not what was sealed."), _AGAIN),
    "audit_file_digest": Entry(_("Line {line} of the file: its content is not what was sealed."), _AGAIN),
    "audit_file_link": Entry(_("Line {line} of the file: its seal is another one."), _AGAIN),
    "audit_file_former": Entry(_("Line {line} of the file does not follow on the entry before it."), _AGAIN),
    "audit_file_end": Entry(
        _("The file is not whole, or something was added: it does not hold at line {line}."), _AGAIN
    ),
    "audit_file_unreadable": Entry(
        _("The file is no export of the history."),
        _("Give a file that was exported on the page History, as CSV or JSON Lines."),
    ),
    "doctor_secrets_rest": Entry(
        _("{count} sealed secrets; {former} of them still under a former key."),
        _("Finish with `sintonia secrets rotate`, then `sintonia secrets rotate --drop-old`."),
    ),
    "secret_closed": Entry(
        _("Nothing is sent to {name}: its secret {param} cannot be opened. The encryption key is missing or another."),
        _(
            "Restore instance/encryption.keys (or SINTONIA_ENCRYPTION_KEYS) from where you keep it; what waits is sent "
            "then. If it is lost for good, type the secrets of this Integration in anew."
        ),
    ),
    "source_secret_closed": Entry(
        _("{name} is not read: its secret {param} cannot be opened. The encryption key is missing or another."),
        _(
            "Restore instance/encryption.keys (or SINTONIA_ENCRYPTION_KEYS) from where you keep it. If it is lost for "
            "good, type the secrets of this Source in anew. Until then nobody loses anything."
        ),
    ),
    "keys_from_environment": Entry(
        _("The encryption keys come from the environment, so the hub cannot change them."),
        _("Put them into a file of the hub's user, give its path in SINTONIA_ENCRYPTION_KEYS_FILE, and repeat."),
    ),
    "keys_not_seen": Entry(
        _("The new key is less than a minute old: somebody may still be sealing under the former one."),
        _("Repeat it in a minute. With several machines on one database copy the file of the keys to each first."),
    ),
    "keys_still_used": Entry(
        _("{count} secrets are still sealed under a former key."),
        _("Run `sintonia secrets rotate` until none is left; only then may the former key go."),
    ),
    "marks_open": Entry(
        _("Erased people are known by their marks: there is nothing to give up."), _("Nothing is to be done.")
    ),
    "keys_none_former": Entry(
        _("There is no former key to remove."),
        _("Nothing is to be done. `sintonia secrets rotate --key` makes a new one."),
    ),
    "secrets_unopened": Entry(
        _("{count} sealed secrets cannot be opened: the key is missing, or they were moved. First: {place}."),
        _(
            "Restore instance/encryption.keys (or SINTONIA_ENCRYPTION_KEYS) from the backup; or type those secrets in "
            "anew. Nothing is sent with them, and nothing was changed."
        ),
    ),
}
