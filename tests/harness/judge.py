"""Judges a hub from outside: what it was told, what its platforms noted, what its rows say."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from tests.harness import promises
from tests.harness.evidence import Evidence, Write, collect
from tests.harness.promises import DONE, TAKEN, Budget, Shown, Versions
from tests.harness.told import Told
from tests.machine.model import ABSENT
from webapp.sandbox.client import Tenant
from webapp.sandbox.invariants import live_accounts
from webapp.services.convergence.claims import LEASE_MARGIN_S


class Judge:
    """Looks at everything once all is quiet.

    Args:
        day_limit: how many people a hub may take from in 24 hours although no status asked for it.
    """

    def __init__(self, told: Told, tenants: Sequence[Tenant], day_limit: int = 0) -> None:
        self.told = told
        self.tenants = tenants
        self.day_limit = day_limit

    def end(self, *, moving: bool = False) -> Evidence:
        """Judge I1 to I6 and return what was looked at.

        Args:
            moving: it is not at rest, so only what arrived and what was recorded is judged.
        """
        found = collect(self.tenants)
        for tenant in self.tenants:
            promises.only_one(live_accounts(tenant.ledger()))
        books_agree(found)
        promises.one_at_a_time(_overlapping(found))
        self._came_in_order(found)
        self._took_with_right(found)
        if not moving:
            promises.nothing_lost(found.accounts)
            self._stands(found)
        return found

    def _came_in_order(self, found: Evidence) -> None:
        versions = Versions()
        for write in found.writes:
            if write.effect:
                versions.arrived(write.account_id, write.attempt.generation, write)

    def _took_with_right(self, found: Evidence) -> None:
        """What a status asked for takes once for each time that it was told; the rest is counted."""
        codes = {account.id: code for code, account in found.accounts.items()}
        budget, taken, ending = Budget(self.day_limit), Counter[str](), defaultdict[str, bool](bool)
        for write in sorted(found.writes, key=lambda one: one.at):
            code = codes[write.account_id]
            may = self.told.may(code, write.attempt.started_at, write.at)
            ended, ending[code] = ending[code], self._ends(write, may, ending[code])
            if write.effect not in TAKEN or (write.operation == "cancel" and ended):
                continue
            promises.taken_with_right(write.effect, may, write)
            taken[code] += 1
            if taken[code] > self.told.losses(code, write.at):
                budget.spend(write.at, code)

    def _ends(self, write: Write, may: set[str], ending: bool) -> bool:
        """Tell whether an end that was rightly asked for was begun, and nothing was made since."""
        return (ending or (write.operation == "cancel" and ABSENT in may)) and write.effect not in ("created",)

    def _stands(self, found: Evidence) -> None:
        shown: dict[str, list[Shown]] = defaultdict(list)
        for tenant in self.tenants:
            for row in tenant.subscribers():
                if row["status"] != "cancelled":
                    shown[row["external_id"]].append(Shown(row["status"], row["products"]))
        by_account = {reference.rpartition("-")[2]: there for reference, there in shown.items()}
        for code, account in found.accounts.items():
            live = by_account.get(str(account.id), [])
            if not promises.explained(account):
                about = f"{code} {promises.told(account)} {live}"
                promises.stands(self.told.level(code), None, live, live, about)


def books_agree(found: Evidence) -> None:
    """Judge I6 alone."""
    arrived = [write.attempt.id if write.attempt else None for write in found.writes]
    done = {row.id for row in found.attempts if row.outcome in DONE}
    promises.books_agree(arrived, {row.id for row in found.attempts}, done)


def _overlapping(found: Evidence) -> list[int]:
    """Return the accounts of which a call was begun while another one was under way, and held its lease."""
    last: dict[int, Any] = {}
    twice = []
    for attempt in found.attempts:
        before = last.get(attempt.account_id)
        last[attempt.account_id] = attempt
        if before is None or before.finished_at is None:
            # Whoever began that one died, and its lease with it.
            continue
        leased_until = before.started_at + timedelta(seconds=LEASE_MARGIN_S)
        if attempt.started_at < min(before.finished_at, leased_until):
            twice.append(attempt.account_id)
    return twice
