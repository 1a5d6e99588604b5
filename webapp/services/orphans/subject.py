"""Whom a call about an account that nobody here made is about: what the platform showed of it, and nothing else."""

from dataclasses import dataclass, replace
from datetime import datetime

from webapp.decide.orphans import others_on
from webapp.decide.state import Intent
from webapp.gateways.contract import (
    AccountFacts,
    CustomerFacts,
    Observed,
    Operation,
    ProductFacts,
    RemoteState,
    SaleFacts,
    ServiceFacts,
    Subject,
    Unit,
)
from webapp.models import Orphan
from webapp.services.convergence.work import Claim, Job, Lane


@dataclass(frozen=True)
class Target:
    """One orphan whose end is under way, and the part of it that is its turn.

    Attributes:
        product: code of the right, where rights are units; empty = the whole account.
        left: products that are still there, this one included.
        ours: live rights of our own accounts on the same log-in.
        lease_until: fences: an outcome counts only while the row has it.
    """

    orphan_id: int
    integration_id: int
    login: str
    document: str
    reference: str
    remote_ids: dict[str, str]
    product: str
    left: tuple[str, ...]
    ours: int
    key: str
    tries: int
    phase: str
    lease_until: datetime

    @property
    def unit(self) -> str:
        """What the transmission is about; by it the limits of a day count each orphan once."""
        return f"orphan:{self.orphan_id}" + (f":{self.product}" if self.product else "")

    def is_another(self, found: Observed) -> bool:
        """Tell whether what stands there now is not what was seen: another id, or somebody else's document."""
        ids = any(self.remote_ids.get(name, value) != value for name, value in found.remote_ids.items())
        papers = bool(self.document and found.document and found.document != self.document)
        return ids or papers or found.reference != self.reference


def products_of(row: Orphan, unit: Unit) -> list[str]:
    """Return what is ended one after the other: the account, or each right that is known of it."""
    return [""] if unit is Unit.ACCOUNT else list(row.products or ())


def job_for(target: Target, lane: Lane, operation: Operation, attempt_id: int, now: datetime) -> Job:
    """Return the call; its key is the same over all repeats."""
    key = f"{target.key}-{target.product}" if target.product else target.key
    claim = Claim(
        account_id=0, service_id=0, integration_id=target.integration_id, token=0, generation=0, login=target.login,
        frozen=True, remote_ids=target.remote_ids, units={}, verify_first=False, tries=target.tries,
        lease_until=target.lease_until,
    )  # fmt: skip
    intent = Intent(str(operation), key, "", now.isoformat(), now.isoformat())
    return Job(
        claim, target.unit, operation, intent, _subject(target, lane), (), "absent", True, attempt_id, lane.gateway,
        lane.connection,
    )  # fmt: skip


def is_gone(found: Observed | None, lane: Lane) -> bool:
    """Tell whether a look-up says that it ended, or as near to it as the platform can come."""
    if found is None or found.state is RemoteState.ABSENT:
        return True
    ends_by_suspending = lane.gateway.traits.sent_as(Operation.CANCEL) is Operation.SUSPEND
    return ends_by_suspending and found.state is RemoteState.SUSPENDED


def _subject(target: Target, lane: Lane) -> Subject:
    product = ProductFacts(target.product, target.product)
    account = AccountFacts(
        0, target.reference, target.login, None, lane.connection.params, (product,) if target.product else (),
        target.remote_ids,
    )  # fmt: skip
    whole = Subject(account, CustomerFacts(0, "", "", target.document), ServiceFacts(0, "", ""))
    if not target.product:
        return replace(whole, others=target.ours)
    sale = SaleFacts(0, 0, "", "", product)
    return replace(whole, sale=sale, others=others_on(target.left, target.product, target.ours))
