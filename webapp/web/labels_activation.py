"""Words and icons of messages to subscribers, of their links, and of who never used what was sold."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as pgettext

from webapp.web.label import Label

MESSAGE_KIND: Mapping[str, Label] = {
    "created": Label(_("Account made"), "green", "user-check"),
    "password": Label(_("Another password"), "azure", "key"),
    "enabled": Label(_("Works again"), "green", "player-play"),
}
MESSAGE_STATE: Mapping[str, Label] = {
    "waiting": Label(pgettext("message", "Waits"), "azure", "clock"),
    "sent": Label(pgettext("message", "Sent"), "green", "circle-check"),
    "failed": Label(pgettext("message", "Failed"), "red", "alert-circle"),
    "skipped": Label(pgettext("message", "Not sent"), "secondary", "ban"),
}
MESSAGE_TEXT: Mapping[str, Label] = {
    "built_in": Label(_("Text of the hub"), "secondary", "file-text"),
    "own": Label(_("Text of its own"), "green", "pencil"),
    "off": Label(_("Is not sent"), "yellow", "player-pause"),
}
MESSAGES_SWITCH: Mapping[str, Label] = {
    "on": Label(pgettext("messages to subscribers", "Switched on"), "green", "circle-check"),
    "off": Label(pgettext("messages to subscribers", "Switched off"), "secondary", "player-pause"),
}
CUSTOMER_CHANNEL_KIND: Mapping[str, Label] = {
    "email": Label(_("E-mail"), icon="mail"),
    "whatsapp": Label("WhatsApp", icon="message-2"),
    "sms": Label("SMS", icon="send"),
}
KINDS: Mapping[str, Mapping[str, Label]] = {
    "message_kind": MESSAGE_KIND, "message_state": MESSAGE_STATE, "message_text": MESSAGE_TEXT,
    "messages_switch": MESSAGES_SWITCH, "customer_channel_kind": CUSTOMER_CHANNEL_KIND,
}  # fmt: skip
OBJECT: Mapping[str, Label] = {
    "customer_channel": Label(_("Customer channel"), icon="mail"),
    "message_template": Label(_("Text of a message"), icon="message-2"),
    "customer_messages": Label(_("Messages to subscribers"), icon="message-2"),
}
EVENT: Mapping[str, Label] = {
    "customer_channel.create": Label(_("Customer channel registered"), "green"),
    "customer_channel.update": Label(_("Customer channel changed"), "azure"),
    "customer_channel.activate": Label(_("Customer channel switched on"), "green"),
    "customer_channel.deactivate": Label(_("Customer channel switched off"), "red"),
    "customer_channel.order": Label(_("Order of customer channels changed"), "azure"),
    "customer_channel.delete": Label(_("Customer channel deleted"), "red"),
    "customer_channel.test": Label(_("Test message sent by a customer channel"), "azure"),
    "message_template.create": Label(_("Text of a message written"), "green"),
    "message_template.update": Label(_("Text of a message changed"), "azure"),
    "message_template.delete": Label(_("Text of a message taken back"), "red"),
    "customer_messages.on": Label(_("Messages to subscribers switched on"), "green"),
    "customer_messages.off": Label(_("Messages to subscribers switched off"), "red"),
    "customer_messages.release": Label(_("Messages that waited released"), "green"),
    "customer_messages.discard": Label(_("Messages that waited discarded"), "red"),
    "customer.messages_on": Label(_("Subscriber wants messages again"), "green"),
    "customer.messages_off": Label(_("Subscriber wants no messages"), "yellow"),
    "account.password_link": Label(_("Link to the password made"), "azure"),
    "account.password_seen": Label(_("Password seen by a link"), "azure"),
}
FACT: Mapping[str, Label] = {
    "password_allowed": Label(_("Passwords may go by it")),
    "position": Label(_("Place")),
    "to": Label(_("To")),
    "subject": Label(_("Subject")),
    "message_body": Label(_("Text")),
    "customer_channel_kind": Label(_("Kind")),
}
