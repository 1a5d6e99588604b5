"""What each state of a pull means, and what to do now: said at the head of its page."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "pull_reason_missing": Entry(
        _("Nothing was rejected: the reason is missing."), _("Say in a few words why; it stands in the history.")
    ),
    "pull_state_queued": Entry(_("It begins within a second or two."), _("This page follows by itself.")),
    "pull_state_uploading": Entry(
        _("The file is still being uploaded."), _("If this lasts longer than ten minutes, upload it again.")
    ),
    "pull_state_reading": Entry(
        _("The records are being read."), _("Nothing is changed yet. You may leave this page.")
    ),
    "pull_state_comparing": Entry(
        _("What was read is being compared with what is here."), _("Nothing is changed yet. You may leave this page.")
    ),
    "pull_state_columns": Entry(
        _("The file was read; which column is what is not said yet."), _("Choose the columns to go on.")
    ),
    "pull_state_preview": Entry(
        _("This is what the file would change. Nothing was changed yet."),
        _("Look at the lines below, then apply the file or discard it."),
    ),
    "pull_state_compared": Entry(
        _("This is what a reading would change. Nothing was changed, and nothing will be because of this page."),
        _("If it looks right, start a real reading: it reads again and applies what it then finds."),
    ),
    "pull_state_ready": Entry(_("The records were compared."), _("Look at the lines below.")),
    "pull_state_applying": Entry(
        _("The changes are being made: first those that give content, then those that take it away."),
        _("You may leave this page. Stopping keeps what was made so far."),
    ),
    "pull_state_stopping": Entry(_("It stops after the batch that is under way."), _("What was made so far stays.")),
    "pull_state_done": Entry(_("Everything was worked off."), _("Nothing is to be done.")),
    "pull_state_staged": Entry(
        _("More people than usual would lose something, so those changes wait for a person. All others were made."),
        _("Look at the lines that take content away, then approve them or reject them."),
    ),
    "pull_state_held": Entry(
        _(
            "Something about this reading is not right, so nobody was suspended or cancelled. "
            "All other changes were made."
        ),
        _("Look at the certificate below: it says what was noticed and what to do."),
    ),
    "pull_state_refused": Entry(
        _("This reading is so unlike what is here that nothing of it was used."),
        _("Look at the certificate below, mend the source and read again."),
    ),
    "pull_state_failed": Entry(
        _("It ended in an error. Nobody was suspended or cancelled because of it."),
        _("The reason stands below. Mend it, then read again."),
    ),
    "pull_state_stopped": Entry(
        _("A person stopped it. What was made before stays."), _("It can go on where it stopped, or be read again.")
    ),
}  # fmt: skip
