"""What the pages of messages to subscribers show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.decide.activation import KINDS
from webapp.extensions import db
from webapp.models import Account, CustomerChannel, CustomerMessage, MessageTemplate, Service
from webapp.models.activation import MESSAGE_STATES
from webapp.services.activation.channels import list_customer_channels
from webapp.services.activation.switch import Waiting, cursor, waiting
from webapp.services.activation.texts import built_in, list_templates
from webapp.services.hub import current_hub
from webapp.services.pages import PAGE_SIZE, Page, decode_cursor, page_of


@dataclass(frozen=True)
class Overview:
    """The state of messages: whether they are sent, by what, with which words, and how many wait.

    Attributes:
        reachable: the settings say how the hub is reached; without that no link works.
        general: the words for all packages, by kind: None = those that the hub brings along.
    """

    on: bool
    reachable: bool
    waits: Waiting
    channels: Sequence[CustomerChannel]
    general: Mapping[str, MessageTemplate | None]
    own: Sequence[MessageTemplate]
    subjects: Mapping[str, str]


def overview() -> Overview:
    """Return what the first page shows."""
    written = list_templates()
    general = {kind: next((one for one in written if one.kind == kind and not one.package_id), None) for kind in KINDS}
    kept = {kind: one.subject for kind, one in general.items() if one is not None}
    subjects = {kind: kept[kind] if kind in kept else built_in(kind).subject for kind in KINDS}
    return Overview(
        cursor() is not None, bool(current_hub().settings.base_url), waiting(), list_customer_channels(), general,
        [one for one in written if one.package_id], subjects,
    )  # fmt: skip


def list_messages(status: str = "", cursor_text: str = "", size: int = PAGE_SIZE) -> Page[CustomerMessage]:
    """Return messages, newest first."""
    together = joinedload(CustomerMessage.account)
    wanted = select(CustomerMessage).options(
        together.joinedload(Account.service).joinedload(Service.customer), together.joinedload(Account.integration)
    )
    if status in MESSAGE_STATES:
        wanted = wanted.where(CustomerMessage.status == status)
    after = decode_cursor(cursor_text, 1)
    if after is not None:
        wanted = wanted.where(CustomerMessage.id < after[0])
    rows = db.session.scalars(wanted.order_by(CustomerMessage.id.desc()).limit(size + 1)).all()
    shown, following = page_of(rows, size, lambda row: (row.id,))
    return Page(shown, following, None)
