"""Messages of what subscribers are told, of their links, and of who never began to use what was sold."""

from flask_babel import lazy_gettext as _

from webapp.messages.entry import Entry

_ASK_ANEW = _("Ask your provider for a new link.")
ENTRIES: dict[str, Entry] = {
    "activation_no_address": Entry(
        _("The setting SINTONIA_BASE_URL does not say at which address people reach the hub, so no link would work."),
        _("Set it, start the hub again, and come back."),
    ),
    "activation_text_long": Entry(_("The text has more than {most} characters."), _("Make it shorter.")),
    "activation_text_unreadable": Entry(
        _("The text cannot be read from line {line} on."), _("Write each word as {{{{ nome }}}}, with two braces.")
    ),
    "activation_text_program": Entry(
        _("The text holds more than words to be filled in."), _("Use only words in double braces.")
    ),
    "activation_word_unknown": Entry(_("Nobody knows the word {word}."), _("Known are: {known}.")),
    "template_empty": Entry(_("The text is empty."), _("Write what the subscriber shall read.")),
    "template_kind_unknown": Entry(_("There is no message of the kind {kind}."), _("Go back to the list.")),
    "customer_channel_unknown": Entry(
        _("There is no customer channel with the id {id}."), _("Go back to the list; it may have been deleted.")
    ),
    "customer_channel_blank": Entry(
        _("The address has no place for the subscriber's own, or the wrong one."),
        _("Write {blank} where the subscriber's own address belongs."),
    ),
    "customer_channel_to_unfit": Entry(
        _("Nothing can be sent to this address."),
        _("Write an e-mail, or a mobile number with its area, such as 11987654321."),
    ),
    "customer_channel_often": Entry(_("Too many test messages in a short time."), _("Wait a minute.")),
    "messages_channel_failed": Entry(
        _("The customer channel {channel} does not take messages."),
        _("Open the messages to subscribers, look at the cause, mend the address and send a test message."),
    ),
    "messages_held": Entry(
        _("{count} messages to subscribers are more than usual at once, so they wait for a person."),
        _("Open the messages to subscribers, look why they are so many, and release or discard them."),
    ),
    "messages_of_erased": Entry(
        _("This person was erased; nobody is told anything."), _("There is nothing to do.")
    ),
    "message_opted_out": Entry(
        _("The subscriber asked for no messages."), _("Switch them on at the subscriber's page.")
    ),
    "message_needless": Entry(
        _("It was not true any more: the account was changed or ended, or the platform is inactive."),
        _("There is nothing to do."),
    ),
    "message_no_address": Entry(
        _("No active channel reaches the subscriber: e-mail or mobile number are missing."),
        _("Complete the customer, or add a channel."),
    ),
    "message_kind_off": Entry(
        _("Messages of this kind are switched off."), _("Open the text of this message and switch it on.")
    ),
    "message_late": Entry(
        _("The platform had not accepted the change a day later."), _("Look at the account; resend when it is done.")
    ),
    "message_switched_off": Entry(_("Messages to subscribers were switched off."), _("Switch them on.")),
    "message_observing": Entry(
        _("The hub only observed, after an older copy of the database was put in place."),
        _("Approve the adoption; new messages go out afterwards."),
    ),
    "message_discarded": Entry(_("A person discarded it."), _("There is nothing to do.")),
    "password_link_unknown": Entry(_("This link is not good, or not any more."), _ASK_ANEW),
    "password_link_ended": Entry(
        _("The account was ended, so there is nothing to see any more."), _("Sell the package again first.")
    ),
    "password_link_often": Entry(_("Too many links in a short time."), _("Wait a minute.")),
    "never_used_no_reason": Entry(_("The account is in use already."), _("There is nothing to do.")),
    "never_used_messages_off": Entry(
        _("Subscribers are told nothing: the messages are switched off."),
        _("An administrator switches them on under messages to subscribers."),
    ),
    "never_used_told_today": Entry(_("The subscriber was told today already."), _("Wait until tomorrow.")),
    "bulk_what_never_used_tell": Entry(
        _(
            "Each subscriber is told anew how to sign in; "
            "a platform that waits for its user sends its activation again."
        ),
        _("Whether it helped is counted on the page for seven days."),
    ),
}  # fmt: skip
