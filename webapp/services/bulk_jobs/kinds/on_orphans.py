"""What actions on accounts of nobody share."""

from abc import ABC
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.models import Orphan, Service
from webapp.models.operator import ADMIN
from webapp.services.bulk_jobs.contract import Kind, LeftOut, Named, Params, nothing_to_do
from webapp.services.orphans.noting import OPEN


class OnOrphans(Kind, ABC):
    """An action on accounts that a platform shows and that nobody here made."""

    subject = "orphan"
    tables = ("orphans",)
    roles = (ADMIN,)
    fresh = True
    most = 5_000

    def subjects(self, table: str, rows: Select[Any], params: Params) -> Select[Any]:
        """Return the ids of what is touched; see ``Kind.subjects``."""
        return select(Orphan.id).where(Orphan.id.in_(rows))

    def load(self, ids: Collection[int], *, lock: bool = False) -> Mapping[int, Any]:
        """Return rows by id with all that judging needs; see ``Kind.load``."""
        guess = joinedload(Orphan.guess_service).joinedload(Service.customer)
        wanted = select(Orphan).options(joinedload(Orphan.integration), guess).where(Orphan.id.in_(ids))
        wanted = wanted.order_by(Orphan.id)
        rows = db.session.scalars(wanted.with_for_update(of=Orphan) if lock else wanted)
        return {row.id: row for row in rows}

    def name(self, row: Any) -> Named:
        """Return a row as people know it."""
        name = row.login or ", ".join(row.remote_ids.values()) or row.reference
        return Named(name, row.integration.description, ("orphans.detail", {"orphan_id": row.id}), {"login": name})


def not_open(row: Orphan) -> LeftOut | None:
    """Tell that somebody decided about it already."""
    return None if row.status == OPEN else nothing_to_do("bulk_orphan_decided")
