"""Messages of pulls: readings of sources, and what they lead to."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "pull_not_found": Entry(
        _("There is no reading with the number {id}."),
        _("Look at the list of readings of the source; a look that changed nothing leaves no line."),
    ),
    "pull_under_way": Entry(
        _("A reading of {description} is under way already."), _("Wait for its end, or stop it on its page.")
    ),
    "pull_at_work": Entry(
        _("The reading {id} is being worked on elsewhere, or there is nothing to do for it."),
        _("Look at its page; it goes on by itself."),
    ),
    "pull_over": Entry(_("The reading {id} is over already."), _("There is nothing to stop; look at what it made.")),
    "pull_not_stopped": Entry(
        _("The reading {id} was not stopped, so it cannot go on."), _("Start a new one on the page of the source.")
    ),
    "pull_not_ready": Entry(
        _("The reading {id} does not wait for a confirmation."), _("Look at its page: it says what comes next.")
    ),
    "pull_is_dry_run": Entry(_("The reading {id} is a dry run; it never writes."), _("Start a real one instead.")),
    "pull_not_staged": Entry(
        _("Nothing of the reading {id} waits for an approval."), _("Somebody has decided already, or a newer one has.")
    ),
    "pull_changed": Entry(
        _("What waits for approval in the reading {id} is no longer what you saw."),
        _("It was compared anew: look at it again and decide."),
    ),
    "pull_rows_gone": Entry(
        _("What the reading {id} showed was removed meanwhile; it is kept for one day."),
        _("Read the source again and accept the new reading."),
    ),
    "source_inactive": Entry(_("The source {description} is inactive."), _("Activate it first.")),
    "source_cannot": Entry(
        _("The source {description} cannot be read in this way ({mode})."),
        _("Use a whole reading; a spreadsheet is uploaded."),
    ),
    "source_kind_missing": Entry(
        _("The kind of source {kind} is not there in this version of the hub."),
        _("Start the version that has it, or make a source of another kind."),
    ),
    "pull_vault_closed": Entry(
        _("A secret of this source, or a password that was read, cannot be opened: the encryption key is missing."),
        _("Restore the file encryption.keys of the instance, then read again; nothing was changed."),
    ),
    "pull_broke": Entry(
        _("The hub itself failed in this reading ({type}). Nothing was taken from anybody."),
        _("Read again; if it fails again, send the log to whoever looks after the hub."),
    ),
    "pull_failed": Entry(
        _("Readings of this source fail ({code}), for {minutes} minutes now. Nobody loses anything by that."),
        _("Open the last reading of the source: it says why and what to do."),
    ),
    "source_unreachable": Entry(
        _("The source cannot be read ({code}), for {minutes} minutes now. Nobody loses anything by that."),
        _("Open the last reading of the source: it says why. It is read again by itself."),
    ),
    "source_auth_stopped": Entry(
        _("The source refused our credentials three times, so it is not read any more."),
        _("Correct the credentials of the source and press Test; then the readings go on."),
    ),
    "pull_unconfirmed": Entry(
        _("This kind of source cannot be asked about one service, and only one reading says so."),
        _("Wait for the next reading: if it says the same, it is done. Or approve it now."),
    ),
    "pull_look_failed": Entry(
        _("The second look at the source failed ({error}) after {looked} services, so nothing more was taken away."),
        _("Nothing is to be done: the next reading tries again. If it stays, test the source."),
    ),
    "pull_not_confirmed": Entry(
        _("A second look at the source did not confirm this, so it was not done."),
        _("Nothing is to be done: the next reading sees what is so then."),
    ),
    "pull_looked_since": Entry(
        _("A fresher look at this service said otherwise than this reading."),
        _("Nothing is to be done: the fresher one counts."),
    ),
    "pull_moved_on": Entry(
        _("This has changed here since the reading."), _("Nothing is to be done: the next reading compares anew.")
    ),
    "pull_row_gone": Entry(
        _("What was read of this service was removed before it was applied."), _("Read the source again.")
    ),
    "hook_unknown": Entry(
        _("No source takes messages at this address."),
        _("Copy the address from the page of the source; an old one works for 24 hours after it was renewed."),
    ),
    "record_repeated": Entry(
        _("The same service stands there twice; only the first one counts."),
        _("Remove the other one at the source, or from the file."),
    ),
    "pull_superseded": Entry(
        _("The newer reading {pull_id} has judged this anew."), _("Look there whether anything waits for you.")
    ),
    "pull_rejected": Entry(
        _("{count} services would lose content by the reading {pull_id}; a person rejected that: {reason}"),
        _("The next whole reading brings up what is still so. Correct it at the source, or approve it then."),
    ),
    "doctor_sources_none": Entry(_("There is no active source."), _("Customers come by the API or by hand.")),
    "doctor_sources": Entry(_("{count} active sources are read by themselves."), _("Nothing is to be done.")),
    "doctor_source_paused": Entry(
        _("The source {source} is stopped; nobody's payment comes in from there."),
        _("Open the source {id}: it says why. Correct it and press Test."),
    ),
    "doctor_sources_idle": Entry(
        _("No worker reads the sources: its sign of life is missing or old."),
        _("Start `sintonia serve` (or a process with the role worker)."),
    ),
}
