"""What each state of a reconciliation means, and what to do now: said at the head of its page."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "run_reason_missing": Entry(
        _("Nothing was done: the reason is missing."), _("Say in a few words why; it stands in the history.")
    ),
    "run_no_line_chosen": Entry(
        _("Nothing was approved: no line is chosen."), _("Choose lines in the table, then approve them.")
    ),
    "kept_none_chosen": Entry(
        _("Nothing was released: no account is chosen."), _("Choose accounts in the table, then release them.")
    ),
    "run_state_queued": Entry(_("It begins within a second or two."), _("This page follows by itself.")),
    "run_state_running": Entry(
        _("The platform is being read and compared with what should be."),
        _("Nothing is changed yet. You may leave this page."),
    ),
    "run_state_applying": Entry(
        _("What differs is being mended, and read back where the platform can be read."),
        _("You may leave this page; it goes on by itself. Pause and stop take effect within two seconds."),
    ),
    "run_state_pausing": Entry(_("It is about to pause."), _("What is under way right now still ends.")),
    "run_state_stopping": Entry(_("It is about to stop."), _("What is under way right now still ends.")),
    "run_state_paused": Entry(
        _("It is paused: nothing more of it is sent."),
        _("Look at the lines that did not go well, then go on or stop it. Nobody is suspended or cancelled meanwhile."),
    ),
    "run_state_done": Entry(_("It is over, and nothing of it waits."), ""),
    "run_state_uncompared": Entry(_("It ended without a comparison."), _("The reason stands below.")),
    "run_state_staged": Entry(
        _("Some accounts would lose content, so a person decides. Whoever gains content was not held back."),
        _("Look at how many, why, and at the examples; then approve the batch or a part of it, or reject it."),
    ),
    "run_state_refused": Entry(
        _("What the platform showed cannot be trusted, so nothing followed from it."),
        _("The reason stands below. The next reconciliation looks anew."),
    ),
    "run_state_failed": Entry(
        _("It ended in an error. Nobody was suspended or cancelled because of it."),
        _("The reason stands below. Mend it, then start a new one."),
    ),
    "run_state_stopped": Entry(
        _("A person stopped it. What was sent before stays; what was not sent stays as it was."),
        _("The next reconciliation finds what still differs."),
    ),
    "run_state_rejected": Entry(
        _("A person rejected what waited: nobody lost anything of it."),
        _("What had been approved before goes on. The next reconciliation looks anew."),
    ),
    "run_state_expired": Entry(
        _("Nobody decided in time, or a newer plan took its place: nobody lost anything of what waited."),
        _("What had been approved before goes on. If it is still so, the newest reconciliation says it again."),
    ),
}  # fmt: skip
