"""Batches of sources: what a platform would refuse does not refuse the record; everything is written in sets."""

from collections.abc import Sequence

from webapp.decide.intake import Wanted
from webapp.services.intake.folding import Done, fold, permitted
from webapp.services.intake.judging import Judge
from webapp.services.intake.outcomes import result_of
from webapp.services.intake.rows import PLANNED, Allowed, RowPlan, RowResult
from webapp.services.intake.stock import load_stock
from webapp.services.intake.writing import Writer


def plan_batch(source_id: int | None, batch: Sequence[Wanted]) -> list[RowPlan]:
    """Return what each record changes; reads in the caller's transaction and writes nothing.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    stock = load_stock(source_id, batch)
    judge = Judge(stock)
    judge.look(batch)
    plans = []
    for wanted in batch:
        judged = judge.judge(wanted)
        if judged.plan.outcome == PLANNED:
            fold(stock, judged, judged.plan.changes)
        plans.append(judged.plan)
    return plans


def apply_batch(source_id: int | None, plans: Sequence[RowPlan], allowed: Allowed) -> list[RowResult]:
    """Make what is allowed of each record, in the caller's transaction, which took the write lock.

    Raises:
        VaultError: restore the encryption key; roll back.
    """
    batch = [plan.wanted for plan in plans]
    stock = load_stock(source_id, batch, lock=True)
    judge = Judge(stock)
    judge.look(batch)
    done = []
    for plan in plans:
        judged = judge.judge(plan.wanted)
        if judged.plan.outcome != PLANNED:
            done.append(Done(judged))
            continue
        changes = permitted(judged, plan, allowed, stock.catalogue)
        done.append(fold(stock, judged, changes, held=len(changes) < len(judged.plan.changes)))
    writer = Writer(stock, done)
    writer.write()
    return [result_of(row, writer) for row in done]
