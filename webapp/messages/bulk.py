"""Messages of work on many rows: what an action does, why a row is left out, why nothing was begun."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_LOOK = _("Nothing was begun. Look at what it is now, and confirm again.")
# What an action does, said before it is done.
WHAT: dict[str, Entry] = {
    "bulk_what_services_sell": Entry(
        _("The package is sold on each service that fits, at its own value. The platforms get it by themselves."),
    ),
    "bulk_what_services_take_off": Entry(
        _("The package ends on each service, and its content on the platform. It stays in the history."),
        _("Mandatory packages, those that a source brought, and those of a running contract are left alone."),
    ),
    "bulk_what_services_status": Entry(
        _("Each service gets the new status, and its platforms follow."),
        _("Services whose status comes from a source are left alone: there it is changed in the source."),
    ),
    "bulk_what_accounts_try": Entry(_("Each account is tried at once instead of waiting for its next time.")),
    "bulk_what_accounts_resend": Entry(
        _("What each account shall have is sent to its platform once more. Nobody gets a second account by it."),
    ),
    "bulk_what_accounts_look": Entry(
        _("The platform is asked about each account; what differs is mended within the limits of a reconciliation."),
        _("It is asked at the pace that it allows, so many accounts take a while."),
    ),
    "bulk_what_accounts_go_on": Entry(
        _("Each account in doubt is looked up on its platform, or sent again under its former key; then it goes on."),
        _("Where neither is possible a person must answer, one by one."),
    ),
    "bulk_what_packages_active": Entry(_("Packages are offered, or offered no more. Whoever holds one keeps it.")),
    "bulk_what_plans_active": Entry(_("Plans are offered, or offered no more. Whoever has one keeps it.")),
    "bulk_what_orphans_adopt": Entry(
        _("Accounts that carry our reference, or the document of a customer, become those of the customer's service."),
        _("All others wait for your eyes. Who would lose content by it stands in a reconciliation, with its limits."),
    ),
    "bulk_what_orphans_ignore": Entry(
        _("They are shown no more until something about them changes on the platform. Nothing is sent.")
    ),
    "bulk_what_orphans_cancel": Entry(
        _("Their end on the platform is asked for. Nothing is sent before another administrator approves it."),
        _("On most platforms the end is for good: profiles and history are lost."),
    ),
    "bulk_what_orphans_approve": Entry(
        _("Each is looked up once more and then ended on its platform; on most of them that is for good."),
        _("One that is gone, or belongs to somebody here by now, is left alone. So are those that you asked for."),
    ),
    "bulk_what_orphans_reopen": Entry(
        _("They stand in the list again, and an end that was asked for is taken back, as far as it was not sent.")
    ),
}
# Nothing is to be done.
IDLE: dict[str, Entry] = {
    "bulk_held_already": Entry(_("The service has the package already.")),
    "bulk_not_held": Entry(_("The service does not have the package.")),
    "bulk_status_already": Entry(_("The service has this status already.")),
    "bulk_on_already": Entry(_("It is offered already.")),
    "bulk_off_already": Entry(_("It is not offered any more already.")),
    "bulk_account_ended": Entry(_("The account was ended on the platform.")),
    "bulk_nothing_waits": Entry(_("Nothing waits to be sent.")),
    "bulk_never_sent": Entry(_("The platform was told nothing of this account yet, or it was ended there.")),
    "bulk_not_parked": Entry(_("The account is not in doubt any more.")),
    "bulk_orphan_decided": Entry(_("Somebody decided about this account already.")),
    "bulk_orphan_no_approval": Entry(_("Its end waits for nobody.")),
    "bulk_orphan_not_aside": Entry(_("It is neither ignored nor being ended.")),
    "bulk_back_already": Entry(_("It is as it was before already.")),
}
# A rule keeps it so, or somebody must mend something first.
LEFT_OUT: dict[str, Entry] = {
    "bulk_row_gone": Entry(_("It is not there any more.")),
    "bulk_row_broke": Entry(
        _("Something went wrong here that nobody foresaw ({type}); nothing of this row was changed."),
        _("Try it again. If it happens again, send the log of the server to whoever looks after it."),
    ),
    "bulk_changed_since": Entry(
        _("Somebody, or a source, changed it since."), _("Look at it, and change it by hand if need be.")
    ),
    "bulk_sale_of_source": Entry(
        _("The package {package} comes from a source, which would bring it back."), _("Take it off in the source.")
    ),
    "bulk_status_of_source": Entry(
        _("The status comes from a source, which would set it again."), _("Change it in the source.")
    ),
    "bulk_status_other": Entry(
        _("The status of the service does not fit this change."), _("Change it by hand if it is meant all the same.")
    ),
    "bulk_mandatory": Entry(
        _("The plan {plan} carries the package {package} as mandatory."),
        _("Take it off one by one if it is meant, or change the plan first."),
    ),
    "bulk_contract_runs": Entry(
        _("The contract of the customer runs until {until}, with what it promises."),
        _("Wait for its end, or do it one by one where it was agreed."),
    ),
    "bulk_no_suspend": Entry(_("The service is not to be suspended for debt until {until}.")),
    "bulk_look_unsupported": Entry(
        _("{integration} cannot be asked about a single account."), _("Start a reconciliation of it instead.")
    ),
    "bulk_person_must_say": Entry(
        _("{integration} can neither be asked nor told twice, so only a person can say whether the account is there."),
        _("Look in the platform's own panel and answer on the customer's page."),
    ),
    "bulk_guess_weak": Entry(
        _("Nothing tells exactly whose account it is."), _("Look at it and choose the customer by hand.")
    ),
}
# Who loses content, and why.
CAUSES: dict[str, Entry] = {
    "bulk_cause_package": Entry(_("The package {package} is taken off.")),
    "bulk_cause_sale_back": Entry(_("The sale of the package {package} is taken back.")),
    "bulk_cause_orphan": Entry(_("An account that nobody here made is ended on the platform.")),
    "bulk_cause_status": Entry(_("The status is changed by hand.")),
}
REFUSALS: dict[str, Entry] = {
    "bulk_job_unknown": Entry(_("There is no work with the number {id}."), _("Go back to the list.")),
    "bulk_table_unknown": Entry(_("This list has no such action."), _("Go back to the list and choose again.")),
    "bulk_filter_unknown": Entry(
        _("The list has no filter “{name}”, or not with this value."),
        _("Write it as the address of the list's page has it. Without it, every row would be meant."),
    ),
    "bulk_at_work": Entry(_("The work {id} is being done already."), _("Nothing is to be done; look at its page.")),
    "bulk_none_chosen": Entry(_("Nothing was chosen."), _("Tick at least one line of the list, or all.")),
    "bulk_too_many": Entry(_("These are more than {most} at once."), _("Narrow the filter, and do the rest after it.")),
    "bulk_look_again": Entry(_("Since the page was shown, what would be done has changed."), _LOOK),
    "bulk_bad_rows": Entry(
        _("{count} of them cannot be done."), _("Nothing was begun. Mend them, or go on without them.")
    ),
    "bulk_nothing": Entry(_("Nothing of what was chosen can be done."), _("The reasons are told below.")),
    "bulk_reason_missing": Entry(_("The reason is missing."), _("Write why; it stays in the history.")),
    "bulk_package_missing": Entry(_("No package was chosen."), _("Choose one.")),
    "bulk_status_missing": Entry(_("No status was chosen."), _("Choose one of the list.")),
    "bulk_switch_missing": Entry(_("It was not said what shall be."), _("Choose one of the two.")),
    "bulk_day_wrong": Entry(_("This is no day."), _("Choose a day.")),
    "bulk_administrator_needed": Entry(
        _("{count} subscribers would lose content, which is more than one person may do alone."),
        _("Ask an administrator to open the same page and to confirm the number."),
    ),
    "bulk_confirm_number": Entry(
        _("The number is not the one that was counted."), _("Write {count} if it is meant that so many lose content.")
    ),
    "bulk_over": Entry(_("The work {id} is over already."), _("What it did stands on its page.")),
    "bulk_works_still": Entry(_("The work {id} goes on still."), _("Wait for its end, or stop it.")),
    "bulk_not_undoable": Entry(
        _("What the work {id} did cannot be taken back."), _("Change the lines by hand where it is needed.")
    ),
    "bulk_kind_gone": Entry(
        _("This version of the hub does not know the action any more."), _("Begin it anew from the list.")
    ),
}
ENDINGS: dict[str, Entry] = {
    "bulk_more_than_shown": Entry(
        _("It stopped by itself: more would have lost content than were shown and confirmed."),
        _("Look at the list again: something about it changed meanwhile. What was done stands below."),
    ),
    "bulk_broke": Entry(
        _("It ended because of a fault that nobody foresaw ({type})."),
        _("What was done stands below and stays. Begin the rest anew; send the log of the server if it happens again."),
    ),
}
STATES: dict[str, Entry] = {
    "bulk_state_waiting": Entry(_("It waits for its turn."), _("It begins within seconds; you may leave this page.")),
    "bulk_state_running": Entry(
        _("It works through the lines, a few at a time."), _("You may leave this page: it goes on, and all may see it.")
    ),
    "bulk_state_stopping": Entry(_("It stops between two lines."), _("What was done stays.")),
    "bulk_state_done": Entry(_("All lines were dealt with.")),
    "bulk_state_stopped": Entry(_("Somebody stopped it."), _("What was done stays; the rest was not touched.")),
    "bulk_state_failed": Entry(_("It could not go on.")),
}
_ASK = _("An administrator confirms it by writing the number.")
LIMITS: dict[str, Entry] = {
    "bulk_limit_run": Entry(_("{found} subscribers would lose content; at once it may be {most}."), _ASK),
    "bulk_limit_run_cancels": Entry(
        _("{found} subscribers would lose content for good; at once it may be {most}."), _ASK
    ),
    "bulk_limit_day": Entry(
        _("It would be {found} subscribers who lost content within 24 hours; it may be {most}."),
        _ASK,
    ),
    "bulk_limit_day_cancels": Entry(
        _("It would be {found} subscribers who lost content for good within 24 hours; it may be {most}."), _ASK
    ),
}
# Their values are days.
DATED = frozenset({"bulk_contract_runs", "bulk_no_suspend"})
ENTRIES: dict[str, Entry] = {
    **WHAT, **IDLE, **LEFT_OUT, **CAUSES, **REFUSALS, **ENDINGS, **STATES, **LIMITS,
}  # fmt: skip
