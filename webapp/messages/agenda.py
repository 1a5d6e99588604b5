"""Messages of what is planned: new values, campaigns, guided moves."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_LATER_OR_STOP = _("Mend the cause and let the move go on, or stop it; the old service still stands.")

ENTRIES: dict[str, Entry] = {
    "price_change_unknown": Entry(_("There is no such change of values."), _("Look for it in the list.")),
    "price_change_nothing_chosen": Entry(_("Nothing was chosen."), _("Choose at least one package or plan.")),
    "price_change_own_wrong": Entry(
        _("“{value}” is no amount of money."), _("Write it like 19,90 beside the package or plan, or leave it empty.")
    ),
    "price_change_twice": Entry(_("The same thing was named twice."), _("Name each package or plan once.")),
    "price_change_day": Entry(
        _("The first day is over already, or too far away."),
        _("Give today or a later day, at most {days} days from now."),
    ),
    "price_change_planned_already": Entry(
        _("For “{name}” a change is planned for the same day already."), _("Drop that one first, or give another day.")
    ),
    "price_change_begun": Entry(
        _("This change is not waiting for its day any more."), _("Take it back where it was applied.")
    ),
    "price_change_not_applied": Entry(
        _("There is nothing to take back: the change was not applied, or was taken back already."),
        _("Look at the list anew."),
    ),
    "campaign_unknown": Entry(_("There is no such campaign."), _("Look for it in the list.")),
    "campaign_days_order": Entry(_("The last day is before the first one."), _("Give a later last day.")),
    "campaign_over_already": Entry(_("This last day is over already."), _("Give today or a later day.")),
    "campaign_nothing_to_keep": Entry(
        _("This package does not end by a campaign, or it has ended already."),
        _("Look at its last day on the page of the package."),
    ),
    "guided_move_unknown": Entry(_("There is no such move."), _("Look for it in the list.")),
    "guided_move_open": Entry(
        _("The service {service} is going over already."), _("Open that move and wait for its end, or stop it there.")
    ),
    "guided_move_day": Entry(
        _("The day is over already, or too far away."), _("Give today or a later day, at most {days} days from now.")
    ),
    "guided_move_password_later": Entry(
        _("A password is not kept until a later day."),
        _("Leave it empty and set it on the new service then, or begin today."),
    ),
    "guided_move_same_email": Entry(
        _("{email} is the log-in of the account already."), _("Give the new e-mail of the subscriber.")
    ),
    "guided_move_own_needed": Entry(
        _("A platform of this service takes the log-in from the customer's own e-mail and from nowhere else."),
        _("Let the customer's own e-mail change too."),
    ),
    "guided_move_nothing_sent": Entry(
        _("No platform has the old e-mail yet, so nothing has to be made anew."),
        _("Change the e-mail of the customer, or of the package."),
    ),
    "guided_move_gap": Entry(
        _("Not both accounts can be there at once on: {integrations}. There the old one ends first."),
        _("Agree to the gap below, or choose another way."),
    ),
    "guided_move_more_gaps": Entry(
        _("Meanwhile not both accounts can be there at once on one more platform."),
        _("Stop this move and ask for it anew, so that somebody agrees to the gap."),
    ),
    "guided_move_doubt": Entry(
        _("The platform's answer about an account is in doubt."), _("Answer the question on the page of the customer.")
    ),
    "guided_move_not_there": Entry(_("The new account is not there any more."), _LATER_OR_STOP),
    "guided_move_not_found": Entry(
        _("The platform was asked, and it does not know the new account."), _LATER_OR_STOP
    ),
    "guided_move_new_ended": Entry(
        _("The new service has ended meanwhile, so the old one was left alone."), _("Stop this move and ask anew.")
    ),
    "guided_move_new_rights": Entry(
        _("The old service has packages that the new one does not have: {packages}."),
        _("Sell it on the new service, or remove it from the old one; then let the move go on."),
    ),
    "guided_move_not_held": Entry(
        _("This move does not wait for anybody."), _("It goes on by itself, or it is over: look at it anew.")
    ),
    "guided_move_too_late": Entry(
        _("The old service has ended, so this move cannot be stopped any more."),
        _("Let it go on; whatever is wrong with the new service is mended there."),
    ),
}  # fmt: skip
