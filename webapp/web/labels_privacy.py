"""Words about personal data: what is held, why, for how long, and how far an erasure is."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

SECTION: Mapping[str, Label] = {
    "registration": Label(_("Registration"), icon="user"),
    "contract": Label(_("Services and packages"), icon="router"),
    "platforms": Label(_("Accounts on the platforms"), icon="device-tv"),
    "seats": Label(_("Seats: what was held when"), icon="armchair"),
    "invoices": Label(_("Lines of platforms' invoices"), icon="receipt"),
    "messages": Label(_("Messages to the subscriber"), icon="mail"),
    "moves": Label(_("Guided moves"), icon="arrows-exchange"),
    "receipts": Label(_("Receipts that were handed out"), icon="certificate"),
    "calls": Label(_("Transmissions to the platforms"), icon="send"),
    "history": Label(_("History"), icon="history"),
    "source": Label(_("Links to the sources"), icon="download"),
    "readings": Label(_("What readings of sources brought"), icon="download"),
    "reconciliations": Label(_("Lines of reconciliations"), icon="arrows-exchange"),
    "orphans": Label(_("Accounts found on platforms"), icon="help"),
    "alerts": Label(_("Alerts about the person"), icon="alert-triangle"),
    "accesses": Label(_("Who looked at it"), icon="eye"),
    "erasure": Label(_("Erasure"), icon="trash"),
}
ORIGIN: Mapping[str, Label] = {
    "registration": Label(_("Given by the customer to the provider; came by a source, the API, a file or by hand.")),
    "contract": Label(_("From the sale; came by a source, the API, a file or by hand.")),
    "platforms": Label(_("Made by the hub, with the ids that the platforms answered.")),
    "seats": Label(_("Written by the hub whenever a platform accepted a change; ids and times only.")),
    "invoices": Label(_("From the invoices that platforms send to the provider.")),
    "messages": Label(_("Written by the hub at each message; the words themselves are not kept.")),
    "moves": Label(_("From the request to change the holder or the e-mail.")),
    "receipts": Label(_("Written by the hub when a receipt was made; the document itself is not kept.")),
    "calls": Label(_("Made by the hub at each call; secrets, documents and contacts are masked in it.")),
    "history": Label(_("Written by the hub whenever something is changed.")),
    "source": Label(_("The ids by which the sources name this person.")),
    "readings": Label(_("Read from the sources, only the fields that are needed.")),
    "reconciliations": Label(_("Found by comparing with what the platforms show.")),
    "orphans": Label(_("Shown by a platform, and not made here.")),
    "alerts": Label(_("Raised by the hub when something was wrong.")),
    "accesses": Label(_("Written by the hub when somebody opened or exported the data.")),
    "erasure": Label(_("From the person's own request; of the marks nothing can be read.")),
}
PURPOSE: Mapping[str, Label] = {
    "registration": Label(_("To know whose contract it is, and to create the account that was bought.")),
    "contract": Label(_("To deliver what was sold, and to account for it.")),
    "platforms": Label(_("To create, suspend, enable and cancel the content, and to compare invoices.")),
    "seats": Label(_("To know what platforms may bill, and to prove what they may not.")),
    "invoices": Label(_("To compare what is billed with what was held, and to contest it.")),
    "messages": Label(_("To tell the subscriber how to use what was bought, once and not twice.")),
    "moves": Label(_("To make the new account first and to end the old one only then.")),
    "receipts": Label(_("To tell a real receipt from a false one.")),
    "calls": Label(_("To find faults, and to prove what was asked of the platform.")),
    "history": Label(_("To prove who changed what, and when.")),
    "source": Label(_("To find the same person again at the next reading.")),
    "readings": Label(_("To show what a reading changed, and to take it back.")),
    "reconciliations": Label(_("To mend what differs, and to take it back.")),
    "orphans": Label(_("To adopt or end an account that nobody here made.")),
    "alerts": Label(_("To have a person look at what is wrong.")),
    "accesses": Label(_("To answer for the security of the data.")),
    "erasure": Label(_("To keep the promise of the erasure, and to know the person again without the data.")),
}
_CONTRACT = _("Performance of the contract (LGPD, art. 7, V)")
_DEFENCE = _("Exercise of rights in proceedings (LGPD, art. 7, VI)")
_SECURITY = _("Legal duty of security and accountability (LGPD, arts. 7, II, 37 and 46)")
GROUND: Mapping[str, Label] = {
    "registration": Label(_CONTRACT),
    "contract": Label(_CONTRACT),
    "platforms": Label(_CONTRACT),
    "seats": Label(_DEFENCE),
    "invoices": Label(_DEFENCE),
    "messages": Label(_CONTRACT),
    "moves": Label(_CONTRACT),
    "receipts": Label(_DEFENCE),
    "calls": Label(_DEFENCE),
    "history": Label(_DEFENCE),
    "source": Label(_CONTRACT),
    "readings": Label(_CONTRACT),
    "reconciliations": Label(_CONTRACT),
    "orphans": Label(_CONTRACT),
    "alerts": Label(_CONTRACT),
    "accesses": Label(_SECURITY),
    "erasure": Label(_SECURITY),
}
RETENTION: Mapping[str, Label] = {
    "attempt_bodies": Label(_("Content of transmissions")),
    "attempts": Label(_("Transmissions, without their content")),
    "history": Label(_("History")),
    "source_rows": Label(_("What was read from a source")),
    "source_items": Label(_("What a reading changed")),
    "source_hints": Label(_("Hints of sources")),
    "run_items": Label(_("Lines of reconciliations")),
    "orphans": Label(_("Orphan accounts that are over")),
    "alerts": Label(_("Closed alerts")),
    "sessions": Label(_("Ended sessions and used invitations")),
    "accesses": Label(_("Access log")),
    "customers": Label(_("Customers without business")),
}
RETENTION_WHY: Mapping[str, Label] = {
    "attempt_bodies": Label(
        _("Of use only while somebody looks for a fault. A digest stays, so the history can still be checked.")
    ),
    "attempts": Label(
        _("Five years are the time to claim damages (consumer code, art. 27). Calls in doubt always stay.")
    ),
    "history": Label(_("Five years, as for transmissions. What proves erasures always stays.")),
    "source_rows": Label(_("Needed until a reading is worked off. What waits for a person stays for up to a week.")),
    "source_items": Label(_("Shows what came of a reading, and lets it be taken back.")),
    "source_hints": Label(_("So long a repeated hint is known as one.")),
    "run_items": Label(_("Shows why content was taken away, and lets it be given back. Open batches stay.")),
    "orphans": Label(_("Adopted, cancelled or gone from the platform. Open ones stay until somebody decides.")),
    "alerts": Label(_("What was over long ago helps nobody.")),
    "sessions": Label(_("To look into a sign-in that was not one's own.")),
    "accesses": Label(_("To answer who saw the data, also when an incident is found late.")),
    "customers": Label(
        _("After the last service ended. They are erased as if they had asked; values and dates stay without a name.")
    ),
}
ERASURE: Mapping[str, Label] = {
    "waiting": Label(_("Under way"), "orange", "clock"),
    "done": Label(_("Erased"), "green", "check"),
    "withdrawn": Label(_("Taken back"), "secondary"),
}
STAGE: Mapping[str, Label] = {
    "never": Label(_("Nothing of it was ever sent"), "secondary"),
    "proven": Label(_("Proven: the platform shows it no more"), "green", "check"),
    "sent": Label(_("Sent; this platform cannot prove it"), "azure", "send"),
    "going": Label(_("Under way"), "orange", "clock"),
    "person": Label(_("Waits for a person"), "red", "alert-triangle"),
}
ACCESS: Mapping[str, Label] = {
    "privacy.data": Label(_("All data of the person")),
    "privacy.export": Label(_("Export of all data")),
    "privacy.erasure": Label(_("Erasure")),
    "customers.index": Label(_("List of customers")),
    "customers.detail": Label(_("Page of the customer")),
    "customers.edit": Label(_("Form of the customer")),
    "customers": Label(_("Customer")),
    "services": Label(_("Service")),
    "sales": Label(_("Packages of a service")),
    "moves": Label(_("Migration or change of ownership")),
    "transmissions.index": Label(_("List of transmissions")),
    "transmissions.attempt": Label(_("Transmission")),
    "history.index": Label(_("History")),
    "orphans": Label(_("Orphan accounts")),
    "runs": Label(_("Reconciliation")),
    "kept": Label(_("Kept accounts")),
    "pulls": Label(_("Reading of a source")),
    "pulls.bad_rows_file": Label(_("File with rows that could not be used")),
    "privacy": Label(_("Privacy")),
    "packages": Label(_("Packages")),
    "first_run": Label(_("First steps")),
    "practice": Label(_("Practice platform")),
    "search": Label(_("Search")),
    "tables": Label(_("A list as a file")),
    "timeline": Label(_("Timeline")),
    "why": Label(_("Why does it not work?")),
    "bulk": Label(_("Work on many")),
    "fragments": Label(_("Part of a page")),
    "api": Label(pgettext("how data were read", "API")),
}
# Columns that a person reads; the rest stands in the export, by its own name.
COLUMN: Mapping[str, Label] = {
    "id": Label(_("Number")),
    "code": Label(_("Code")),
    "created_at": Label(_("Made")),
    "updated_at": Label(_("Last changed")),
    "erased_at": Label(_("Erased")),
    "enabled_at": Label(_("First enabled")),
    "paid_at": Label(_("Paying since")),
    "removed_at": Label(_("Removed")),
    "observed": Label(_("Observed")),
    "observed_at": Label(_("Observed at")),
    "desired": Label(_("Desired")),
    "applied": Label(_("On the platform")),
    "started_at": Label(_("Begun")),
    "finished_at": Label(_("Ended")),
    "http_status": Label(_("Status of the answer")),
    "request": Label(_("What was sent")),
    "response": Label(_("What was answered")),
    "at": Label(_("When")),
    "last_at": Label(_("Last time")),
    "actor": Label(_("Who")),
    "action": Label(_("What happened")),
    "label": Label(_("Name of the object")),
    "before": Label(_("Before")),
    "after": Label(_("After")),
    "reason": Label(_("Reason")),
    "external": Label(_("Id in the source")),
    "seen_at": Label(_("Last seen")),
    "payload": Label(_("What was read")),
    "customer_code": Label(_("Customer code")),
    "service_code": Label(_("Code of the service")),
    "changes": Label(_("What it changes")),
    "situation": Label(_("Situation")),
    "reference": Label(_("The hub's own id of the account")),
    "first_seen_at": Label(_("First seen")),
    "last_seen_at": Label(_("Last seen")),
    "opened_at": Label(_("Opened")),
    "closed_at": Label(_("Closed")),
    "what": Label(_("What was opened")),
    "times": Label(_("How often")),
    "requested_by": Label(_("Asked for by")),
    "requested_at": Label(_("Asked for at")),
    "done_at": Label(_("Done")),
    "kind": Label(_("Kind")),
    "package_id": Label(_("Package")),
    "source_id": Label(_("Source")),
    "missing_since": Label(_("Not seen since")),
}
STAYS: Mapping[str, Label] = {
    "values": Label(_("Values, dates, plans and packages, without a name")),
    "calls": Label(_("That calls were made, without their content")),
    "history": Label(_("Who here did what and when, without the person's data")),
    "accesses": Label(_("Who looked at the data")),
    "marks": Label(_("Marks from which nothing can be read, so that no source brings the person back")),
}
STAYS_WHY: Mapping[str, Label] = {
    "tax": Label(_("Tax law: five years (tax code, arts. 173 and 174)")),
    "consumer": Label(_("Defence in proceedings: five years (consumer code, art. 27; LGPD, art. 16, I)")),
    "security": Label(_("Accountability for the security of the data (LGPD, arts. 37 and 46)")),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "stays": STAYS, "stays_why": STAYS_WHY,
    "held": SECTION, "held_origin": ORIGIN, "held_purpose": PURPOSE, "held_ground": GROUND, "retention": RETENTION,
    "retention_why": RETENTION_WHY, "erasure": ERASURE, "erasure_stage": STAGE, "access": ACCESS,
}  # fmt: skip
EVENT: Mapping[str, Label] = {
    "customer.export": Label(_("Data of the person exported"), "purple"),
    "customer.erasure": Label(_("Erasure asked for"), "orange"),
    "customer.erasure_unproven": Label(_("Erased without proof from a platform"), "orange"),
    "customer.erasure_withdrawn": Label(_("Erasure taken back"), "secondary"),
    "customer.erased": Label(_("Person erased"), "red"),
    "customer.readmit": Label(_("Erased person admitted again"), "green"),
    "retention.update": Label(_("Retention periods changed"), "purple"),
    "retention.run": Label(_("Removed because its time was over"), "secondary"),
}
OBJECT: Mapping[str, Label] = {"retention": Label(_("Retention"), icon="clock")}
FACT: Mapping[str, Label] = {
    **{kind: words for kind, words in RETENTION.items() if kind not in ("orphans", "alerts")},
    "again": Label(_("Again, after a restore")),
    "format": Label(_("Format")),
    "orphans": Label(_("Orphan accounts that are over")),
    "alerts": Label(_("Closed alerts")),
}
