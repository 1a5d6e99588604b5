"""Messages of runs: what is asked of them, what people decide, what they are told of them."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "run_staged": Entry(
        _("Accounts of this integration that would lose content: {count} (R$ {value} a month). A person decides."),
        _("Open reconciliation {run_id}: approve it, a part of it, or reject it. Nobody loses anything meanwhile."),
    ),
    "batch_expiring": Entry(
        _("Nobody has decided about the {count} accounts of reconciliation {run_id}; it lapses in {hours} hours."),
        _("Approve or reject it. If it lapses, the next reconciliation says it again."),
    ),
    "run_refused": Entry(
        _("The last reading of this platform could not be used ({code}). Nobody's state was changed by it."),
        _("Open reconciliation {run_id}: it says why and what to do. The platform is read again by itself."),
    ),
    "snapshot_held": Entry(
        _("The last reading of this platform is doubtful ({code}), so nothing is taken away because of it."),
        _("Open reconciliation {run_id}: it says what is wrong. If it is really so, accept the reading there."),
    ),
    "run_at_work": Entry(
        _("Reconciliation {id} is being worked on elsewhere, or there is nothing to do for it."),
        _("Look at its page; it goes on by itself."),
    ),
    "run_broke": Entry(
        _("The hub itself failed in this reconciliation ({type}). Nothing was taken from anybody."),
        _("Reconcile again; if it fails again, send the log to whoever looks after the hub."),
    ),
    "run_not_by_hand": Entry(
        _("Nobody can ask for a reconciliation of the kind {reading}."),
        _("Ask for a full one or for a sample; the others begin by themselves."),
    ),
    "run_expired": Entry(
        _("Nobody decided about this batch in time."), _("If it is still so, the newest reconciliation says it again.")
    ),
    "run_superseded": Entry(
        _("Reconciliation {run_id} looked anew and took the place of this batch."),
        _("Decide there, if something still waits."),
    ),
    "run_batch_stands": Entry(
        _("The same {count} changes wait for a person already, in reconciliation {run_id}."), _("Decide there.")
    ),
    "run_rejected_before": Entry(
        _("A person rejected the same {count} changes within the last day, in reconciliation {run_id}."),
        _("They are asked about again tomorrow if it is still so; correct the cause meanwhile."),
    ),
    "run_negatives_under_way": Entry(
        _("Reconciliation {id} of {description} is just taking content from accounts."),
        _("Wait for its end, or stop it, then approve this batch."),
    ),
    "run_reading_not_acceptable": Entry(
        _("The reading of reconciliation {id} cannot be taken for the new normal."),
        _("Only a smaller number of accounts can be accepted, and only after it was shown twice in a row."),
    ),
    "run_not_planned": Entry(
        _("Reconciliation {id} is not a fresh plan that could be applied."), _("Reconcile again and look at the plan.")
    ),
}
