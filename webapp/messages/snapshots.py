"""Messages of snapshots: what was wrong with a reading of a platform, and why single accounts are only reported."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_ACCEPT = _(
    "Nobody loses content by it, and nobody who is absent is made anew; enabling goes on. If it is right, and the next"
    " reading shows the same, accept it on the page of the reconciliation."
)

_READING: dict[str, Entry] = {
    "snapshot_strangers": Entry(
        _(
            "The platform showed {strangers} accounts that nobody here made, and only {matched} of the {expected} that"
            " are ours: this looks like the data of another provider."
        ),
        _(
            "Nothing at all was changed. Check the address and the token of the integration. Only if these really are"
            " your accounts, and two readings in a row show them, accept the reading on its page."
        ),
    ),
    "snapshot_fewer": Entry(
        _("The platform showed {now} accounts, and {last} were to be expected after the last reading: {missing} less."),
        _ACCEPT,
    ),
    "snapshot_few": Entry(
        _("The platform showed only {matched} of the {expected} accounts that shall be there."),
        _ACCEPT,
    ),
    "snapshot_one_state": Entry(
        _(
            "All {count} accounts are shown in one state ({state}), which many of them have neither here nor had in"
            " the last reading: {was} of {last}."
        ),
        _ACCEPT,
    ),
    "snapshot_clashes": Entry(
        _("{count} of {of} accounts carry the id of one account and the reference, log-in or document of another."),
        _(
            "Nobody loses content by it, and nobody who is absent is made anew. Look at the lines with the situation"
            " identity clash, and ask the platform whether it numbered its accounts anew."
        ),
    ),
    "snapshot_unreadable": Entry(
        _("{count} of {of} accounts are shown in a state that the recipe does not know."),
        _(
            "Nobody loses content by it, and nobody who is absent is made anew. Add the word to the states of the"
            " recipe, then reconcile once more."
        ),
    ),
    "snapshot_slow": Entry(
        _("The reading took {hours} hours: what it showed first is old."),
        _(
            "Nobody loses content by it, and nobody who is absent is made anew. Raise the calls per second of the"
            " integration, if the platform allows it."
        ),
    ),
}

_LINES: dict[str, Entry] = {
    "missing_once": Entry(
        _("The platform does not show the account, and this is the first time; it cannot be asked about one alone."),
        _("If a later reading does not show it either, it is made anew. Nothing need be done."),
    ),
    "missing_maybe_hidden": Entry(
        _("The platform lists some states only, and the account may be in another one."),
        _("It is asked about this account alone, where that is possible; else look in the platform's own panel."),
    ),
    "keys_clash": Entry(
        _("What the platform shows carries the id, reference, log-in or document of different people."),
        _(
            "Nothing is done to any of them. Look in the platform's own panel whose account it is, and correct it there"
            " or here; the next reconciliation compares anew."
        ),
    ),
    "shown_twice": Entry(
        _("The subscriber has a second account on the platform."),
        _("Look in the platform's own panel which of the two is in use, and end the other one there."),
    ),
    "state_unreadable": Entry(
        _("The platform shows the account in a state that the recipe does not know."),
        _("Add the word to the states of the recipe, or look at the account in the platform's own panel."),
    ),
    "shown_after_end": Entry(
        _("The account was ended from here, and the platform shows it again; it does not carry our mark."),
        _("Look in the platform's own panel whether somebody made it anew, and end it there if not."),
    ),
}

ENTRIES: dict[str, Entry] = {**_READING, **_LINES}
