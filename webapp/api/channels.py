"""Alert channels: which there are, and a test message. Their addresses are typed by people, on the pages."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import bp
from webapp.api.paging import ListQuery, page
from webapp.api.problems import words
from webapp.api.schemas.channels import CHANNEL, TEST, ChannelOut, ChannelPage, ChannelTestOut
from webapp.models import Channel
from webapp.services import channels as use


@bp.get("/channels")
@needs(ADMIN_SCOPE)
@bp.input(ListQuery, location="query")
@bp.output(ChannelPage, example={"items": [CHANNEL], "next_cursor": None})
def list_channels(query_data: ListQuery) -> ChannelPage:
    """List the channels by which people are told of alerts."""
    rows, following = page(select(Channel).options(joinedload(Channel.operator)), Channel.id, query_data)
    return ChannelPage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/channels/<int:channel_id>/test")
@needs(ADMIN_SCOPE)
@bp.output(ChannelTestOut, example=TEST)
def test_channel(channel_id: int) -> ChannelTestOut:
    """Send a test message now; answers within 30 seconds how it ended."""
    sent = use.test_channel(channel_id)
    said = words(sent.code, {}) if sent.code else None
    return ChannelTestOut(
        ok=sent.ok, code=sent.code, status=sent.status,
        cause=said.cause if said else "", remedy=said.remedy if said else "",
    )  # fmt: skip


def show(row: Channel) -> ChannelOut:
    """Return a channel as it is given out."""
    return ChannelOut(
        id=row.id, description=row.description, service=row.scheme, level=row.level,  # type: ignore[arg-type]
        active=row.active, quiet_from=row.quiet_from, quiet_until=row.quiet_until, quiet_fail=row.quiet_fail,
        recoveries=row.recoveries, belongs_to=row.operator.email if row.operator else None, sent_at=row.sent_at,
        error_code=row.error_code, error_at=row.error_at,
    )  # fmt: skip
