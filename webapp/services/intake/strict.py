"""Batches of the API and the command: the rules of a sale by hand count, and refuse the row.

New rows and changes of what no other row depends on are written in sets. What must be judged against other rows
(a log-in, an e-mail, a move to another plan) goes through the use cases one by one, inside savepoints.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from webapp.decide.intake import Wanted
from webapp.services.errors import Invalid
from webapp.services.intake.by_hand import ByHand
from webapp.services.intake.folding import Done, fold, permitted
from webapp.services.intake.logins import Logins
from webapp.services.intake.outcomes import result_of
from webapp.services.intake.rows import PLANNED, REFUSED, Allowed, Judged, RowPlan, RowResult
from webapp.services.intake.stock import Stock, load_stock
from webapp.services.intake.strict_judging import StrictJudge
from webapp.services.intake.writing import Writer

EVERYTHING = Allowed()


class StrictBatch:
    """Judges and writes one batch in the caller's transaction, which took the write lock.

    Args:
        logins: what earlier batches of a plan reserved; grows.
        planned: what was planned before; None = what is found now is the plan.
    """

    def __init__(
        self, batch: Sequence[Wanted], logins: Logins, allowed: Allowed = EVERYTHING,
        planned: Sequence[RowPlan] | None = None,
    ) -> None:  # fmt: skip
        self._batch = batch
        self._logins = logins
        self._allowed = allowed
        self._planned = planned
        self._by_hand: set[str] = set()

    def run(self) -> list[tuple[RowPlan, RowResult]]:
        """Return what each record changes, and what became of it.

        Raises:
            VaultError: restore the encryption key; roll back.
        """
        before = dict(self._logins.reserved)
        stock, rows = self._judged()
        if self._by_hand:
            # Judged anew without them: what they change is not known before they are carried out.
            self._logins.reserved = before
            stock, rows = self._judged()
        done = {index: row for index, row in rows.items() if isinstance(row, Done)}
        writer = Writer(stock, list(done.values()))
        writer.write()
        by_hand = ByHand(self._logins)
        results = []
        for row in rows.values():
            if isinstance(row, Done):
                results.append((row.judged.plan, result_of(row, writer)))
            else:
                results.append(self._carry_out(by_hand, row))
        by_hand.mark()
        return results

    def _judged(self) -> tuple[Stock, dict[int, Done | Judged]]:
        """Judge all rows in their order; those that go through the use cases come back as they were judged."""
        stock = load_stock(None, self._batch, lock=True)
        judge = StrictJudge(stock, self._logins)
        judge.look(self._batch)
        times = Counter(wanted.customer_code for wanted in self._batch)
        repeated = {code for code, count in times.items() if count > 1}
        rows: dict[int, Done | Judged] = {}
        for index, wanted in enumerate(self._batch):
            judged = judge.judge(wanted)
            planned = judged.plan if self._planned is None else self._planned[index]
            code = wanted.customer_code
            if judged.plan.outcome == PLANNED and judge.by_hand(judged, repeated):
                self._by_hand.add(code)
            if judged.plan.outcome == PLANNED and code in self._by_hand and not self._is_held(judged, planned, stock):
                rows[index] = judged
            else:
                rows[index] = self._done(stock, judged, planned)
        return stock, rows

    def _done(self, stock: Stock, judged: Judged, planned: RowPlan) -> Done:
        if judged.plan.outcome != PLANNED:
            return Done(judged)
        if self._is_held(judged, planned, stock):
            return fold(stock, judged, (), held=True)
        return fold(stock, judged, judged.plan.changes)

    def _is_held(self, judged: Judged, planned: RowPlan, stock: Stock) -> bool:
        """A row by hand is made as a whole or not at all."""
        return permitted(judged, planned, self._allowed, stock.catalogue) != judged.plan.changes

    def _carry_out(self, by_hand: ByHand, judged: Judged) -> tuple[RowPlan, RowResult]:
        plan = judged.plan
        try:
            stored = by_hand.store(plan.wanted)
        except Invalid as error:
            problems = tuple(error.problems)
            refused = replace(plan, changes=(), problems=problems, outcome=REFUSED)
            return refused, RowResult(judged.position, REFUSED, problems)
        return plan, RowResult(judged.position, stored.outcome, plan.problems, stored.customer_id, stored.service_id)
