"""Words of the history: what happened, to what kind of thing, which of its facts changed, who did it."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label
from webapp.web.labels_activation import EVENT as ACTIVATION_EVENT
from webapp.web.labels_activation import OBJECT as ACTIVATION_OBJECT
from webapp.web.labels_agenda import EVENT as AGENDA_EVENT
from webapp.web.labels_agenda import OBJECT as AGENDA_OBJECT
from webapp.web.labels_audit import EVENT as AUDIT_EVENT
from webapp.web.labels_audit import OBJECT as AUDIT_OBJECT
from webapp.web.labels_backups import EVENT as BACKUP_EVENT
from webapp.web.labels_backups import OBJECT as BACKUP_OBJECT
from webapp.web.labels_bulk import EVENT as BULK_EVENT
from webapp.web.labels_bulk import OBJECT as BULK_OBJECT
from webapp.web.labels_desk import EVENT as DESK_EVENT
from webapp.web.labels_desk import OBJECT as DESK_OBJECT
from webapp.web.labels_first_run import EVENT as FIRST_RUN_EVENT
from webapp.web.labels_first_run import OBJECT as FIRST_RUN_OBJECT
from webapp.web.labels_invoices import EVENT as INVOICE_EVENT
from webapp.web.labels_invoices import OBJECT as INVOICE_OBJECT
from webapp.web.labels_observing import EVENT as OBSERVING_EVENT
from webapp.web.labels_observing import OBJECT as OBSERVING_OBJECT
from webapp.web.labels_people import EVENT as PEOPLE_EVENT
from webapp.web.labels_people import OBJECT as PEOPLE_OBJECT
from webapp.web.labels_privacy import EVENT as PRIVACY_EVENT
from webapp.web.labels_privacy import OBJECT as PRIVACY_OBJECT
from webapp.web.labels_reports import EVENT as REPORT_EVENT
from webapp.web.labels_reports import OBJECT as REPORT_OBJECT
from webapp.web.labels_sign_in import EVENT as SIGN_IN_EVENT
from webapp.web.labels_sign_in import OBJECT as SIGN_IN_OBJECT
from webapp.web.labels_why import LOOK_EVENT

# The order is that of the filter on the page.
OBJECT: Mapping[str, Label] = {
    "customer": Label(_("Customer"), icon="user"),
    "service": Label(_("Service"), icon="router"),
    "service_package": Label(_("Package sold"), icon="package"),
    "account": Label(_("Account"), icon="device-tv"),
    "integration": Label(_("Integration"), icon="plug-connected"),
    "product": Label(_("Product"), icon="device-tv"),
    "package": Label(_("Package"), icon="package"),
    "plan": Label(_("Plan"), icon="router"),
    "run": Label(_("Reconciliation"), icon="arrows-exchange"),
    "orphan": Label(_("Orphan account"), icon="user"),
    "operator": Label(pgettext("person", "User"), icon="user"),
    "token": Label(_("Token"), icon="key"),
    "import": Label(_("Import"), icon="file-text"),
    "recipe": Label(_("Recipe"), icon="code"),
    "source": Label(_("Source"), icon="download"),
    "source_pull": Label(_("Reading of a source"), icon="download"),
    "alert": Label(_("Alert"), icon="alert-triangle"),
    **INVOICE_OBJECT,
    **OBSERVING_OBJECT,
    **PRIVACY_OBJECT,
    "channel": Label(_("Alert channel"), icon="send"),
    **AUDIT_OBJECT,
    **BACKUP_OBJECT,
    **REPORT_OBJECT,
    **AGENDA_OBJECT,
    **ACTIVATION_OBJECT,
    **BULK_OBJECT,
    **PEOPLE_OBJECT,
    **SIGN_IN_OBJECT,
    **DESK_OBJECT,
    **FIRST_RUN_OBJECT,
}
CUSTOMER_EVENT: Mapping[str, Label] = {
    "customer.create": Label(_("Customer registered"), "green"),
    "customer.update": Label(_("Customer changed"), "azure"),
    "service.create": Label(_("Service registered"), "green"),
    "service.update": Label(_("Service changed"), "azure"),
    "service.status": Label(_("Status changed"), "azure"),
    "service.migrate": Label(_("Plan migrated"), "azure"),
    "service.transfer": Label(_("Change of ownership"), "purple"),
    "service.readjust": Label(_("Value readjusted"), "azure"),
    "service.renew": Label(_("Contract term renewed"), "azure"),
    "sale.create": Label(_("Package sold"), "green"),
    "sale.update": Label(_("Package sold was changed"), "azure"),
    "sale.remove": Label(_("Package removed"), "red"),
}
ACCOUNT_EVENT: Mapping[str, Label] = {
    "account.create": Label(_("Account created on the platform"), "green"),
    "account.update": Label(_("Account updated on the platform"), "azure"),
    "account.suspend": Label(_("Account suspended on the platform"), "yellow"),
    "account.enable": Label(_("Account enabled on the platform"), "green"),
    "account.cancel": Label(_("Account cancelled on the platform"), "red"),
    "account.resend_activation": Label(_("Activation sent again"), "azure"),
    "account.notify": Label(_("Platform notified"), "azure"),
    "account.hint": Label(_("Platform told of a change there; looked up"), "azure"),
    "account.resend": Label(_("Account sent once more"), "azure"),
    "account.settle": Label(_("Doubt about the account settled"), "purple"),
    "account.keep_over": Label(_("Paying again: nothing is kept any more"), "green"),
    "account.try_now": Label(_("Account tried by hand"), "azure"),
    "account.adopt": Label(_("Account of the platform adopted"), "green"),
}
PLATFORM_EVENT: Mapping[str, Label] = {
    "integration.create": Label(_("Integration registered"), "green"),
    "integration.update": Label(_("Integration changed"), "azure"),
    "integration.terms": Label(_("Billing terms changed"), "azure"),
    "integration.reconciliation": Label(_("Reconciliation settings changed"), "azure"),
    "integration.activate": Label(_("Integration reactivated"), "green"),
    "integration.deactivate": Label(_("Integration inactivated"), "red"),
    "integration.test": Label(_("Integration tested"), "azure"),
    "integration.sync": Label(_("Products synchronised"), "azure"),
    "integration.rotate_callback": Label(_("Callback URL renewed"), "purple"),
    "integration.paused": Label(_("Integration paused"), "red"),
    "integration.resume": Label(_("Integration resumed"), "green"),
    "integration.unreachable": Label(_("Platform out of reach"), "red"),
    "integration.recovered": Label(_("Platform within reach again"), "green"),
    "product.create": Label(_("Product added"), "green"),
    "product.update": Label(_("Product changed"), "azure"),
    "product.activate": Label(_("Product reactivated"), "green"),
    "product.deactivate": Label(_("Product inactivated"), "red"),
    "product.hide": Label(_("Product hidden"), "secondary"),
    "product.cost": Label(_("Cost put on record"), "azure"),
    "product.cost_removed": Label(_("Cost taken off the record"), "orange"),
    "product.missing": Label(_("Product gone from the platform"), "orange"),
    "product.return": Label(_("Product back on the platform"), "green"),
    "product.show": Label(_("Product shown again"), "green"),
    "run.done": Label(_("Reconciliation done"), "green"),
    "run.staged": Label(_("Reconciliation waits for approval"), "orange"),
    "run.refused": Label(_("Reconciliation stopped: listing not trusted"), "red"),
    "run.failed": Label(_("Reconciliation failed"), "red"),
    "run.approve": Label(_("Reconciliation approved"), "green"),
    "run.request": Label(_("Reconciliation asked for"), "azure"),
    "run.applying": Label(_("Reconciliation mends what differs"), "azure"),
    "run.apply": Label(_("Reconciliation plan carried out"), "green"),
    "run.reject": Label(_("Reconciliation batch rejected"), "red"),
    "run.accept": Label(_("Reading taken as the new normal"), "purple"),
    "run.expired": Label(_("Reconciliation batch lapsed"), "secondary"),
    "run.superseded": Label(_("Reconciliation batch replaced by a newer one"), "secondary"),
    "run.stopped": Label(_("Reconciliation stopped while reading"), "secondary"),
    "run.paused": Label(_("Reconciliation waits: paused"), "yellow"),
    "run.pause": Label(_("Reconciliation paused"), "yellow"),
    "run.resume": Label(_("Reconciliation resumed"), "green"),
    "run.stop": Label(_("Reconciliation stopped"), "secondary"),
    "run.undo": Label(_("Reconciliation undone"), "purple"),
    "integration.lift_keeps": Label(_("Kept accounts released"), "orange"),
}
ORPHAN_EVENT: Mapping[str, Label] = {
    "orphan.adopt": Label(_("Orphan account adopted"), "green"),
    "orphan.ignore": Label(_("Orphan account ignored"), "secondary"),
    "orphan.reopen": Label(_("Orphan account taken up again"), "azure"),
    "orphan.cancel": Label(_("End of an orphan account asked for"), "orange"),
    "orphan.approve": Label(_("End of an orphan account approved"), "orange"),
    "orphan.sent": Label(_("End of an orphan account sent to the platform"), "red"),
    "orphan.cancelled": Label(_("Orphan account ended"), "red"),
    "orphan.gone": Label(_("Orphan account was gone already"), "secondary"),
}
ALERT_EVENT: Mapping[str, Label] = {
    "alert.close": Label(_("Alert closed by hand"), "secondary"),
    "channel.create": Label(_("Alert channel registered"), "green"),
    "channel.update": Label(_("Alert channel changed"), "azure"),
    "channel.activate": Label(_("Alert channel switched on"), "green"),
    "channel.deactivate": Label(_("Alert channel switched off"), "red"),
    "channel.delete": Label(_("Alert channel deleted"), "red"),
    "channel.test": Label(_("Test message sent by an alert channel"), "azure"),
    "run.link": Label(_("Decided by the link of a message"), "purple"),
}
CATALOGUE_EVENT: Mapping[str, Label] = {
    "package.create": Label(_("Package registered"), "green"),
    "package.update": Label(_("Package changed"), "azure"),
    "package.activate": Label(_("Package reactivated"), "green"),
    "package.deactivate": Label(_("Package inactivated"), "red"),
    "plan.create": Label(_("Plan registered"), "green"),
    "plan.update": Label(_("Plan changed"), "azure"),
    "plan.activate": Label(_("Plan reactivated"), "green"),
    "plan.deactivate": Label(_("Plan inactivated"), "red"),
    "plan.readjust": Label(_("Values readjusted"), "azure"),
    "plan.renew": Label(_("Contract terms renewed"), "azure"),
    "operator.create": Label(_("User registered"), "green"),
    "token.create": Label(_("Token made"), "green"),
    "token.revoke": Label(_("Token revoked"), "red"),
    "import.customers": Label(_("Customers imported"), "green"),
}
RECIPE_EVENT: Mapping[str, Label] = {
    "recipe.create": Label(_("Recipe of the provider's own installed"), "green"),
    "recipe.update": Label(_("Recipe changed"), "azure"),
    "recipe.activate": Label(_("Another version of the recipe activated"), "purple"),
    "recipe.remove": Label(_("Recipe of the provider's own taken out of use"), "red"),
    "recipe.try": Label(_("Recipe tried on a platform"), "azure"),
}
SOURCE_EVENT: Mapping[str, Label] = {
    "source.create": Label(_("Source registered"), "green"),
    "source.update": Label(_("Source changed"), "azure"),
    "source.active": Label(_("Source switched on or off"), "purple"),
    "source.test": Label(_("Source tested"), "azure"),
    "source.resume": Label(_("Source is read again"), "green"),
    "source.hook": Label(_("Push address of the source renewed"), "purple"),
    "source.mapping": Label(_("Mapping of the source changed"), "azure"),
}
PULL_EVENT: Mapping[str, Label] = {
    "source_pull.request": Label(_("Reading of a source asked for"), "azure"),
    "source_pull.upload": Label(_("File uploaded"), "azure"),
    "source_pull.done": Label(_("Source read"), "green"),
    "source_pull.staged": Label(_("Reading waits for approval"), "orange"),
    "source_pull.held": Label(_("Reading not trusted: nothing was taken away"), "orange"),
    "source_pull.refused": Label(_("Reading refused: nothing of it was used"), "red"),
    "source_pull.failed": Label(_("Source could not be read"), "red"),
    "source_pull.stopped": Label(_("Reading stopped"), "secondary"),
    "source_pull.resume": Label(_("Reading continued"), "azure"),
    "source_pull.confirm": Label(_("Import of a file confirmed"), "green"),
    "source_pull.approve": Label(_("Reading approved"), "green"),
    "source_pull.reject": Label(_("What a reading takes away rejected"), "purple"),
    "source_pull.undo": Label(_("What a reading took away was given back"), "purple"),
    "source_pull.accept": Label(_("Reading accepted as the new normal"), "purple"),
}
EVENT: Mapping[str, Label] = {
    **INVOICE_EVENT,
    **OBSERVING_EVENT,
    **PRIVACY_EVENT,
    **CUSTOMER_EVENT, **ACCOUNT_EVENT, **ORPHAN_EVENT, **PLATFORM_EVENT, **RECIPE_EVENT, **ALERT_EVENT, **PULL_EVENT,
    **CATALOGUE_EVENT, **SOURCE_EVENT, **AUDIT_EVENT, **BACKUP_EVENT, **BULK_EVENT, **PEOPLE_EVENT,
    **SIGN_IN_EVENT,
    **DESK_EVENT, **LOOK_EVENT, **REPORT_EVENT, **AGENDA_EVENT, **ACTIVATION_EVENT,
    **FIRST_RUN_EVENT,
}  # fmt: skip
ACTOR: Mapping[str, Label] = {
    "system": Label("Sintonia"),
    "platform": Label(pgettext("who acts", "Platform")),
    "cli": Label(_("Command")),
    "demo": Label(_("Demonstration")),
}
