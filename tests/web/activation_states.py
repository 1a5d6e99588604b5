"""Messages to subscribers in every state, links that show a password once, and who never used what was sold."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from tests import factories
from tests.web.place import STRANGER, Place
from webapp.clock import utc_now
from webapp.decide.activation import HELD_UNTIL
from webapp.extensions import db
from webapp.models import Account, CustomerMessage, PasswordLink
from webapp.models.account import WAITING_USER
from webapp.services.activation import channels, texts
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.activation.texts import TemplateInput
from webapp.services.one_way import token_hash

LONG_AGO = timedelta(days=10)
WAITS, SEEN = "link-that-waits", "link-that-was-opened"
PLACES = (
    Place("activation", "/activation"),
    Place("activation-messages", "/activation/messages", "messages-table"),
    Place("activation-messages-failed", "/activation/messages?status=failed", "messages-table"),
    Place("activation-channel-new", "/activation/channels/new?kind=email"),
    Place("activation-channel-new-whatsapp", "/activation/channels/new?kind=whatsapp"),
    Place("activation-channel-new-sms", "/activation/channels/new?kind=sms"),
    Place("activation-channel", "/activation/channels/{customer_channel_id}"),
    Place("activation-channel-refused", "/activation/channels/new?kind=sms", status=422, data={
        "description": "", "address": "json://127.0.0.1:9/x"}),
    Place("activation-text", "/activation/texts/created"),
    Place("activation-text-refused", "/activation/texts/enabled", status=422, data={
        "subject": "x", "body": "{{ cpf }}"}),
    Place("never-used", "/never-used", "never-used-table"),
    Place("never-used-none", "/never-used?q=nothing-like-it", "never-used-table"),
    Place("password-link", f"/ver/{WAITS}", role=STRANGER),
)  # fmt: skip
# Links that are not good any more.
LINKS = (
    Place("password-link-opened", f"/ver/{SEEN}", status=410),
    Place("password-link-unknown", "/ver/nobody-made-this", status=410, role=STRANGER),
)


def build(account_id: int) -> dict[str, Any]:
    """Make them, and return ids by name."""
    db.session.commit()
    address = "json://127.0.0.1:9/{email}"
    works = channels.create_customer_channel(
        CustomerChannelInput(kind="email", description="E-mail do provedor", address=address)
    )
    works.sent_at = utc_now()
    texts.save_template("created", TemplateInput(subject="Bem-vindo", body="Olá, {{ nome }}! {{ senha }}"))
    _messages(account_id, works.id)
    for token, opened_at in ((WAITS, None), (SEEN, utc_now())):
        db.session.add(
            PasswordLink(
                account_id=account_id, token_hash=token_hash(token), created_at=utc_now(), opened_at=opened_at,
                expires_at=utc_now() + timedelta(days=2),
            )
        )  # fmt: skip
    waits = update(Account).where(Account.status == WAITING_USER)
    db.session.execute(waits.values(created_at=utc_now() - LONG_AGO))
    db.session.commit()
    return {"customer_channel_id": works.id}


def grow(count: int) -> None:
    """Sell to so many more who never use it."""
    package = factories.make_package(factories.make_integration())
    services = [factories.make_sale(package=package).service_id for _number in range(count)]
    waits = update(Account).where(Account.service_id.in_(services))
    db.session.execute(waits.values(status=WAITING_USER, created_at=utc_now() - LONG_AGO))
    db.session.commit()


def _messages(account_id: int, channel_id: int) -> None:
    states = (("sent", "", None), ("failed", "channel_status", None), ("skipped", "message_opted_out", None),
              ("waiting", "", HELD_UNTIL))  # fmt: skip
    for number, (status, reason, due_at) in enumerate(states):
        db.session.add(
            CustomerMessage(
                account_id=account_id, channel_id=channel_id, kind="created", cause=str(number), status=status,
                reason=reason, due_at=due_at, created_at=utc_now(), sent_to="an***@example.com", tries=1,
                sent_at=utc_now() if status == "sent" else None,
            )
        )  # fmt: skip
