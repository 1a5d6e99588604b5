"""Messages to subscribers: whether they go out, channels, words, what was told, links, who wants none."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.auth import ADMIN_SCOPE, READ, WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.paging import page
from webapp.api.problems import words
from webapp.api.schemas.activation import (
    CUSTOMER_CHANNEL,
    LINK,
    MESSAGE,
    SWITCH,
    TEMPLATE,
    UNUSED,
    ChannelActiveInput,
    CustomerChannelList,
    CustomerChannelOut,
    HeldInput,
    LinkOut,
    MessageOut,
    MessagePage,
    MessageQuery,
    MessagesInput,
    SwitchOut,
    TemplateList,
    TemplateOut,
    TemplateQuery,
    ToInput,
    UnusedOut,
    UnusedPage,
    UnusedQuery,
    WantsInput,
    WantsOut,
)
from webapp.api.schemas.channels import TEST, ChannelTestOut
from webapp.decide.activation import KINDS, LINK_GOOD_FOR
from webapp.extensions import db
from webapp.models import Account, Customer, CustomerChannel, CustomerMessage, Service
from webapp.services.activation import channels, links, subscriber, switch, texts
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.activation.texts import TemplateInput, Words
from webapp.services.errors import NotFound
from webapp.services.never_used.listing import unused_rows


@bp.get("/customer-messages/switch")
@needs(ADMIN_SCOPE)
@bp.output(SwitchOut, example=SWITCH)
def read_messages_switch() -> SwitchOut:
    """Tell whether subscribers are told, and what waits."""
    waits = switch.waiting()
    return SwitchOut(on=switch.is_on(), waiting=waits.due, held=waits.held)


@bp.put("/customer-messages/switch")
@needs(ADMIN_SCOPE)
@bp.input(MessagesInput, example={"on": True})
@bp.output(SwitchOut, example=SWITCH)
def switch_messages(json_data: MessagesInput) -> SwitchOut:
    """Begin to tell subscribers, or cease; nobody is told of what was before."""
    switch.switch(json_data.on)
    return read_messages_switch()


@bp.post("/customer-messages/held")
@needs(ADMIN_SCOPE)
@bp.input(HeldInput, example={"decision": "release", "reason": "They paid"})
@bp.output(SwitchOut, example=SWITCH)
def settle_held_messages(json_data: HeldInput) -> SwitchOut:
    """Release or discard the messages that wait for a person."""
    act = switch.release if json_data.decision == "release" else switch.discard
    act(json_data.reason)
    return read_messages_switch()


@bp.get("/customer-messages")
@needs(READ)
@bp.input(MessageQuery, location="query")
@bp.output(MessagePage, example={"items": [MESSAGE], "next_cursor": None})
def list_messages(query_data: MessageQuery) -> MessagePage:
    """List messages to subscribers."""
    wanted = select(CustomerMessage)
    if query_data.status is not None:
        wanted = wanted.where(CustomerMessage.status == query_data.status)
    if query_data.account_id is not None:
        wanted = wanted.where(CustomerMessage.account_id == query_data.account_id)
    rows, following = page(wanted, CustomerMessage.id, query_data)
    return MessagePage(items=[MessageOut.model_validate(row, from_attributes=True) for row in rows],
                       next_cursor=following)  # fmt: skip


@bp.get("/customer-channels")
@needs(ADMIN_SCOPE)
@bp.output(CustomerChannelList, example={"items": [CUSTOMER_CHANNEL]})
def list_customer_channels() -> CustomerChannelList:
    """List the channels by which subscribers are told, in their order."""
    return CustomerChannelList(items=[_channel(row) for row in channels.list_customer_channels()])


@bp.post("/customer-channels")
@needs(ADMIN_SCOPE)
@bp.input(CustomerChannelInput, example={
    "kind": "sms", "description": "SMS", "address": "jsons://sms.example.com/send/{phone}"})  # fmt: skip
@bp.output(CustomerChannelOut, status_code=201, example=CUSTOMER_CHANNEL)
def create_customer_channel(json_data: CustomerChannelInput) -> CustomerChannelOut:
    """Add a channel. Its address is taken, kept encrypted and never given out."""
    return _channel(channels.create_customer_channel(json_data))


@bp.put("/customer-channels/<int:customer_channel_id>")
@needs(ADMIN_SCOPE)
@bp.input(CustomerChannelInput, example={"kind": "sms", "description": "SMS", "password_allowed": False})
@bp.output(CustomerChannelOut, example=CUSTOMER_CHANNEL)
def replace_customer_channel(customer_channel_id: int, json_data: CustomerChannelInput) -> CustomerChannelOut:
    """Change a channel; without an address it keeps its own."""
    return _channel(channels.change_customer_channel(customer_channel_id, json_data))


@bp.put("/customer-channels/<int:customer_channel_id>/active")
@needs(ADMIN_SCOPE)
@bp.input(ChannelActiveInput, example={"active": False})
@bp.output(CustomerChannelOut, example=CUSTOMER_CHANNEL)
def switch_customer_channel(customer_channel_id: int, json_data: ChannelActiveInput) -> CustomerChannelOut:
    """Switch a channel on or off."""
    return _channel(channels.set_customer_channel_active(customer_channel_id, json_data.active))


@bp.post("/customer-channels/<int:customer_channel_id>/up")
@needs(ADMIN_SCOPE)
@bp.output(CustomerChannelList, example={"items": [CUSTOMER_CHANNEL]})
def move_customer_channel(customer_channel_id: int) -> CustomerChannelList:
    """Let a channel be taken before the one above it."""
    channels.move_up(customer_channel_id)
    return list_customer_channels()


@bp.delete("/customer-channels/<int:customer_channel_id>")
@needs(ADMIN_SCOPE)
@bp.output({}, status_code=204)
def delete_customer_channel(customer_channel_id: int) -> tuple[str, int]:
    """Remove a channel with its address."""
    channels.delete_customer_channel(customer_channel_id)
    return "", 204


@bp.post("/customer-channels/<int:customer_channel_id>/test")
@needs(ADMIN_SCOPE)
@bp.input(ToInput, example={"to": "ana@example.com"})
@bp.output(ChannelTestOut, example=TEST)
def test_customer_channel(customer_channel_id: int, json_data: ToInput) -> ChannelTestOut:
    """Send a test message now; answers within 30 seconds how it ended."""
    sent = channels.test_customer_channel(customer_channel_id, json_data.to)
    said = words(sent.code, {}) if sent.code else None
    return ChannelTestOut(
        ok=sent.ok, code=sent.code, status=sent.status,
        cause=said.cause if said else "", remedy=said.remedy if said else "",
    )  # fmt: skip


@bp.get("/message-templates")
@needs(ADMIN_SCOPE)
@bp.output(TemplateList, example={"items": [TEMPLATE]})
def list_message_templates() -> TemplateList:
    """List the words of messages: those that count for all packages, and those of single ones."""
    general = [_template(texts.words_for(kind, ()), None) for kind in KINDS]
    own = [one for one in texts.list_templates() if one.package_id is not None]
    return TemplateList(items=[*general, *(
        _template(Words(one.kind, one.subject, one.body, one.active, one), one.package_id) for one in own
    )])  # fmt: skip


@bp.put("/message-templates/<any(created, password, enabled):message_kind>")
@needs(ADMIN_SCOPE)
@bp.input(TemplateInput, example={"subject": "Seu acesso", "body": "Login: {{ login }}"})
@bp.output(TemplateOut, example=TEMPLATE)
def put_message_template(message_kind: str, json_data: TemplateInput) -> TemplateOut:
    """Keep the words of a kind of message, of all packages or of one."""
    kept = texts.save_template(message_kind, json_data)
    return _template(Words(kept.kind, kept.subject, kept.body, kept.active, kept), kept.package_id)


@bp.delete("/message-templates/<any(created, password, enabled):message_kind>")
@needs(ADMIN_SCOPE)
@bp.input(TemplateQuery, location="query")
@bp.output({}, status_code=204)
def delete_message_template(message_kind: str, query_data: TemplateQuery) -> tuple[str, int]:
    """Go back to the words that were there before somebody wrote others."""
    texts.delete_template(message_kind, query_data.package_id)
    return "", 204


@bp.post("/accounts/<int:account_id>/password-link")
@needs(WRITE)
@bp.output(LinkOut, status_code=201, example=LINK)
def make_password_link(account_id: int) -> LinkOut:
    """Make a link that shows log-in and password once; former ones that nobody opened end."""
    return LinkOut(url=links.hand_out(account_id), hours=int(LINK_GOOD_FOR.total_seconds() // 3600))


@bp.put("/customers/<code>/messages")
@needs(WRITE)
@bp.input(WantsInput, example={"on": False})
@bp.output(WantsOut, example={"on": False, "since": None})
def set_customer_messages(code: str, json_data: WantsInput) -> WantsOut:
    """Note whether a subscriber wants messages."""
    found = db.session.scalar(select(Customer.id).where(Customer.code == code))
    if found is None:
        raise NotFound("customer_not_found", {"id": code})
    customer = subscriber.set_messages(found, json_data.on)
    return WantsOut(on=customer.messages_off_at is None, since=customer.messages_off_at)


@bp.get("/never-used")
@needs(READ)
@bp.input(UnusedQuery, location="query")
@bp.output(UnusedPage, example={"items": [UNUSED], "next_cursor": None})
def list_never_used(query_data: UnusedQuery) -> UnusedPage:
    """List accounts that were never used, as far as their platforms tell."""
    filters = {"days": str(query_data.days)}
    if query_data.integration_id is not None:
        filters["integration"] = str(query_data.integration_id)
    wanted = unused_rows(filters).options(joinedload(Account.service).joinedload(Service.customer))
    rows, following = page(wanted, Account.id, query_data)
    return UnusedPage(items=[_unused(row) for row in rows], next_cursor=following)


def _unused(row: Account) -> UnusedOut:
    return UnusedOut(
        account_id=row.id, integration_id=row.integration_id, customer_code=row.service.customer.code,
        service_code=row.service.code, login=row.login, status=row.status, created_at=row.created_at,
    )  # fmt: skip


def _channel(row: CustomerChannel) -> CustomerChannelOut:
    return CustomerChannelOut(
        id=row.id, kind=row.kind, description=row.description, service=row.scheme,  # type: ignore[arg-type]
        password_allowed=row.password_allowed, position=row.position, active=row.active, sent_at=row.sent_at,
        error_code=row.error_code, error_at=row.error_at,
    )  # fmt: skip


def _template(found: Words, package_id: int | None) -> TemplateOut:
    return TemplateOut(
        kind=found.kind, package_id=package_id, subject=found.subject, body=found.body,  # type: ignore[arg-type]
        active=found.active, own=found.template is not None,
    )  # fmt: skip
