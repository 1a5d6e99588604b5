"""One pull while it is worked on: what it is, whom it reads, and the right to write it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Source, SourcePull
from webapp.services.source_connections import open_source
from webapp.services.source_pulls.leases import Lease
from webapp.services.transactions import begin
from webapp.sources.contract import Source as Reader
from webapp.sources.contract import SourceAbility, SourceConnection


@dataclass(frozen=True)
class Task:
    """A pull that this process works on; plain values, so that nothing is read again between two calls.

    Attributes:
        judged: it was compared and certified: what is left is to apply.
        approved: a person let its staged negatives go.
        started_at: when its reading began.
    """

    lease: Lease
    source_id: int
    description: str
    mode: str
    dry_run: bool
    trigger: str
    started_at: datetime
    judged: bool
    approved: bool
    reader: Reader
    connection: SourceConnection

    @property
    def pull_id(self) -> int:
        return self.lease.row_id

    @property
    def label(self) -> str:
        """Return how the history names this pull."""
        return f"{self.description} #{self.pull_id}"

    def can(self, ability: SourceAbility) -> bool:
        """Tell whether the source can do this."""
        return self.reader.traits.can(ability)


def load_task(lease: Lease) -> Task:
    """Return the task of a pull that was taken; leaves no transaction open.

    Raises:
        NotFound, UnknownSource, VaultError: as ``open_source``; the pull cannot be worked on.
    """
    begin(reads_only=True)
    row = db.session.execute(
        select(
            SourcePull.source_id, Source.description, SourcePull.mode, SourcePull.dry_run, SourcePull.trigger,
            SourcePull.started_at, SourcePull.status, SourcePull.approved_at,
        )
        .join(Source, Source.id == SourcePull.source_id)
        .where(SourcePull.id == lease.row_id)
    ).one()  # fmt: skip
    db.session.rollback()
    reader, connection = open_source(row.source_id)
    return Task(
        lease, row.source_id, row.description, row.mode, row.dry_run, row.trigger, row.started_at,
        judged=row.status == "applying", approved=row.approved_at is not None, reader=reader, connection=connection,
    )  # fmt: skip
