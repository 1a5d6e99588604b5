"""Messages of convergence and reconciliation."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "login_missing": Entry(
        _("The log-in is missing: the field {field} of the customer or service is empty."),
        _("Fill it in; the account is then sent by itself."),
    ),
    "login_shared": Entry(
        _("Another account of this integration already uses the log-in {login}."),
        _("Give one of the two customers another e-mail; the platform knows its subscribers by it."),
    ),
    "password_field_empty": Entry(
        _("The password is taken from {field}, and that field is empty."),
        _("Fill it in, or choose another field in the parameter usuario of the package."),
    ),
    "password_too_short": Entry(
        _("The password taken from {field} has fewer than {minimum} characters."),
        _("Choose another field in the parameter usuario, or a longer value."),
    ),
    "usuario_unknown": Entry(
        _("The parameter usuario names {value}, which is not a field of the customer."),
        _("Use one of: {allowed}."),
    ),
    "not_a_switch": Entry(
        _("The parameter {field} is {value}, which is neither on nor off."),
        _("Write true or false, or leave it empty for on."),
    ),
    "operation_unsupported": Entry(
        _("The gateway {gateway} has no operation {operation}."),
        _("Do it in the platform's own panel, or use a gateway that can."),
    ),
    "vault_closed": Entry(
        _("A secret of this account cannot be opened: the encryption key is missing or was changed."),
        _("Restore the file encryption.keys of the instance; nothing was sent."),
    ),
    "doubtful_create": Entry(
        _("The account may or may not exist: the platform did not answer when it was created, and cannot be asked."),
        _("Look for the log-in in the platform's panel and answer here whether it exists. Nothing is sent until then."),
    ),
    "exists_not_found": Entry(
        _("The platform says that the account exists already, but does not show it."),
        _("Look for the log-in in the platform's panel and answer here whether it exists."),
    ),
    "account_of_another": Entry(
        _("The platform already has this log-in, for somebody else."),
        _(
            "Compare the document in the platform's panel; give the customer "
            "another e-mail or correct the other account."
        ),
    ),
    "internal_error": Entry(
        _("The hub itself failed while making the call ({type})."),
        _("It is tried again by itself; if it stays, send the log to whoever looks after the hub."),
    ),
    "planning_failed": Entry(
        _("The hub could not work out what this account shall be ({type}); nothing was sent."),
        _("Look at the service, its packages and the rules of the integration, then try again; the log says more."),
    ),
    "gateway_missing": Entry(
        _("The gateway {gateway} of this integration is not there any more."),
        _("Put its recipe back, or mend what the page Gateways says about it."),
    ),
    "auth_stopped": Entry(
        _("The platform refused our credentials three times, so this integration is stopped."),
        _("Correct the token or password in the integration and press Test; one call is tried again by itself later."),
    ),
    "contract_paused": Entry(
        _("The platform answered with something that is not its API, so this integration is paused."),
        _(
            "Look at the sample in the transmission; usually it is under "
            "maintenance. One call is tried again by itself."
        ),
    ),
    "unreachable_long": Entry(
        _("The platform has not answered for five days, so this integration is paused. Nothing of what waits is lost."),
        _(
            "Ask the platform whether its address changed. One call is tried every six hours and all goes on when it "
            "answers; Resume or Test tries at once."
        ),
    ),
    "listing_unsupported": Entry(
        _("This gateway cannot list its accounts, so there is nothing to compare with."),
        _("Transmissions show what was accepted; resend an account when in doubt."),
    ),
    "listing_empty": Entry(
        _("The platform listed nobody although {expected} accounts are expected."),
        _("Nothing was changed. Check the address and the credentials of the integration."),
    ),
    "listing_incomplete": Entry(
        _("The platform's list came incomplete."),
        _("Nothing was changed; the next run reads it again."),
    ),
    "run_not_found": Entry(_("There is no reconciliation {id}."), _("Choose one from the list.")),
    "run_not_staged": Entry(
        _("Reconciliation {id} has nothing that waits for approval."),
        _("Look at it again; somebody may have been quicker."),
    ),
    "plan_changed": Entry(
        _("What you approved is not what would be done now."), _("Reconcile again and look at the new plan.")
    ),
    "second_operator_needed": Entry(
        _("This batch cancels accounts, so whoever started it cannot approve it."), _("Ask another operator.")
    ),
    "run_under_way": Entry(
        _("A reconciliation of {description} is already under way."), _("Wait for it to end, then look at its result.")
    ),
    "integration_inactive": Entry(
        _("The integration {description} is inactive."), _("Reactivate it first; nothing was forgotten meanwhile.")
    ),
    "waits_unreachable": Entry(
        _("The platform of {integration} does not answer now."), _("It is asked again by itself; nothing is lost.")
    ),
    "waits_delivery": Entry(
        _("The service is not delivered yet, so no account is made on {integration}."),
        _("It is made by itself as soon as the service is enabled."),
    ),
    "waits_delivery_kept": Entry(
        _("The service is not delivered yet, so its account on {integration} stays as it is."),
        _("It follows the service again as soon as the service is enabled."),
    ),
    "waits_follow_status": Entry(
        _("{integration} does not follow the status (Habilitar/Suspender Assinaturas is off): the account stays."),
        _("Switch it on in the Integration if debt shall suspend the account."),
    ),
    "waits_rule": Entry(
        _("{integration} has a rule of its own for this status: the account stays as it is."),
        _("The rule stands in the Integration."),
    ),
    "waits_suspended": Entry(
        _("The service is suspended, so no account is made on {integration}."),
        _("It is made by itself as soon as the service is enabled."),
    ),
    "waits_day": Entry(
        _("The first day of the right has not come, so no account is made on {integration}."),
        _("It is made by itself on that day."),
    ),
    "account_not_found": Entry(_("There is no account {id}."), _("Choose one from the list.")),
    "account_busy": Entry(
        _("The account {login} is being sent at this very moment."), _("Wait some seconds and try again.")
    ),
    "account_parked": Entry(
        _("The account {login} waits for an answer: does it exist on the platform?"), _("Answer that first.")
    ),
    "remote_id_needed": Entry(
        _("The platform's own id ({name}) is missing, and this platform cannot be asked for it."),
        _("Read it in the platform's panel, beside the account, and type it in; without it nothing can be changed."),
    ),
    "account_not_parked": Entry(
        _("The account {login} does not wait for an answer any more."), _("Look at it again.")
    ),
}  # fmt: skip
