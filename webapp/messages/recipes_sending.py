"""What can go wrong with operations of several calls, batches, and a platform's own rules: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "wait_too_long": Entry(
        _("The platform took the order and did not finish it within {minutes} minutes."),
        _("The hub looks the account up and goes on from what it finds. If this happens often, ask the platform."),
    ),
    "step_gone": Entry(
        _("What the hub had made before on the platform is not there any more (step {step})."),
        _("Nothing to do: the hub begins again with the first step by itself."),
    ),
    "undo_failed": Entry(
        _("The platform refused the account, and what had been made before could not be taken back (step {step}). "
          "{message}"),
        _("Correct what it complains about and send again; the hub goes on after that step. If the sale is not "
          "wanted any more, take the package off: the hub then cancels what is left there."),
    ),
    "create_needs_account": Entry(
        _("To create this, the recipe needs a number of the platform ({name}), and the platform shows no such "
          "subscriber."),
        _("Create the subscriber on the platform first, or correct the recipe, and send again."),
    ),
    "batch_result_missing": Entry(
        _("Several subscribers went in one call, and the answer does not say clearly what became of this one."),
        _("Nothing to do: the hub asks the platform, or sends this one again where that is safe."),
    ),
    "nothing_sent": Entry(
        _("For this step nothing is sent to {gateway}."),
        _("Nothing to do: the hub answers from its own data, or the platform needs no call now."),
    ),
    "constraint_people_only": Entry(
        _("The platform takes people only, and this customer is a company."),
        _("Sell the package to a person, or choose a package of another platform."),
    ),
    "constraint_one_account": Entry(
        _("The platform allows one account per customer, and service {service} of this customer has one there."),
        _("Put the package on that service, or take it off there first and send this one again."),
    ),
    "constraint_one_product": Entry(
        _("The platform allows one product at a time, and these would be there together: {products}."),
        _("Take the other product off first and send this one again, or choose one package that holds both."),
    ),
    "constraint_same_kind": Entry(
        _("The platform allows one product of the kind {kind} per customer, and these are of that kind: {products}."),
        _("Take one of them off first and send the other one again."),
    ),
    "constraint_basic_missing": Entry(
        _("The platform needs a product of the kind {kind} beside these: {products}."),
        _("Sell a package with such a product as well, and send this one again."),
    ),
}  # fmt: skip
