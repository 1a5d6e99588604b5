"""*Test* of a source: parameters, address, credentials, and whether an answer can be read."""

from collections.abc import Callable, Mapping, Sequence

from webapp.gateways.contract import CheckStep, ParamSpec
from webapp.gateways.errors import AuthFailed, GatewayError
from webapp.gateways.http import HttpResponse
from webapp.sources.wire import sample


def checked(
    params: Mapping[str, str],
    specs: Sequence[ParamSpec],
    read: Callable[[], HttpResponse],
    log_in: Callable[[], None] = lambda: None,
) -> list[CheckStep]:
    """Return the steps as far as they came; never raises.

    Args:
        read: reads something small, to see that it can be read.
        log_in: for sources with a log-in of its own.
    """
    missing = next((spec.name for spec in specs if spec.required and not params.get(spec.name, "").strip()), "")
    if missing:
        return [CheckStep("params", False, "source_param_missing", {"name": missing})]
    steps = [CheckStep("params", True)]
    try:
        log_in()
        response = read()
    except GatewayError as error:
        return [*steps, *_failed(error)]
    return [
        *steps, CheckStep("address", True), CheckStep("credentials", True),
        CheckStep("answer", True, exchange=sample(response)),
    ]  # fmt: skip


def _failed(error: GatewayError) -> list[CheckStep]:
    def step(name: str) -> CheckStep:
        return CheckStep(name, False, error.code, error.params, error.exchange)

    if isinstance(error, AuthFailed):
        return [CheckStep("address", True), step("credentials")]
    # A status means that the address was reached; without one it was not.
    if error.exchange is not None and error.exchange.status is not None:
        return [CheckStep("address", True), step("answer")]
    return [step("address")]
