"""Makes accounts ours that nobody here made; convergence then brings them to what their services ask for.

Who would lose content by that is not touched here: it becomes a difference of a run, which has limits and approvals.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.compare import Action, Difference, Situation
from webapp.decide.policy import Content
from webapp.decide.state import ACCOUNT_UNIT, SUSPENDED, dump_units
from webapp.extensions import db
from webapp.models import Account, Orphan
from webapp.services.accounts import ORDINARY, PAID_NOW
from webapp.services.audit import current_actor, record
from webapp.services.errors import Conflict, Problem
from webapp.services.orphans.deciding import locked, refuse_observing
from webapp.services.orphans.noting import ADOPTED
from webapp.services.orphans.outlook import Outlook, outlooks, stamp_of
from webapp.services.orphans.telling import tell
from webapp.services.runs import record_part

TRIGGER, NO_READING = "adopt", "none"


@dataclass(frozen=True)
class Adopted:
    """What became of one: the account that it is now, or why it was left alone."""

    orphan_id: int
    account_id: int | None = None
    problem: Problem | None = None
    loses: bool = False


def adopt(orphan_ids: Collection[int], service_id: int | None = None, stamp: str = "") -> list[Adopted]:
    """Make these accounts ours, and commit; each is judged by itself, and one that cannot be is left as it is.

    Those that would lose content become lines of a run of their integration: within its limits they go, over them
    they wait for an approval.

    Args:
        service_id: whose they are; None = each is taken for the service that was guessed.
        stamp: of what the person was shown (``stamp_of``); empty = do not compare.

    Returns:
        One for each, by id.

    Raises:
        NotFound: there is no such one (any more).
        Conflict: the hub only observes, what would be done is not what was shown any more, or they are too many at
            once: look again. Nothing was changed.
    """
    rows = locked(orphan_ids)
    refuse_observing(rows)
    _lock_accounts(rows, service_id)
    found = outlooks(rows, service_id)
    if stamp and stamp != stamp_of(found):
        db.session.rollback()
        raise Conflict("orphans_look_again")
    done = [_take(one) for one in found]
    for integration_id in sorted({row.integration_id for row in rows}):
        tell(integration_id)
    differences = _differences(found, done)
    db.session.commit()
    stage_losing(differences)
    return done


def adopt_guessed(orphan: Orphan) -> tuple[Adopted, dict[int, list[Difference]]]:
    """Make one account that of the service that was guessed, in the caller's transaction, which holds the orphan.

    Returns:
        What became of it, and what the caller hands to ``stage_losing`` after its commit.

    Raises:
        Conflict: the hub only observes; nothing was changed.
    """
    refuse_observing([orphan])
    _lock_accounts([orphan], None)
    found = outlooks([orphan])
    done = [_take(one) for one in found]
    tell(orphan.integration_id)
    return done[0], _differences(found, done)


def stage_losing(differences: Mapping[int, list[Difference]]) -> None:
    """Let those who would lose content stand in a run of their integration, and commit."""
    for integration_id, lines in differences.items():
        record_part(integration_id, lines, NO_READING, TRIGGER, utc_now())


def _take(one: Outlook) -> Adopted:
    if one.problem is not None or one.service is None:
        return Adopted(one.orphan.id, problem=one.problem)
    account = _account_of(one.orphan.integration_id, one.service.id)
    _write(account, one)
    db.session.flush()
    _close(one.orphan, account)
    facts = {"service": one.service.code, "customer": one.service.customer.name, "state": one.orphan.state}
    record("orphan.adopt", "orphan", one.orphan.id, one.orphan.login, after=facts)
    record("account.adopt", "account", account.id, account.login, after={"remote_ids": dict(account.remote_ids)})
    return Adopted(one.orphan.id, account.id, loses=one.loses)


def _lock_accounts(rows: Sequence[Orphan], service_id: int | None) -> None:
    """Keep the engine away from the accounts that take something, until this is committed."""
    services = {service_id or row.guess_service_id for row in rows} - {None}
    there = Account.integration_id.in_({row.integration_id for row in rows}), Account.service_id.in_(services)
    db.session.scalars(select(Account).where(*there).order_by(Account.id).with_for_update()).all()


def _account_of(integration_id: int, service_id: int) -> Account:
    wanted = select(Account).where(Account.integration_id == integration_id, Account.service_id == service_id)
    account = db.session.scalar(wanted)
    if account is None:
        account = Account(integration_id=integration_id, service_id=service_id, generation=1, applied_generation=0)
        account.units, account.remote_ids = {}, {}
        db.session.add(account)
    return account


def _write(account: Account, one: Outlook) -> None:
    taking, now = one.taking, utc_now()
    units = dict(taking.units)
    for key in taking.losing:
        # Believed to be as it shall be: that it is not is what the run's line is about.
        units[key] = units[key].with_(state=SUSPENDED)
    account.login, account.login_key, account.login_frozen_at = taking.login, taking.login.lower(), now
    account.remote_ids, account.units = dict(taking.remote_ids), dump_units(units)
    account.observed, account.observed_at = one.orphan.state, one.orphan.last_seen_at
    account.missing_since, account.tombstone, account.desired = None, {}, taking.content
    account.error_kind = account.error_code = account.error_field = account.error_at = None
    account.error_params = {}
    # Should it have vanished since it was seen, nothing is made anew without looking.
    account.generation, account.tries, account.verify_first = account.generation + 1, 0, True
    if taking.losing:
        account.applied_generation, account.applied_at, account.due_at = account.generation, now, None
        account.status = SUSPENDED
    else:
        account.due_at, account.status = now, "pending"
        account.priority = PAID_NOW if taking.content == Content.ACTIVE else ORDINARY


def _close(orphan: Orphan, account: Account) -> None:
    orphan.status, orphan.account_id = ADOPTED, account.id
    orphan.decided_by, orphan.decided_at = current_actor(), utc_now()
    orphan.due_at, orphan.error_code = None, None


def _differences(found: Sequence[Outlook], done: Sequence[Adopted]) -> dict[int, list[Difference]]:
    lines: dict[int, list[Difference]] = {}
    for one, result in zip(found, done, strict=True):
        if result.account_id is not None:
            lines.setdefault(one.orphan.integration_id, []).extend(_lines(one, result.account_id))
    return {integration_id: some for integration_id, some in lines.items() if some}


def _lines(one: Outlook, account_id: int) -> Iterator[Difference]:
    for key in one.taking.losing:
        after: dict[str, Any] = {"state": SUSPENDED}
        if key != ACCOUNT_UNIT:
            after |= {"unit": key, "products": [key.partition(":")[2]]}
        before = {"state": one.orphan.state}
        yield Difference(account_id, one.taking.login, Situation.STATE, Action.SUSPEND, before, after)
