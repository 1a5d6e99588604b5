"""*Testar / Sincronizar*: the test of an integration with its times, and how the last one went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.clock import monotonic_s, utc_now
from webapp.extensions import db
from webapp.gateways.contract import CheckStep
from webapp.models import Event
from webapp.services.integrations import test_integration

TEST = "integration.test"
# Steps that send nothing of their own: they read our settings, or stand on the call of a neighbour.
WITHOUT_CALL = ("params", "address")


@dataclass(frozen=True)
class TimedStep:
    """One step, when it began and how long it took; ``took_ms`` is None where nothing was sent."""

    step: CheckStep
    at: datetime
    took_ms: int | None


@dataclass(frozen=True)
class TestReport:
    """One test: when, how long in all, step by step."""

    # Its name is no test of ours.
    __test__ = False

    at: datetime
    took_ms: int
    steps: tuple[TimedStep, ...]

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(timed.step.ok for timed in self.steps)


def run_test(integration_id: int) -> TestReport:
    """Test an integration and return each step with its times; it ends within the gateway's time-outs.

    Raises:
        NotFound: no such integration.
        VaultError: restore the encryption key; nothing was sent.
    """
    at, started = utc_now(), monotonic_s()
    steps = test_integration(integration_id)
    return timed_report(at, int((monotonic_s() - started) * 1000), steps)


def timed_report(at: datetime, took_ms: int, steps: Sequence[CheckStep]) -> TestReport:
    """Return a test that began at ``at`` and took so long in all, with the time of each step."""
    return TestReport(at, took_ms, tuple(_timed(steps, at, took_ms)))


def last_test(integration_id: int) -> Event | None:
    """Return the newest test of an integration in the history."""
    return db.session.scalars(
        select(Event)
        .where(Event.object_type == "integration", Event.object_id == integration_id, Event.action == TEST)
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()


def _timed(steps: Sequence[CheckStep], at: datetime, total_ms: int) -> Iterator[TimedStep]:
    known_ms = sum(step.exchange.latency_ms for step in steps if step.exchange)
    for step in steps:
        took_ms = _took_ms(step, max(0, total_ms - known_ms))
        yield TimedStep(step, at, took_ms)
        at += timedelta(milliseconds=took_ms or 0)


def _took_ms(step: CheckStep, rest_ms: int) -> int | None:
    """A log-in keeps no exchange, for it holds the token: what the others leave of the time is its own."""
    if step.exchange is not None:
        return step.exchange.latency_ms
    return None if step.name in WITHOUT_CALL else rest_ms
