"""The test of a source with its times: what was tried, how it ended, which status words the ERP has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from webapp.clock import monotonic_s, utc_now
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.models import Event
from webapp.services.integration_reports import TestReport, timed_report
from webapp.services.source_connections import open_source
from webapp.services.source_mapping import STATUS, note_seen
from webapp.sources.contract import Named, Source, SourceAbility, SourceConnection

TEST = "source.test"


@dataclass(frozen=True)
class Trouble:
    """Why something could not be read; a message code with its values."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceReport:
    """One test of a source.

    Attributes:
        statuses: the status words that the ERP listed; empty where it cannot list them.
        trouble: why it did not list them although it can.
    """

    test: TestReport
    statuses: tuple[Named, ...] = ()
    trouble: Trouble | None = None

    @property
    def ok(self) -> bool:
        """Whether every step passed."""
        return self.test.ok

    @property
    def failed(self) -> list[str]:
        """Codes of the steps that failed."""
        return [timed.step.code for timed in self.test.steps if not timed.step.ok]

    def note_words(self, source_id: int) -> None:
        """Keep the status words for the mapping, in the caller's transaction."""
        note_seen(source_id, {(STATUS, word.external): (word.label, 0) for word in self.statuses})


def try_source(source_id: int) -> SourceReport:
    """Test a source; nothing is written here or there, and no transaction is open meanwhile.

    Raises:
        NotFound, UnknownSource, VaultError: as ``open_source``.
    """
    source, connection = open_source(source_id)
    at, started = utc_now(), monotonic_s()
    steps = source.check(connection)
    test = timed_report(at, int((monotonic_s() - started) * 1000), steps)
    if not test.ok or not source.traits.can(SourceAbility.STATUSES):
        return SourceReport(test)
    return _with_statuses(source, connection, test)


def last_test(source_id: int) -> Event | None:
    """Return the newest test of a source in the history."""
    return db.session.scalars(
        select(Event)
        .where(Event.object_type == "source", Event.object_id == source_id, Event.action == TEST)
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()


def _with_statuses(source: Source, connection: SourceConnection, test: TestReport) -> SourceReport:
    # Without the list nothing is lost: the words come with the first reading.
    try:
        return SourceReport(test, source.statuses(connection))
    except GatewayError as error:
        return SourceReport(test, trouble=Trouble(error.code, error.params))
