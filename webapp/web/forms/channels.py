"""The forms of alert channels: what all have, and the plain fields of each service."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional, Regexp

from webapp.models import Channel, Operator
from webapp.services.channel_kinds import KINDS, OTHER, build_address
from webapp.services.channels import ChannelInput
from webapp.web.forms.base import REQUIRED, PageForm, longest, optional_id, parse_input, strip
from webapp.web.forms.secret import SecretField

LEVELS = (("warn", _("All alerts")), ("fail", _("Only what does not work")))
SECURITY = (
    ("starttls", _("STARTTLS (usual, port 587)")), ("ssl", _("TLS from the start (port 465)")),
    ("insecure", _("None: a server of your own network")),
)  # fmt: skip
HOOK_HELP = _("The whole address, as the service shows it. Whoever has it can write there.")
PHONES_HELP = _("With country and area, digits only, such as 5511987654321; several with commas.")


class ClockField(StringField):
    """An hour of the day, ``HH:MM``; empty = None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = (valuelist[0].strip() if valuelist else "") or None


def _clock(text: Any, help_text: Any) -> ClockField:
    shape = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message=_("Write a time like 22:00."))
    return ClockField(text, [Optional(), shape], description=help_text)


class ChannelForm(PageForm):
    """What every channel has; subclasses add the fields of one service."""

    kind = OTHER
    version = HiddenField()
    description = StringField(
        _("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("Who is told by it, such as Support on duty."),
    )  # fmt: skip
    level = SelectField(_("Told of"), choices=LEVELS, default="warn")
    quiet_from = _clock(_("Quiet from"), _("What comes up in quiet hours is told at their end, if it still lasts."))
    quiet_until = _clock(_("Quiet until"), _("May be on the next day. Empty = no quiet hours."))
    quiet_fail = BooleanField(
        _("What does not work waits in quiet hours too"),
        description=_("Without it, such alerts are told at once, at night too."),
    )
    recoveries = BooleanField(_("Tell when a cause is over"), default=True)
    operator_id = SelectField(
        _("Belongs to"), [Optional()], choices=[], coerce=optional_id,
        description=_(
            "An administrator. Messages about a batch that waits then carry a link that decides in the name of this"
            " person, without signing in: choose it only for a channel that nobody else reads."
        ),
    )  # fmt: skip

    def offer(self, people: Sequence[Operator]) -> None:
        """Fill the choice of persons."""
        nobody = ("", _("Nobody: messages carry no approval link"))
        self.operator_id.choices = [nobody, *((str(one.id), one.email) for one in people)]

    def show(self, channel: Channel) -> None:
        """Take the values of a channel; its address is never among them."""
        for name in ("description", "level", "quiet_from", "quiet_until", "quiet_fail", "recoveries", "operator_id"):
            self[name].data = getattr(channel, name)
        self.version.data = str(channel.version)

    def address_fields(self) -> list[Field]:
        """Return the fields from which the address is made."""
        wanted = KINDS[self.kind].fields
        return [field for field in self if field.short_name in wanted]

    def to_input(self) -> ChannelInput:
        """Return the channel as the use case takes it; without an address when its fields are empty.

        Raises:
            Invalid: show every problem beside its field.
        """
        values = {name: self[name].data or "" for name in KINDS[self.kind].fields}
        common = {name: self[name].data for name in ChannelInput.model_fields if name in self and name != "address"}
        return parse_input(ChannelInput, {**common, "address": build_address(KINDS[self.kind], values)})

    def validate(self, extra_validators: Any = None) -> bool:
        """Quiet hours have two ends, or none."""
        good = bool(super().validate(extra_validators))
        if bool(self.quiet_from.data) != bool(self.quiet_until.data):
            empty = self.quiet_until if self.quiet_from.data else self.quiet_from
            empty.errors = [*empty.errors, _("Give both ends of the quiet hours, or none.")]
            return False
        return good

    def find_field(self, path: str) -> Field | None:
        """What is wrong with the address as a whole stands beside its first field."""
        return super().find_field(path if path in self else self.address_fields()[0].short_name)


class EmailForm(ChannelForm):
    """E-mail by a server of the provider's own, or of a service."""

    kind = "email"
    server = StringField(_("SMTP server"), [longest(200)], filters=[strip], description=_("Such as smtp.example.com."))
    port = StringField(
        _("Port"), [Optional(), Regexp(r"^\d{1,5}$", message=_("Write a number."))], filters=[strip],
        description=_("Empty = the usual one."),
    )  # fmt: skip
    security = SelectField(_("Encryption"), choices=SECURITY, default="starttls")
    user = StringField(_("User"), [longest(200)], filters=[strip], description=_("Empty = without signing in."))
    password = SecretField(_("Password"), [longest(400)])
    sender = StringField(_("From"), [longest(254)], filters=[strip])
    recipients = StringField(_("To"), [longest(1000)], filters=[strip], description=_("Several with commas."))


class TelegramForm(ChannelForm):
    """A bot of Telegram."""

    kind = "telegram"
    token = SecretField(_("Token of the bot"), [longest(200)], description=_("From @BotFather: 123456789:AA..."))
    chats = StringField(
        _("Chats"), [longest(400)], filters=[strip],
        description=_("Ids of persons or groups who have written to the bot; a group's begins with a minus sign."),
    )  # fmt: skip


class WhatsAppForm(ChannelForm):
    """WhatsApp by the Cloud API of Meta."""

    kind = "whatsapp"
    token = SecretField(_("Access token"), [longest(1000)])
    sender_id = StringField(_("Id of the sender's phone number"), [longest(40)], filters=[strip])
    phones = StringField(_("Phone numbers"), [longest(400)], filters=[strip], description=PHONES_HELP)
    template = StringField(
        _("Template"), [longest(200)], filters=[strip],
        description=_("Meta delivers free text only within 24 hours of an answer; else a template must be approved."),
    )  # fmt: skip


class EvolutionForm(ChannelForm):
    """WhatsApp by an Evolution API of the provider's own."""

    kind = "evolution"
    server = StringField(
        _("Server"), [longest(300)], filters=[strip], description=_("Such as https://zap.example.com.")
    )
    key = SecretField(_("API key"), [longest(400)])
    instance = StringField(_("Instance"), [longest(100)], filters=[strip])
    phones = StringField(_("Phone numbers"), [longest(400)], filters=[strip], description=PHONES_HELP)


class SlackForm(ChannelForm):
    """An incoming web hook of Slack."""

    kind = "slack"
    webhook = SecretField(_("Web hook"), [longest(1000)], description=HOOK_HELP)


class DiscordForm(SlackForm):
    """A web hook of Discord."""

    kind = "discord"


class TeamsForm(SlackForm):
    """A workflow of Microsoft Teams."""

    kind = "teams"


class NtfyForm(ChannelForm):
    """A topic of ntfy."""

    kind = "ntfy"
    topic = SecretField(_("Topic"), [longest(100)], description=_("Whoever knows the topic can read it: make it long."))
    server = StringField(_("Server"), [longest(300)], filters=[strip], description=_("Empty = ntfy.sh."))
    token = SecretField(_("Access token"), [longest(200)])


class JsonForm(ChannelForm):
    """A program of the provider's own that takes JSON."""

    kind = "json"
    url = SecretField(_("Address of the program"), [longest(1000)], description=_("Such as https://erp.example.com/x."))
    user = StringField(_("User"), [longest(200)], filters=[strip])
    password = SecretField(_("Password"), [longest(400)])


class OtherForm(ChannelForm):
    """Any service that apprise knows."""

    address = SecretField(
        _("Apprise address"), [longest(2000)],
        description=_("Such as gotifys://server/token. More than a hundred services: see the documents of apprise."),
    )  # fmt: skip


FORMS: Mapping[str, type[ChannelForm]] = {
    form.kind: form
    for form in (
        EmailForm, TelegramForm, WhatsAppForm, EvolutionForm, SlackForm, DiscordForm, TeamsForm, NtfyForm, JsonForm,
        OtherForm,
    )
}  # fmt: skip
