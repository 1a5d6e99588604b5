"""Plans and applies batches of records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from webapp.decide.intake import Direction, Wanted
from webapp.extensions import db
from webapp.services.changes import commit
from webapp.services.errors import Conflict
from webapp.services.intake.lenient import apply_batch, plan_batch
from webapp.services.intake.logins import Logins
from webapp.services.intake.rows import Allowed, RowPlan, RowResult
from webapp.services.intake.strict import StrictBatch
from webapp.services.transactions import begin


class Intake:
    """Compares records with what is here, and makes what is allowed. One thread, batches of up to some 500.

    Args:
        source_id: whose records they are; None = nobody's: rows are found by their codes alone, and none is linked.
        lenient: what a platform would refuse does not refuse the record: its account is made, and blocked with
            the reason. False = the rules of a sale by hand count, and refuse the row.
    """

    def __init__(self, source_id: int | None, lenient: bool) -> None:
        self._source_id = source_id
        self._lenient = lenient
        self._planned_logins = Logins()

    def plan(self, batch: Sequence[Wanted]) -> list[RowPlan]:
        """Return what each record changes, in the order of the batch; nothing is written.

        Lenient, it reads in the caller's transaction; else in one of its own, which is rolled back.

        Raises:
            VaultError: restore the encryption key; nothing was changed.
        """
        if self._lenient:
            return plan_batch(self._source_id, batch)
        begin(reads_only=False)
        try:
            return [plan for plan, _ in StrictBatch(batch, self._planned_logins).run()]
        finally:
            db.session.rollback()

    def negatives(self, batch: Sequence[Wanted]) -> frozenset[int]:
        """Return the positions of the records that take something away; reads in the caller's transaction.

        Without the rules of a sale: a row that those refuse is counted too.

        Raises:
            VaultError: restore the encryption key; nothing was changed.
        """
        return frozenset(
            plan.wanted.position
            for plan in plan_batch(self._source_id, batch)
            if plan.direction is Direction.NEGATIVE
        )  # fmt: skip

    def apply(self, plans: Sequence[RowPlan], allowed: Allowed) -> list[RowResult]:
        """Make what is allowed, against the rows as they are now, and commit; call it with nothing pending.

        What was not planned as negative never becomes negative here: it is held until it is planned so.

        Raises:
            Conflict: somebody made or changed the same rows meanwhile; plan again. Nothing was changed.
            VaultError: restore the encryption key; nothing was changed.
        """
        with _writing():
            if self._lenient:
                return apply_batch(self._source_id, plans, allowed)
            batch = [plan.wanted for plan in plans]
            return [result for _, result in StrictBatch(batch, Logins(), allowed, plans).run()]

    def store(self, batch: Sequence[Wanted], allowed: Allowed, *, dry_run: bool = False) -> list[RowResult]:
        """Plan and apply in one go: negative changes are made where ``allowed`` names the row, and nowhere else.

        Args:
            dry_run: tell the same, and take everything back.

        Raises:
            Conflict, VaultError: as ``apply``.
        """
        logins = self._planned_logins if dry_run else Logins()
        with _writing(keep=not dry_run):
            if self._lenient:
                return apply_batch(self._source_id, plan_batch(self._source_id, batch), allowed)
            return [result for _, result in StrictBatch(batch, logins, allowed).run()]


@contextmanager
def _writing(*, keep: bool = True) -> Iterator[None]:
    begin(reads_only=False)
    try:
        yield
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict("exists_already", {}) from error
    except BaseException:
        db.session.rollback()
        raise
    if keep:
        commit()
    else:
        db.session.rollback()
