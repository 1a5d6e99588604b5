"""Messages of the watchdogs and of probes: what did not happen, what grows, and what to do about it."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "reconcile_overdue": Entry(
        _("The platform has not been read and compared for {hours} hours."),
        _("Look at the last reconciliations of this Integration, correct what they name, and start one by hand."),
    ),
    "reconcile_on_nothing": Entry(
        _("The last reconciliations compared nobody, although {count} accounts should be there."),
        _("Test the Integration and look at its address and its token: it may show another provider's data."),
    ),
    "reconcile_skipped_all": Entry(
        _("The last reconciliations left everybody out: all {count} accounts had changes under way."),
        _("See under Transmissions what is not sent; while it waits, nothing can be compared."),
    ),
    "drift_grows": Entry(
        _("More and more accounts differ from the platform: of a hundred {now} now, {usual} as a rule."),
        _("Look at the last reconciliation: somebody, or another system, may be changing accounts there."),
    ),
    "integration_unreachable": Entry(
        _("The platform of {integration} does not answer."),
        _("Nothing is lost: what waits is sent when it answers again. If it lasts, ask the platform."),
    ),
    "integration_paused": Entry(
        _("Nothing is sent to {integration}: it is paused."),
        _("Open the Integration: it names the cause. Correct it and test it; a successful test ends the pause."),
    ),
    "queue_old": Entry(
        _("{count} accounts have been due for up to {minutes} minutes, and nothing holds them back."),
        _("Look whether `sintonia serve` works and how busy the machine is; Transmissions shows what waits."),
    ),
    "paid_waiting": Entry(
        _("{count} customers who paid cannot watch yet; the first has waited for {minutes} minutes."),
        _("Look at them under Transmissions. The law gives 24 hours to restore the service after the payment."),
    ),
    "scheduler_silent": Entry(
        _("The scheduler has shown no sign of life for {minutes} minutes: nothing begins by itself."),
        _("Start `sintonia serve` again, and look into its log."),
    ),
    "engine_silent": Entry(
        _("The engine has shown no sign of life for {minutes} minutes: nothing is sent to the platforms."),
        _("Start `sintonia serve` again, and look into its log. Nothing is lost: what waits is sent then."),
    ),
    "sources_silent": Entry(
        _("Nobody has read the sources for {minutes} minutes: payments and debts of the ERP do not come in."),
        _("Start `sintonia serve` again, and look into its log."),
    ),
    "runs_silent": Entry(
        _("Nobody has worked on reconciliations for {minutes} minutes."),
        _("Start `sintonia serve` again, and look into its log. What is under way goes on then."),
    ),
    "product_gone": Entry(
        _("The platform does not list any more: {products}. Packages that sell it: {packages}."),
        _("Ask the platform what became of it; then give those packages another product."),
    ),
    "product_renamed": Entry(
        _("The platform has other names now: {products}. Packages that sell it: {packages}."),
        _("See whether it is still the same content. If so, synchronise the products; if not, change those packages."),
    ),
    "probes_absent_many": Entry(
        _("Of {asked} accounts asked about one by one, the platform did not know {absent}. Nobody was made anew."),
        _("Test the Integration: its address or its token may be another provider's. Else ask the platform."),
    ),
    "probes_unanswered": Entry(
        _("Nobody of {expected} accounts could be asked about in this night."),
        _("Test the Integration; the next night goes on where this one stopped."),
    ),
    "probe_waits": Entry(
        _("Noted: it is decided at the end of the night, together with the others."),
    ),
    "sample_unsupported": Entry(
        _("{gateway} cannot be asked about single accounts, so no sample can be drawn."),
        _("Where the platform has a list, read it whole; where it has none, only what is sent tells."),
    ),
    "sample_unanswered": Entry(
        _("None of {count} accounts drawn by chance could be asked about."),
        _("Wait until what is under way has been sent, or test the Integration; then draw another sample."),
    ),
    "guided_move_held": Entry(
        _("The move of the service {service} waits for a person: it cannot go on by itself."),
        _("Open the move: it names the cause. Mend it and let the move go on, or stop it."),
    ),
    "guided_move_slow": Entry(
        _("The move of the service {service} has stood at the same step for over {hours} h."),
        _("Open the move: it shows which account it waits for, and why. When that is settled it goes on by itself."),
    ),
}
