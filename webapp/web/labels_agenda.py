"""Words of what is planned: kinds of entries of the calendar, new values, campaigns, guided moves."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

AGENDA: Mapping[str, Label] = {
    "pause": Label(_("Suspension at the customer's request"), "yellow", "player-pause"),
    "return": Label(_("Return from a pause"), "green", "player-play"),
    "start": Label(_("Package begins"), "green", "package"),
    "end": Label(_("Package or trial ends"), "orange", "hourglass"),
    "free_end": Label(_("Free months end"), "azure", "gift"),
    "exempt_end": Label(_("Exemption from suspension ends"), "orange", "lock"),
    "contract_end": Label(_("Contract ends"), "secondary", "file-text"),
    "move": Label(_("Guided move begins"), "purple", "transfer"),
    "price": Label(_("New values"), "azure", "percentage"),
    "campaign_first": Label(_("Campaign begins"), "green", "gift"),
    "campaign_last": Label(_("Last day of a campaign"), "orange", "gift"),
    "billing": Label(_("Billing day of a platform"), "secondary", "file-invoice"),
}
PRICE_CHANGE: Mapping[str, Label] = {
    "planned": Label(pgettext("price", "Planned"), "azure", "clock"),
    "applying": Label(pgettext("price", "Being applied"), "azure", "clock"),
    "applied": Label(pgettext("price", "Applied"), "green", "circle-check"),
    "dropped": Label(pgettext("price", "Dropped"), "secondary", "circle-x"),
    "returned": Label(pgettext("price", "Taken back"), "secondary", "history"),
    "refused": Label(pgettext("price", "Could not be applied"), "red", "alert-triangle"),
}
CAMPAIGN: Mapping[str, Label] = {
    "coming": Label(pgettext("campaign", "To come"), "azure", "clock"),
    "running": Label(pgettext("campaign", "Running"), "green", "circle-check"),
    "over": Label(pgettext("campaign", "Over"), "secondary", "circle-x"),
    "stopped": Label(pgettext("campaign", "Stopped"), "secondary", "ban"),
}
GUIDED_MOVE: Mapping[str, Label] = {
    "asked": Label(pgettext("move", "Waits for its day"), "azure", "clock"),
    "making": Label(pgettext("move", "New account is being made"), "azure", "clock"),
    "checking": Label(pgettext("move", "New account is being looked at"), "azure", "eye"),
    "ending": Label(pgettext("move", "Old account is ending"), "azure", "clock"),
    "done": Label(pgettext("move", "Done"), "green", "circle-check"),
    "stopped": Label(pgettext("move", "Stopped"), "secondary", "circle-x"),
    "held": Label(pgettext("move", "Waits for a person"), "orange", "alert-triangle"),
}
MOVE_KIND: Mapping[str, Label] = {
    "holder": Label(_("Change of ownership"), icon="transfer"),
    "email": Label(_("Change of e-mail"), icon="mail"),
}
MOVE_STEP: Mapping[str, Label] = {
    "asked": Label(_("Asked for"), "green", "circle-check"),
    "made": Label(_("New service made"), "green", "circle-check"),
    "standing": Label(_("New accounts stand on the platforms"), "green", "circle-check"),
    "checked": Label(_("Platforms were asked and show them"), "green", "circle-check"),
    "ended": Label(_("Old service ended"), "green", "circle-check"),
    "rest_made": Label(_("What had to wait was sold on the new service"), "green", "circle-check"),
    "done": Label(_("Old accounts have ended: done"), "green", "circle-check"),
    "failed": Label(_("Something is in the way"), "orange", "alert-triangle"),
    "went_on": Label(_("A person let it go on"), "azure", "player-play"),
    "stopped": Label(_("A person stopped it; the old service stays"), "secondary", "circle-x"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "agenda": AGENDA, "price_change": PRICE_CHANGE, "campaign": CAMPAIGN, "guided_move": GUIDED_MOVE,
    "move_kind": MOVE_KIND, "move_step": MOVE_STEP,
}  # fmt: skip
EVENT: Mapping[str, Label] = {
    "price.plan": Label(_("New value planned"), "azure"),
    "price.apply": Label(_("New value applied"), "green"),
    "price.drop": Label(_("Planned value dropped"), "secondary"),
    "price.take_back": Label(_("New value taken back"), "orange"),
    "price.refuse": Label(_("Planned value could not be applied"), "red"),
    "package.readjust": Label(_("Value of the package readjusted"), "azure"),
    "sale.readjust": Label(_("Value of a package sold readjusted"), "azure"),
    "sale.keep": Label(_("Package kept after its trial"), "green"),
    "campaign.create": Label(_("Campaign made"), "green"),
    "campaign.stop": Label(_("Campaign stopped"), "orange"),
    "guided_move.ask": Label(_("Guided move asked for"), "purple"),
    "guided_move.done": Label(_("Guided move done"), "green"),
    "guided_move.go_on": Label(_("Guided move goes on"), "azure"),
    "guided_move.stop": Label(_("Guided move stopped"), "orange"),
    "service.email": Label(_("Change of e-mail"), "purple"),
}
OBJECT: Mapping[str, Label] = {
    "campaign": Label(_("Campaign"), icon="gift"),
    "price": Label(_("New values"), icon="percentage"),
    "guided_move": Label(_("Guided moves"), icon="user-check"),
}
FACT: Mapping[str, Label] = {
    "percent": Label(_("Percentage")),
    "amount": Label(_("New value")),
    "from_on": Label(_("From")),
    "until_on": Label(_("Until")),
    "also_sold": Label(_("Also what is sold already")),
    "free_months": Label(_("Free months")),
    "trial": Label(_("Ends with the free months")),
    "on": Label(_("Day")),
    "move": Label(_("Move")),
}
