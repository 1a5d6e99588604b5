"""Makes the calls of jobs. No database in here: no transaction is open while we wait."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from webapp.clock import monotonic_s, utc_now
from webapp.gateways.contract import Operation
from webapp.gateways.errors import GatewayError
from webapp.logged import about
from webapp.services.convergence.work import Job, Result
from webapp.services.life import LIFE
from webapp.services.metrics import process

# What people do by hand is told whole; of more than that the page of transmissions tells.
TOLD_PER_S = 20
# Even to find out that nobody wants a line costs more than anything else here.
_TELLS_ALL = structlog.make_filtering_bound_logger(logging.DEBUG)
log = structlog.get_logger()
_told = [0, 0]


class InternalError(GatewayError):
    """A fault of ours in a gateway: whether anything was sent is not known."""

    kind = "internal"


class NotSent(GatewayError):
    """The call was taken back before it began: nothing was sent, so it is simply due again."""

    kind = "unsent"


def call(job: Job) -> Result:
    """Return how the call ended; never raises."""
    if _comes_too_late(job):
        return Result(job, error=NotSent("not_sent"))
    try:
        if job.operation is Operation.FIND:
            return Result(job, look_up=job.gateway.find(job.connection, job.subject))
        return Result(job, reply=job.gateway.send(job.connection, job.operation, job.subject, job.intent.key))
    except GatewayError as error:
        return Result(job, error=error)
    except Exception as error:
        # A border: one poisonous subscriber must not stop the engine; the trace goes to the log.
        return Result(job, error=_internal(job, error))


def call_batch(jobs: Sequence[Job]) -> list[Result]:
    """Return how one call for several subscribers ended for each of them; never raises.

    What the call itself logs, and the line that tells how it ended, carry the ids of integration, account and attempt.

    Args:
        jobs: of one operation on one integration, with one ``batch_key``; one alone goes alone.
    """
    first = jobs[0]
    with about(partial(_ids, first)), process.Busy():
        results = _call_batch(jobs)
    for result in results:
        _tell(result)
    return results


def _ids(job: Job) -> dict[str, int]:
    claim = job.claim
    return {
        "integration_id": claim.integration_id, "service_id": claim.service_id, "account_id": claim.account_id,
        "generation": claim.generation, "attempt_id": job.attempt_id,
    }  # fmt: skip


def _tell(result: Result) -> None:
    """Count how it ended, and log it; of what went well only so much that a mass change does not wait for its log."""
    job, outcome = result.job, result.outcome
    process.attempts(job.claim.integration_id, job.gateway.traits.key, str(job.operation), outcome).inc()
    # A command at a terminal shows its own progress.
    told = bool(LIFE.role) and (result.error is not None or _may_be_told())
    if not told and structlog.get_config()["wrapper_class"] is not _TELLS_ALL:
        return
    tell = log.info if told else log.debug
    code = result.error.code if result.error is not None else ""
    latency_ms = result.exchange.latency_ms if result.exchange is not None else None
    tell("call", operation=str(job.operation), outcome=outcome, code=code, ms=latency_ms, **_ids(job))


def _may_be_told() -> bool:
    """Tell whether this second has had few such lines. Two threads that count at once cost a line more."""
    second = int(monotonic_s())
    _told[:] = [second, _told[1] + 1 if _told[0] == second else 1]
    return _told[1] <= TOLD_PER_S


def _call_batch(jobs: Sequence[Job]) -> list[Result]:
    if len(jobs) == 1:
        return [call(jobs[0])]
    first = jobs[0]
    if any(_comes_too_late(job) for job in jobs):
        return [Result(job, error=NotSent("not_sent")) for job in jobs]
    try:
        ended = first.gateway.send_batch(
            first.connection, first.operation, [job.subject for job in jobs], [job.intent.key for job in jobs]
        )
        pairs = list(zip(jobs, ended, strict=True))
    except Exception as error:
        # A border, as above; what each of them got is not known.
        return [Result(job, error=_internal(job, error), parcel=first.attempt_id) for job in jobs]
    return [
        Result(job, error=one, parcel=first.attempt_id)
        if isinstance(one, GatewayError)
        else Result(job, reply=one, parcel=first.attempt_id)
        for job, one in pairs
    ]


def _comes_too_late(job: Job) -> bool:
    """Tell whether the lease may end before the call does.

    A process that was stopped for minutes and goes on must not send what another one has overtaken meanwhile: the
    platform cannot know which of two calls is the newer one.
    """
    traits, until = job.gateway.traits, job.claim.lease_until
    longest = timedelta(seconds=traits.limits.total_timeout_s * traits.calls_per_job)
    return until is not None and utc_now() + longest > until


def _internal(job: Job, error: Exception) -> InternalError:
    log.exception("call.failed", account_id=job.claim.account_id, operation=str(job.operation))
    return InternalError("internal_error", params={"type": type(error).__name__})
