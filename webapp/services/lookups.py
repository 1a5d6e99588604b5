"""Asks platforms about single accounts that something was hinted of, and mends what differs, in both directions."""

from collections.abc import Collection, Iterator, Mapping

import structlog

from webapp.clock import utc_now
from webapp.decide.compare import Believed, Difference, compare_answer
from webapp.decide.state import ACCOUNT_UNIT
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation
from webapp.gateways.errors import GatewayError, Rejected, Unsupported
from webapp.gateways.registry import UnknownGateway
from webapp.models import Integration
from webapp.services import drift, lookup_marks
from webapp.services.connections import effective_limits, open_connection
from webapp.services.lookup_marks import Mark
from webapp.services.reconciliation import record_part
from webapp.services.subjects import Subjects, load_subjects
from webapp.vault import VaultError

TRIGGER = "event"
PER_TICK = 20
log = structlog.get_logger()


def look_up_marked() -> None:
    """Ask about the accounts that are noted, a few of each integration at a time; one that fails holds no other."""
    by_integration: dict[int, list[Mark]] = {}
    for mark in lookup_marks.waiting():
        by_integration.setdefault(mark.integration_id, []).append(mark)
    for integration_id, marks in by_integration.items():
        try:
            lookup_marks.clear(_stale(marks) | _look_up(integration_id, marks[:PER_TICK]))
        except Exception:
            # A border: the next integration must have its turn.
            log.exception("lookup.failed", integration_id=integration_id)
            db.session.rollback()


def _stale(marks: Collection[Mark]) -> set[Mark]:
    """What could not be asked for so long is left to the next reading of everything."""
    since = utc_now() - lookup_marks.KEPT
    return {mark for mark in marks if mark.at < since}


def _look_up(integration_id: int, marks: Collection[Mark]) -> set[Mark]:
    """Return the marks that are done with."""
    integration = db.session.get(Integration, integration_id)
    if integration is None:
        return set(marks)
    if not integration.active or integration.paused_code is not None:
        return set()
    try:
        gateway, connection = open_connection(integration_id)
    except (UnknownGateway, VaultError):
        return set()
    if not gateway.traits.can(Operation.FIND):
        return set(marks)
    limits = effective_limits(gateway.traits, integration.concurrency, integration.rate_per_s)
    started_at = utc_now()
    believed = drift.load_believed(integration_id, gateway.traits, started_at, [mark.account_id for mark in marks])
    subjects = load_subjects(integration, gateway.traits, connection, [mark.account_id for mark in marks])
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    asking = _Asking(gateway, connection, subjects, 1 / limits.rate_per_s if limits.rate_per_s else 0)
    asked = asking.about(believed)
    record_part(integration_id, asking.differences, TRIGGER, started_at)
    there = {one.account_id for one in believed}
    return {mark for mark in marks if mark.account_id in asked or mark.account_id not in there}


class _Asking:
    """One round of look-ups on one integration."""

    def __init__(self, gateway: Gateway, connection: Connection, subjects: Subjects, pause_s: float) -> None:
        self.differences: list[Difference] = []
        self._gateway = gateway
        self._connection = connection
        self._subjects = subjects
        self._pause_s = pause_s

    def about(self, believed: Collection[Believed]) -> set[int]:
        """Ask, and return the accounts that are done with; what is under way is asked about later."""
        done: set[int] = set()
        for account_id, lines in _by_account(believed).items():
            if not all(line.settled for line in lines):
                continue
            try:
                found = list(self._compare(lines))
            except (Rejected, Unsupported) as error:
                # About this one alone: who it is there must be seen by a person, and the next reading tells.
                log.warning("lookup.refused", account_id=account_id, code=error.code)
                found = []
            except GatewayError as error:
                log.warning("lookup.unanswered", account_id=account_id, code=error.code)
                return done
            self.differences += found
            done.add(account_id)
        return done

    def _compare(self, lines: Collection[Believed]) -> Iterator[Difference]:
        for line in lines:
            subject = self._subjects.get(line.key)
            # A right that ended is not asked about for ever.
            if subject is None or not (line.live or line.unit == ACCOUNT_UNIT):
                continue
            if self._pause_s:
                self._connection.sleep(self._pause_s)
            found = self._gateway.find(self._connection, subject).found
            if found is not None and not found.belongs_to(line.reference, subject.customer.document):
                continue
            difference = compare_answer(line, found)
            if difference is not None:
                yield difference


def _by_account(believed: Collection[Believed]) -> Mapping[int, list[Believed]]:
    found: dict[int, list[Believed]] = {}
    for line in believed:
        found.setdefault(line.account_id, []).append(line)
    return found
