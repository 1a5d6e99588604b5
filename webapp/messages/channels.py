"""Messages of channels, and of the links by which a batch is decided."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

CHANNELS: dict[str, Entry] = {
    "channel_unknown": Entry(
        _("There is no alert channel with the id {id}."), _("Go back to the list; it may have been deleted.")
    ),
    "channel_address_missing": Entry(_("The address is missing."), _("Fill in the fields of the service.")),
    "channel_field_missing": Entry(_("This field is needed for the address."), _("Fill it in.")),
    "channel_web_address": Entry(
        _("The address does not begin with http:// or https://."), _("Write it as a browser shows it.")
    ),
    "channel_address_unknown": Entry(
        _("The address is not understood as one of the service {scheme}."),
        _("Compare each part with the help of the field; the documents of apprise show an example for each service."),
    ),
    "channel_local_refused": Entry(
        _("The service {scheme} acts on the machine of the hub itself, or keeps keys in its files."),
        _("Use a service that is reached over the network, such as e-mail or Telegram."),
    ),
    "channel_file_refused": Entry(
        _("The part {option} of the address loads a file; the hub sends plain texts only."),
        _("Leave this part out."),
    ),
    "channel_server_refused": Entry(
        _("The server of the address stands in a network that no channel may reach."),
        _("Give the server by an address of your own network, or of the internet."),
    ),
    "channel_operator_unfit": Entry(
        _("Only an administrator who may sign in can own a channel with approval links."),
        _("Choose another person, or leave the field empty."),
    ),
    "channel_failed": Entry(
        _("The channel {channel} could not be told of alerts, not even after several tries."),
        _("Open the alert channels, look at the cause, mend the address and send a test message."),
    ),
}
OUTCOMES: dict[str, Entry] = {
    "channel_status": Entry(
        _("The service refused the message."),
        _("Check token, password and recipient of the address, and that the service still accepts them."),
    ),
    "channel_unreachable": Entry(
        _("The service could not be reached."),
        _("Check the server and the port of the address, and that the hub may reach the internet."),
    ),
    "channel_timeout": Entry(
        _("The service did not answer in time; the message may have arrived all the same."),
        _("Look at the recipient; if nothing came, check server and port, and try again."),
    ),
    "channel_busy": Entry(
        _("A message before this one is still under way on this channel."), _("Wait a minute and try again.")
    ),
    "channel_not_taken": Entry(
        _("The service did not take the message."),
        _("Check token, password and recipient of the address; send a test message after each change."),
    ),
    "channel_sealed_shut": Entry(
        _("The address cannot be opened: the key with which it was sealed is gone."),
        _("Restore the encryption keys, or type the address anew."),
    ),
    "channel_test_often": Entry(_("Too many test messages in a short time."), _("Wait a minute and try again.")),
}
LINKS: dict[str, Entry] = {
    "approval_link_unknown": Entry(
        _("This link is not valid, or it was withdrawn."), _("Sign in to the hub to see what waits for a decision.")
    ),
    "approval_link_used": Entry(
        _("This link was used already; it works only once."), _("Sign in to the hub to see what came of it.")
    ),
    "approval_link_expired": Entry(
        _("This link has expired."), _("Sign in to the hub; what still waits is decided there.")
    ),
    "approval_link_changed": Entry(
        _("The plan has changed since this link was sent: it is about other accounts now."),
        _("Nothing was done. Wait for the next message, or sign in to the hub to see the new plan."),
    ),
    "approval_link_decided": Entry(
        _("This batch waits for nobody any more: it was decided, has expired, or a newer plan took its place."),
        _("Sign in to the hub to see what came of it."),
    ),
    "approval_link_powerless": Entry(
        _("The person to whom this link was sent is no longer an administrator who may sign in."),
        _("Nothing was done. Another administrator can decide in the hub."),
    ),
}
ENTRIES: dict[str, Entry] = {**CHANNELS, **OUTCOMES, **LINKS}
