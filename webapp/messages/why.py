"""Why somebody does not watch: the verdict in one sentence and what happens next; and each link of the chain."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_NOTHING = _("Nothing is to be done here.")
_BY_ITSELF = _("The hub does it by itself; nothing is to be done.")

PACKAGE: dict[str, Entry] = {
    "why_erased": Entry(_("This person was erased; nothing is sold to them any more."), _NOTHING),
    "why_no_service": Entry(
        _("The customer has no service, so there is nothing to watch."),
        _("Add a service, or wait until the ERP brings it."),
    ),
    "why_service_over": Entry(_("The service is {status}, and no package is sold on it."), _NOTHING),
    "why_nothing_sold": Entry(
        _("No package with content is sold on the service {plan}."), _("Sell the package that the customer asks for.")
    ),
    "why_nothing_sold_locked": Entry(
        _(
            "No package is sold on the service {plan}, and this plan locks packages (Travar Pacotes) without having"
            " any."
        ),
        _("An administrator adds the package to the plan; then it can be sold here."),
    ),
    "why_nothing_sold_plan": Entry(
        _(
            "No package is sold on the service {plan}, although its plan has packages: they come only with a new"
            " contract."
        ),
        _("Sell it on this service; the plan's packages are offered there."),
    ),
    "why_package_removed": Entry(
        _("The package {package} was taken off on {day}; nothing else is sold on the service."),
        _("Sell it again if the customer wants it back."),
    ),
    "why_no_platform": Entry(_("The package {package} has no platform: there is nothing to switch on."), _NOTHING),
    "why_package_empty": Entry(
        _("The package {package} has no product, so it gives nothing on {platform}."),
        _("An administrator chooses a product in the package; whoever has bought it gets it by itself."),
    ),
    "why_right_ended": Entry(
        _("The right to the package {package} ended on {day}."),
        _("Change its last day, or sell it again, if the customer shall go on watching."),
    ),
    "why_right_later": Entry(
        _("The right to the package {package} begins only on {day}."),
        _("It is switched on by itself on that day; change the first day to begin earlier."),
    ),
}  # fmt: skip
STATUS: dict[str, Entry] = {
    "why_service_ended": Entry(
        _("The service is {status}, so the package {package} was ended too."),
        _("It comes back when the service does, where its status is kept."),
    ),
    "why_rule_ends": Entry(
        _("{platform} has a rule of its own by which a service that is {status} has nothing there."),
        _("An administrator finds the rule in the integration."),
    ),
    "why_suspended_debt": Entry(
        _("The service is {status}: while the bill is open, {package} stays suspended."),
        _("Once the payment is known it is enabled by itself, within a minute."),
    ),
    "why_suspended_partly": Entry(
        _("The service is {status}, and {package} is suspended with it."),
        _("Once the service is enabled again, {package} follows by itself, within a minute."),
    ),
    "why_suspended_request": Entry(
        _("The customer asked for a suspension: the service is {status}."),
        _("Once the service is enabled again, {package} follows by itself, within a minute."),
    ),
    "why_rule_suspends": Entry(
        _("{platform} has a rule of its own by which a service that is {status} is suspended there."),
        _("An administrator finds the rule in the integration."),
    ),
    "why_paused": Entry(
        _("The customer's pause runs until {day}; until then {package} is suspended."),
        _("It is enabled by itself the day after; shorten the pause to enable it now."),
    ),
    "why_paused_open": Entry(
        _("The customer's pause runs without an end; {package} is suspended."),
        _("End the pause in the service and it is enabled by itself."),
    ),
    "why_waiting_delivery": Entry(
        _("The service is not delivered yet ({status}), so {package} is not switched on."),
        _("It is switched on by itself as soon as the service is enabled."),
    ),
    "why_not_made_unpaid": Entry(
        _("The service is {status} and had no account on {platform}; none is made for a service that is not paying."),
        _("It is made by itself as soon as the service is enabled."),
    ),
    "why_stays_suspended": Entry(
        _(
            "The account on {platform} is suspended, and by the integration's rules the status {status} changes"
            " nothing there."
        ),
        _(
            "An administrator switches on Habilitar/Suspender Assinaturas in the integration, or the service becomes"
            " enabled."
        ),
    ),
    "why_status_unknown": Entry(
        _("Nobody knows what the status {status} means for {platform}, so nothing is changed there."),
        _("Give the service a known status, or an administrator adds a rule to the integration."),
    ),
    "why_suspension_waits": Entry(
        _(
            "{package} can still be watched: it is to be suspended ({status}), and the calendar suspends nobody at"
            " this hour."
        ),
        _("It goes out by itself when the calendar opens. A payment before that needs no call at all."),
    ),
    "why_suspension_coming": Entry(
        _("{package} can still be watched: its suspension ({status}) is on its way."), _BY_ITSELF
    ),
    "why_still_watches": Entry(
        _("{package} can still be watched, although the service is {status}; a suspension is not on its way."),
        _("The next reconciliation compares it. Send it again if it shall not wait."),
    ),
}  # fmt: skip
SENDING: dict[str, Entry] = {
    "why_account_missing": Entry(
        _("The account on {platform} was never ordered, although {package} is sold."),
        _("Order it now; it is then made like any other."),
    ),
    "why_in_doubt": Entry(
        _("Nobody knows whether the account on {platform} exists: a call left and its answer never came."),
        _(
            "Look for it in the platform's panel and answer here. Nothing is sent until then, so that no second"
            " account is made."
        ),
    ),
    "why_of_another": Entry(
        _("{platform} says that this log-in belongs to somebody else there."),
        _("Compare the person in the platform's panel, give the customer a log-in of their own, then answer here."),
    ),
    "why_field": Entry(
        _("Data are missing or do not fit, so {package} cannot be sent to {platform}."),
        _(
            "Correct them; it is then sent by itself. What comes from an ERP is corrected there, for it would come"
            " back."
        ),
    ),
    "why_platform_rule": Entry(
        _("{platform} does not allow this customer to have {package} as things are."),
        _("Change what the rule names, then it is sent by itself."),
    ),
    "why_refused": Entry(
        _("{platform} refused the customer's data for {package}."),
        _("Correct what it names, then try again. If the data are right, ask the platform."),
    ),
    "why_unsupported": Entry(
        _("{platform} cannot do what is needed through its interface."),
        _("Do it in the platform's own panel; afterwards try again here."),
    ),
    "why_hub_fault": Entry(
        _("The hub itself could not work out this account. Nothing was sent, and nothing was taken away."),
        _("An administrator reads the cause below, mends it, and tries again."),
    ),
    "why_blocked": Entry(
        _("{package} stands still on the way to {platform} and does not go on by itself."),
        _("Read the cause below, mend it, then try again."),
    ),
    "why_way_inactive": Entry(
        _("The integration {platform} is switched off, so nothing is sent to it."),
        _("An administrator activates it; all that waited is then sent by itself."),
    ),
    "why_observing": Entry(
        _("The hub only observes at present, so nothing is sent to {platform}."),
        _("An administrator approves the adoption; then it goes on by itself."),
    ),
    "why_way_paused": Entry(
        _("The integration {platform} is paused, for all of its customers."),
        _("An administrator mends the cause below; all that waited is then sent by itself."),
    ),
    "why_way_silent": Entry(
        _("{platform} does not answer at present, for nobody."),
        _("It is asked again by itself and nothing is lost. If it lasts, ask the platform."),
    ),
    "why_capacity": Entry(
        _("{platform} has no licences or credit left, so {package} waits."),
        _("Buy more from the platform; those who wait are then sent by themselves."),
    ),
    "why_looking_up": Entry(
        _("{platform} gave no answer to the last call; the hub looks up what became of it before it sends again."),
        _BY_ITSELF,
    ),
    "why_retrying": Entry(
        _("The last try on {platform} failed; it is repeated by itself."),
        _("Nothing is lost. Read the cause below if it comes up again and again."),
    ),
    "why_being_sent": Entry(
        _("{package} is being sent to {platform} at this moment."), _("Look again in some seconds.")
    ),
    "why_queued": Entry(_("{package} is next in the queue for {platform}."), _("Look again in some seconds.")),
    "why_queued_later": Entry(_("{package} waits in the queue for {platform}."), _BY_ITSELF),
    "why_stuck": Entry(
        _("{package} should work on {platform}, does not, and nothing is on its way."),
        _("Have it sent again; if that does not help, send the summary below to whoever looks after the hub."),
    ),
}  # fmt: skip
SHOWN: dict[str, Entry] = {
    "why_waits_customer": Entry(
        _("{platform} waits for the customer: the account is there and has not been activated."),
        _("Ask the customer to open the message of the platform (also the spam folder) and to follow its link."),
    ),
    "why_differs_staged": Entry(
        _("{platform} shows something else than what was ordered, and the correction waits for a person."),
        _("Open the reconciliation and decide."),
    ),
    "why_differs_mending": Entry(
        _("{platform} shows something else than what was ordered; it is being put right."), _BY_ITSELF
    ),
    "why_missing_there": Entry(
        _("The last complete reading of {platform} did not show this account."),
        _("Have the hub look at this one account; if it is really gone, it is made again within the limits."),
    ),
    "why_differs_there": Entry(
        _("{platform} accepted {package}, and a look at it afterwards showed otherwise."),
        _("Send it once more; if it stays, somebody changes it in the platform's panel."),
    ),
    "why_fine": Entry(
        _("All is well on our side: {platform} shows {package} as active."),
        _("Check the device: the right log-in, the app up to date, the internet itself. Sign out there and in again."),
    ),
    "why_fine_unseen": Entry(
        _(
            "All was done on our side: {platform} accepted {package}. It has not been read since, so nobody has seen"
            " it there."
        ),
        _("Have the hub look now where that can be done, then check the device: log-in, app, internet."),
    ),
    "why_unknown": Entry(
        _("Nobody knows at present how {package} stands on {platform}."),
        _("Have the hub look now; if it cannot, look in the platform's panel."),
    ),
}  # fmt: skip
SOURCE_LINK: dict[str, Entry] = {
    "link_source_says": Entry(_("{source} says: {status}.")),
    "link_source_hand": Entry(_("Kept by hand here: {status}.")),
    "link_source_unread": Entry(_("{source} is not read at present; last known: {status}.")),
    "link_source_missing": Entry(
        _(
            "The last readings of {source} lacked this service; last known: {status}. That proves nothing and ended"
            " nothing."
        )
    ),
    "link_source_none": Entry(_("No service.")),
}  # fmt: skip
WANTED_LINK: dict[str, Entry] = {
    "link_wanted_active": Entry(_("{package} shall be active.")),
    "link_wanted_suspended": Entry(_("{package} shall be suspended.")),
    "link_wanted_absent": Entry(_("{package} shall not be there.")),
    "link_wanted_keep": Entry(_("What is there stays as it is; nothing new is made.")),
    "link_wanted_no_platform": Entry(_("{package} has no platform.")),
    "link_wanted_nothing": Entry(_("{package} has no product, so nothing is wanted.")),
    "link_wanted_ended": Entry(_("The right to {package} ended on {day}.")),
    "link_wanted_later": Entry(_("The right to {package} begins on {day}.")),
    "link_wanted_unsold": Entry(_("Nothing is sold.")),
}
SENT_LINK: dict[str, Entry] = {
    "link_sent_active": Entry(_("Sent, and accepted by {platform}: active.")),
    "link_sent_suspended": Entry(_("Sent, and accepted by {platform}: suspended.")),
    "link_sent_pending": Entry(_("Sent; {platform} waits for the customer.")),
    "link_sent_ended": Entry(_("Sent: ended on {platform}.")),
    "link_sent_nothing": Entry(_("Nothing was sent.")),
    "link_sent_unknown": Entry(_("Not known how the last call ended.")),
    "link_sent_doubt": Entry(_("In doubt: a person must answer.")),
    "link_sent_stopped": Entry(_("It stands still until somebody mends it.")),
    "link_sent_now": Entry(_("A call is under way.")),
    "link_sent_observing": Entry(_("Not sent: the hub only observes.")),
    "link_sent_held": Entry(_("It waits: {platform} is asked nothing at present.")),
    "link_sent_retry": Entry(_("The last try failed; it is repeated.")),
    "link_sent_queued": Entry(_("In the queue.")),
}
THERE_LINK: dict[str, Entry] = {
    "link_there_none": Entry(_("Nothing to be seen.")),
    "link_there_active": Entry(_("{platform} shows it as active.")),
    "link_there_suspended": Entry(_("{platform} shows it as suspended.")),
    "link_there_absent": Entry(_("{platform} does not have it.")),
    "link_there_pending": Entry(_("{platform} waits for the customer.")),
    "link_there_missing": Entry(_("The last complete reading did not show it.")),
    "link_there_differs": Entry(_("{platform} shows something else.")),
    "link_there_unread": Entry(_("Not known: not read since the last change.")),
    "link_there_mute": Entry(_("Not known: this platform cannot be read.")),
}
REFUSALS: dict[str, Entry] = {
    "look_unsupported": Entry(
        _("{description} cannot be asked about a single account."),
        _("Look in the platform's own panel; a reconciliation compares all accounts where the platform has a list."),
    ),
    "look_held": Entry(
        _("{description} is asked nothing at present, so it cannot be looked at either."),
        _("Mend what holds the integration first."),
    ),
    "source_cannot_be_asked": Entry(
        _("{source} cannot be asked about a single service at present."),
        _("Read the source as a whole, upload a new file, or change the status where it is kept."),
    ),
    "service_without_source": Entry(
        _("This service is kept by hand; there is no ERP to ask."), _("Change its status here.")
    ),
}
ENTRIES = {**PACKAGE, **STATUS, **SENDING, **SHOWN, **SOURCE_LINK, **WANTED_LINK, **SENT_LINK, **THERE_LINK, **REFUSALS}
