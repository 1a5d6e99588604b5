"""What an attendant may send to the customer, as a message: polite, short, without words or numbers of ours."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _

_DEVICE = _(
    "Hello, {name}! We checked: your {package} is active on our side. Please close the app and open it again, see"
    " whether it is up to date, and sign in with the log-in that we gave you. If it still does not work, tell us which"
    " message appears, and we will look at it together."
)
_WORKING = _(
    "Hello, {name}! We saw that your {package} is not working yet. We are already on it and will write to you as soon"
    " as it does. You need not do anything."
)
_SOON = _(
    "Hello, {name}! Your {package} is being activated at this moment. It takes some minutes; then open the app and"
    " sign in. If it does not work in half an hour, write to us."
)
_DEBT = _(
    "Hello, {name}! Your {package} is paused because there is something open on your contract. As soon as it is"
    " settled, it comes back by itself within minutes. If you have paid already, send us the receipt, please."
)
_AWAY = _(
    "Hello, {name}! The platform of your {package} has a problem at present; it is not your connection. It comes back"
    " by itself as soon as they have solved it. We are following it."
)
_ENDED = _(
    "Hello, {name}! Your {package} was ended on your contract. If you would like to have it back, we will gladly"
    " switch it on again: just tell us."
)
_UNSOLD = _(
    "Hello, {name}! The streaming package is not part of your contract yet. Shall we tell you which ones there are,"
    " and what they cost?"
)
_PAUSED = _(
    "Hello, {name}! Your {package} is paused, as you asked us. It comes back when the pause ends; if you want it"
    " earlier, just tell us."
)
_LATER = _("Hello, {name}! Your {package} begins on {day}. It is switched on by itself on that day.")
_DELIVERY = _(
    "Hello, {name}! Your {package} is switched on as soon as your internet is installed. You need not do anything."
)
_CONFIRM = _(
    "Hello, {name}! Your {package} only waits for you: please open the e-mail or SMS that the platform sent you"
    " (look into the spam folder, too) and follow its link. If you did not get it, tell us and we will"
    " have it sent again."
)  # fmt: skip
_DATA = _(
    "Hello, {name}! To switch on your {package} we must confirm some data of yours. Please send us your full name,"
    " e-mail and phone number as they are today."
)
_STILL = _("Hello, {name}! Your {package} works. If it does not for you, tell us which message appears in the app.")

# By verdict; whatever is not named here is being worked on.
CUSTOMER: Mapping[str, Any] = {
    **dict.fromkeys(("why_fine", "why_fine_unseen"), _DEVICE),
    **dict.fromkeys(("why_being_sent", "why_queued", "why_queued_later", "why_looking_up"), _SOON),
    **dict.fromkeys(("why_suspended_debt", "why_suspended_partly", "why_not_made_unpaid"), _DEBT),
    **dict.fromkeys(("why_way_silent", "why_retrying"), _AWAY),
    **dict.fromkeys(("why_service_ended", "why_right_ended", "why_package_removed"), _ENDED),
    **dict.fromkeys(
        ("why_nothing_sold", "why_nothing_sold_locked", "why_nothing_sold_plan", "why_no_service"), _UNSOLD
    ),
    **dict.fromkeys(("why_paused", "why_paused_open", "why_suspended_request"), _PAUSED),
    "why_right_later": _LATER,
    "why_waiting_delivery": _DELIVERY,
    "why_waits_customer": _CONFIRM,
    "why_field": _DATA,
    **dict.fromkeys(("why_suspension_waits", "why_suspension_coming", "why_still_watches"), _STILL),
}
WORKING = _WORKING
# Nobody is written to of these.
SILENT = frozenset({"why_erased", "why_no_platform"})
