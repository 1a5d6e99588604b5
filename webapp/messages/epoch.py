"""Messages of a hub that only observes, of its adoption, and of two hubs on one platform."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_SAFE = _("Open the page Observing, have the sources and platforms read, and approve the adoption.")

ENTRIES: dict[str, Entry] = {
    "observing": Entry(
        _("This database may not be the latest one, so nothing is sent to any platform until a person decides."), _SAFE
    ),
    "hub_observes": Entry(
        _("The hub only observes, because its database may not be the latest one."), _SAFE
    ),
    "hub_acts": Entry(_("The hub does not observe; there is nothing to adopt."), _("Nothing is to be done.")),
    "observing_older": Entry(
        _("An older copy of the database was put back: what happened on the platforms since then is not in it."), _SAFE
    ),
    "observing_unmarked": Entry(
        _("The database was served elsewhere before, or its mark (epoch.json) was lost: it may be an old copy."), _SAFE
    ),
    "observing_moved": Entry(
        _("The database stands on another machine, or in another folder, than when it was served last: another hub "
          "may go on with the other copy."),
        _("Make sure that the other hub is switched off for good. Then have the platforms read and approve."),
    ),
    "observing_another": Entry(
        _("Another database was put in the place of the one that was served here."),
        _("Put the right database back and restart, or have the platforms read and approve the adoption."),
    ),
    "observing_replaced": Entry(
        _("The database file was replaced while the hub was running."), _SAFE
    ),
    "observing_older_database": Entry(
        _("A platform shows {count} accounts with our mark that this database never made: it is an old copy."), _SAFE
    ),
    "observing_slept": Entry(
        _("The hub was off for more than an hour, so it looks at the platforms before it acts."),
        _("It goes on by itself once each platform was read. If one cannot be read, test it."),
    ),
    "older_database": Entry(
        _("A platform shows {count} accounts with our mark that this database never made: it is an old copy. Nothing "
          "is sent any more."),
        _SAFE,
    ),
    "another_hub": Entry(
        _("Another hub writes to this platform too: {count} other marks were seen ({marks})."),
        _("Find the other hub, and let only one of them serve this platform; two would undo each other's work."),
    ),
    "writes_undone": Entry(
        _("{count} accounts had to be set right more than once within six hours: somebody sets them back there."),
        _("Look at the reconciliations of this platform, and ask who else works on it: another hub, or a person."),
    ),
    "adoption_not_planned": Entry(
        _("There is no plan of {description} that could be approved."),
        _("Have the platform read, look at what would be taken over, then approve it."),
    ),
    "adoption_approved": Entry(
        _("The adoption of {description} is approved already."), _("Wait until it is carried out.")
    ),
    "adoption_changed": Entry(
        _("What would be taken over for {description} is not what you saw any more."),
        _("Have the platform read again, look at the plan and decide."),
    ),
    "adoption_plan_missing": Entry(
        _("The plan that should be carried out is not there any more."), _("Have the platform read again.")
    ),
    "restored_unknown": Entry(
        _("The hub was restored, and this platform cannot be asked: the account may have been made in the lost time."),
        _("Look it up in the platform's own panel, then answer here whether it exists."),
    ),
    "doctor_epoch": Entry(_("The database is the one that was served last, here.")),
    "doctor_observing": Entry(_("The hub only observes: nothing is sent to {count} platforms."), _SAFE),
}  # fmt: skip
