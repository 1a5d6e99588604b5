"""Alert channels in every state, who was told of an alert, and links that decide about a batch."""

from datetime import timedelta
from typing import Any

from itsdangerous import URLSafeSerializer
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Alert, AlertMessage, ApprovalLink, Channel, Operator, Run
from webapp.services import channels
from webapp.services.approval_links import PURPOSE
from webapp.services.channels import ChannelInput
from webapp.services.hub import current_hub
from webapp.services.one_way import token_hash

TELEGRAM = "tgram://123456789:AAabcdefg_hijklmnop-ABCDEFGHIJKLMN/12315544"
WAITS, DECIDED = "waits", "decided"


def build() -> dict[str, Any]:
    """Make them, and return ids and tokens by name."""
    db.session.commit()
    works = make_channel("Plantão do suporte", quiet_from="22:00", quiet_until="07:00", sent_at=utc_now())
    failed = make_channel(
        "Grupo da diretoria", level="fail", error_code="channel_status", error_at=utc_now() - timedelta(hours=2)
    )
    make_channel("Ainda sem mensagem")
    make_channel("Canal antigo", active=False)
    for alert in db.session.query(Alert).filter(Alert.closed_at.is_(None)):
        tell(alert, works)
    db.session.commit()
    found = {"channel_id": works.id, "failed_channel_id": failed.id}
    return {**found, "approval_token": _token(WAITS), "used_token": _token(DECIDED)}


def make_links(staged_run_id: int, channel_id: int) -> None:
    """Write the links of ``build``; they belong to a person, who is not there before the hub is set up."""
    operator_id = db.session.scalars(select(Operator.id).order_by(Operator.id)).first()
    for token, used_at in ((_token(WAITS), None), (_token(DECIDED), utc_now())):
        run = db.session.get_one(Run, staged_run_id)
        db.session.add(ApprovalLink(
            run_id=run.id, channel_id=channel_id, operator_id=operator_id, checksum=run.checksum,
            token_hash=token_hash(token), made_at=utc_now(), expires_at=utc_now() + timedelta(hours=20),
            used_at=used_at, used_for="approve" if used_at else "",
        ))  # fmt: skip
    db.session.commit()


def grow(count: int) -> None:
    """Add so many channels, each of which was told of each open alert."""
    for number in range(count):
        channel = make_channel(f"Canal {number} de {utc_now().timestamp()}")
        tell(db.session.query(Alert).filter(Alert.closed_at.is_(None)).order_by(Alert.id.desc()).first(), channel)
    db.session.commit()


def make_channel(description: str, **values: Any) -> Channel:
    """Make a channel by Telegram, with these columns."""
    channel = channels.create_channel(ChannelInput(description=description, address=TELEGRAM))
    for name, value in values.items():
        setattr(channel, name, value)
    db.session.commit()
    return channel


def tell(alert: Alert | None, channel: Channel) -> None:
    """Write down that the channel was told of an alert."""
    assert alert is not None
    db.session.add(AlertMessage(alert_id=alert.id, channel_id=channel.id, kind="opened", sent_at=utc_now(), tries=1))


def _token(of: str) -> str:
    return str(URLSafeSerializer(current_hub().settings.secret_key, salt=PURPOSE).dumps(of))
