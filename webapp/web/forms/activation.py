"""The forms of messages to subscribers: channels by plain fields, and the words."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional, Regexp

from webapp.decide.activation import EMAIL, EMAIL_BLANK, PHONE_BLANK, SMS, WHATSAPP
from webapp.models import CustomerChannel, MessageTemplate
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.activation.texts import TemplateInput, Words
from webapp.services.channel_kinds import KINDS, build_address
from webapp.web.forms.base import REQUIRED, PageForm, longest, parse_input, strip
from webapp.web.forms.channels import SECURITY
from webapp.web.forms.secret import SecretField


class CustomerChannelForm(PageForm):
    """What every customer channel has; subclasses add plain fields from which the address is made."""

    kind = SMS
    service, blank, numbers = "", PHONE_BLANK, "phones"
    version = HiddenField()
    description = StringField(
        _("Description"), [InputRequired(REQUIRED), longest(200)], filters=[strip],
        description=_("Such as E-mail of the provider."),
    )  # fmt: skip
    password_allowed = BooleanField(
        _("Passwords may go by this channel"),
        description=_("Without it, the message carries a link that shows the password once."),
    )

    def show(self, channel: CustomerChannel) -> None:
        """Take the values of a channel; its address is never among them."""
        self.description.data, self.password_allowed.data = channel.description, channel.password_allowed
        self.version.data = str(channel.version)

    def address_fields(self) -> list[Field]:
        """Return the fields from which the address is made."""
        own = ("version", "description", "password_allowed", "csrf_token", "submit")
        return [field for field in self if field.short_name not in own]

    def to_input(self) -> CustomerChannelInput:
        """Return the channel as the use case takes it; without an address when its fields are empty.

        Raises:
            Invalid: show every problem beside its field.
        """
        common = {"description": self.description.data, "password_allowed": bool(self.password_allowed.data)}
        return parse_input(CustomerChannelInput, {**common, "kind": self.kind, "address": self._address()})

    def find_field(self, path: str) -> Field | None:
        """What is wrong with the address as a whole stands beside its first field."""
        return super().find_field(path if path in self else self.address_fields()[0].short_name)

    def _address(self) -> str | None:
        whole = (self["address"].data or "").strip() if "address" in self else ""
        if whole or not self.service:
            return whole or None
        given: Mapping[str, str] = {field.short_name: field.data or "" for field in self.address_fields()}
        if not any(given.get(name) for name in KINDS[self.service].needed):
            return None
        built = build_address(KINDS[self.service], {**given, self.numbers: self.blank})
        return built.replace(quote(self.blank, safe=""), self.blank) if built else None


class MailForm(CustomerChannelForm):
    """E-mail by a server of the provider's own, or of a service."""

    kind, service, blank, numbers = EMAIL, "email", EMAIL_BLANK, "recipients"
    server = StringField(_("SMTP server"), [longest(200)], filters=[strip], description=_("Such as smtp.example.com."))
    port = StringField(
        _("Port"), [Optional(), Regexp(r"^\d{1,5}$", message=_("Write a number."))], filters=[strip],
        description=_("Empty = the usual one."),
    )  # fmt: skip
    security = SelectField(_("Encryption"), choices=SECURITY, default="starttls")
    user = StringField(_("User"), [longest(200)], filters=[strip], description=_("Empty = without signing in."))
    password = SecretField(_("Password"), [longest(400)])
    sender = StringField(_("From"), [longest(254)], filters=[strip])


class WhatsAppForm(CustomerChannelForm):
    """WhatsApp by an Evolution API of the provider's own, or by any service that apprise knows."""

    kind, service = WHATSAPP, "evolution"
    server = StringField(
        _("Server of the Evolution API"), [longest(300)], filters=[strip],
        description=_("Such as https://zap.example.com."),
    )  # fmt: skip
    key = SecretField(_("API key"), [longest(400)])
    instance = StringField(_("Instance"), [longest(100)], filters=[strip])
    address = SecretField(
        _("Or an apprise address"), [longest(2000)],
        description=_("With {phone} where the number belongs, such as whatsapp://token@id/{phone}."),
    )  # fmt: skip


class SmsForm(CustomerChannelForm):
    """SMS by any service that apprise knows."""

    kind = SMS
    address = SecretField(
        _("Apprise address"), [longest(2000)],
        description=_("With {phone} where the number belongs, such as jsons://sms.example.com/send/{phone}."),
    )  # fmt: skip


FORMS: Mapping[str, type[CustomerChannelForm]] = {form.kind: form for form in (MailForm, WhatsAppForm, SmsForm)}


class TryForm(PageForm):
    """To whom a test message goes."""

    compares = False
    to = StringField(_("To"), [InputRequired(REQUIRED), longest(254)], filters=[strip])


class TemplateForm(PageForm):
    """The words of one kind of message."""

    version = HiddenField()
    subject = StringField(
        _("Subject"), [longest(200)], filters=[strip], description=_("Of e-mails; other channels put it on top.")
    )
    body = TextAreaField(_("Text"), [InputRequired(REQUIRED), longest(4000)], render_kw={"rows": 12})
    active = BooleanField(_("This message is sent"), default=True)

    def show(self, words: Words, template: MessageTemplate | None) -> None:
        """Take the words that count now."""
        self.subject.data, self.body.data, self.active.data = words.subject, words.body, words.active
        self.version.data = str(template.version) if template is not None else ""

    def to_input(self, package_id: int | None) -> TemplateInput:
        """Return the words as the use case takes them.

        Raises:
            Invalid: show every problem beside its field.
        """
        values: dict[str, Any] = {"subject": self.subject.data or "", "body": (self.body.data or "").replace("\r", "")}
        return parse_input(TemplateInput, {**values, "active": bool(self.active.data), "package_id": package_id})
