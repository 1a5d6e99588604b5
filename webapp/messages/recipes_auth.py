"""What can go wrong while the hub shows a platform who it is: cause and next step."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

ENTRIES: dict[str, Entry] = {
    "address_not_allowed": Entry(
        _("The platform does not take calls from the hub's Internet address. {message}"),
        _(
            "Ask the platform to allow that address. It is the one that this server shows to the Internet: open a "
            "page that tells visitors their address on this server, or ask whoever runs your network. Then press Test."
        ),
    ),
    "clock_skew": Entry(
        _("The hub's clock and the platform's differ by {seconds} seconds; more than {limit} are refused."),
        _("Set this server's clock and let NTP keep it (timedatectl), then press Test again."),
    ),
    "code_not_delivered": Entry(
        _("The platform was asked for a code, and delivered none to the hub at {host} within {seconds} seconds."),
        _(
            "Give the platform the redirect address that stands on the integration's page, check that {host} can be "
            "reached from the Internet, and press Test again."
        ),
    ),
    "code_needs_integration": Entry(
        _("The platform delivers its code to the hub's redirect address, and a try-out has none."),
        _("Make an integration of this gateway and press Test there."),
    ),
    "redirect_url_unknown": Entry(
        _("The platform delivers a code to the hub, and the hub does not know its own address."),
        _("Put the address under which the Internet reaches the hub into SINTONIA_BASE_URL and restart it."),
    ),
    "token_busy": Entry(
        _("Another process of the hub is logging in to the platform and has not finished."),
        _("Nothing was sent. The hub tries again by itself."),
    ),
}
