"""Help of messages to subscribers and of who never used what was sold."""

from flask_babel import lazy_gettext as _

from webapp.web.help.topic import Topic

TOPICS: tuple[Topic, ...] = (
    Topic(
        ("activation.index", "activation.turn"),
        (
            _("Here you decide whether subscribers are told log-in and steps, by which channel and in which words."),
            _("Add a channel, send a test message, look at the texts, and only then switch on."),
            _("More than 200 at once wait for you to release or discard them."),
        ),
        "ativacao#ligar-as-mensagens",
    ),
    Topic(
        ("activation.new_channel", "activation.edit_channel"),
        (
            _("A way to reach subscribers: the address is kept encrypted and never shown again."),
            _("Passwords go by it only where you allow it; else the message carries a link that shows it once."),
        ),
        "ativacao#canais",
    ),
    Topic(
        ("activation.text",),
        (
            _("The words of a message: for all packages, or for one that shall have its own."),
            _("Words in double braces are filled in; below you see the message to somebody made up."),
        ),
        "ativacao#textos",
    ),
    Topic(
        ("activation.messages",),
        (
            _("Whom the hub told what, when, and why somebody was not told."),
            _("The words themselves are not kept, and of the address only enough to know it again."),
        ),
        "ativacao#quem-foi-avisado",
    ),
    Topic(
        ("activation.make_link",),
        (
            _("Hand this link over yourself, by phone or WhatsApp: it shows log-in and password once, for 48 hours."),
            _("A former link of this account that nobody opened works no more."),
        ),
        "ativacao#link-para-ver-a-senha",
    ),
    Topic(
        ("never_used.index",),
        (
            _("Who was sold something and never finished the check-out or never signed in."),
            _("Choose some of them, or all, and tell them anew; seven days later you see whether it helped."),
            _("Some platforms do not tell who signs in; their accounts cannot stand here."),
        ),
        "ativacao#quem-nunca-usou",
    ),
)
