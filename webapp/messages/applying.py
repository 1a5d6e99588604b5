"""Messages of runs that are carried out: proofs, the first lines of a batch, undo, and what is kept after it."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "run_line_moved_on": Entry(
        _("The account changed after the plan was made, so it was left alone."),
        _("Nothing is to be done: the next reconciliation sees it as it is then."),
    ),
    "run_line_stuck": Entry(_("The account waits for a person."), _("Open the account: it says why, and what to do.")),
    "run_proof_differs": Entry(
        _("The platform accepted it, yet shows {shown} instead of {wanted}."),
        _("Look at the account on the platform. The next reconciliation tries again; if it stays, ask the platform."),
    ),
    "run_proof_products": Entry(
        _("The platform shows other products than it should."),
        _("The next reconciliation sends them again; if it stays, ask the platform."),
    ),
    "run_proof_of_another": Entry(
        _("Under this log-in the platform shows the account of somebody else."),
        _("Compare document and log-in on the platform, then correct the customer's e-mail here or there."),
    ),
    "run_proof_unclear": Entry(
        _("The platform accepted it; what it shows of this account proves nothing."),
        _("Nothing is to be done: a later reading may tell. To be sure, look on the platform."),
    ),
    "run_proof_refused": Entry(
        _("The platform accepted it, and would not show this account when asked ({error})."),
        _("Look at the account on the platform if it matters."),
    ),
    "run_proof_by_reading": Entry(
        _("The platform accepted it, and may not be read again today."),
        _("Nothing is to be done: the next whole reading proves it."),
    ),
    "run_proof_missed": Entry(
        _("The platform accepted it, and could not be read for a whole day."),
        _("Test the integration. The next whole reading proves it."),
    ),
    "run_paused": Entry(
        _("The reconciliation {run_id} is paused: {count} of its first lines failed ({names}). Nothing more goes."),
        _("Open it and look at these accounts; then resume it, or stop it and undo what was done."),
    ),
    "run_not_pausable": Entry(
        _("Nothing of the reconciliation {id} waits, so it cannot be paused."),
        _("Look at its page: what was done can be undone there."),
    ),
    "run_not_paused": Entry(_("The reconciliation {id} is not paused."), _("Look at its page: it says what goes on.")),
    "run_not_stoppable": Entry(
        _("Nothing of the reconciliation {id} is under way, so it cannot be stopped."),
        _("A batch that waits is rejected; what was done is undone."),
    ),
    "run_not_undoable": Entry(
        _("The reconciliation {id} took nothing from anybody, so there is nothing to undo."),
        _("What it gave follows from the status of the service: correct that, and the platform follows."),
    ),
    "run_undone_already": Entry(
        _("The reconciliation {id} was undone already."), _("Look at the reconciliation that did it.")
    ),
    "pull_not_undoable": Entry(
        _("The reading {id} took nothing from anybody on a platform, or is still under way."),
        _("Wait for its end, or stop it. What it changed otherwise is corrected on the service."),
    ),
    "pull_undone_already": Entry(
        _("The reading {id} was undone already."), _("Look at the reconciliations that did it.")
    ),
    "undo_changed_since": Entry(
        _("It changed after that, so the undo does not touch it."),
        _("Open the account and decide: its status here says what the platform gets."),
    ),
    "undo_kept_already": Entry(
        _("An earlier undo keeps it already."), _("Nothing is to be done; see the list of accounts that are kept.")
    ),
    "undo_package_removed": Entry(
        _("The package {package} was removed from the service, and an undo cannot sell it again."),
        _("Sell the package on the service again; the platform follows at once."),
    ),
    "undo_ends_earlier": Entry(
        _("The package {package} got an earlier last day, and an undo does not change it."),
        _("Correct the last day of the package on the service; the platform follows at once."),
    ),
    "keep_none": Entry(
        _("None of these accounts is kept any more."), _("Load the list again: somebody lifted it, or it was paid.")
    ),
    "keeps_standing": Entry(
        _("{count} accounts are kept by an undo, the oldest for {days} days, whatever their status asks."),
        _("Look at the list of accounts that are kept: correct the statuses, or lift what should not stand."),
    ),
}
