"""Makes the one call of a job. No database in here: no transaction is open while we wait."""

import structlog

from webapp.gateways.contract import Operation
from webapp.gateways.errors import GatewayError
from webapp.services.convergence.work import Job, Result

log = structlog.get_logger()


class InternalError(GatewayError):
    """A fault of ours in a gateway: whether anything was sent is not known."""

    kind = "internal"


class NotSent(GatewayError):
    """The call was taken back before it began: nothing was sent, so it is simply due again."""

    kind = "unsent"


def call(job: Job) -> Result:
    """Return how the call ended; never raises."""
    try:
        if job.operation is Operation.FIND:
            return Result(job, look_up=job.gateway.find(job.connection, job.subject))
        return Result(job, reply=job.gateway.send(job.connection, job.operation, job.subject, job.intent.key))
    except GatewayError as error:
        return Result(job, error=error)
    except Exception as error:
        # A border: one poisonous subscriber must not stop the engine; the trace goes to the log.
        log.exception("call.failed", account_id=job.claim.account_id, operation=str(job.operation))
        return Result(job, error=InternalError("internal_error", params={"type": type(error).__name__}))
