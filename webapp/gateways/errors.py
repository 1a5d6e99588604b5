"""What can go wrong with a platform, and what the caller should do about it.

::

    GatewayError
      Unavailable        nothing was done, or it can be repeated   retry on the schedule
        Throttled        the platform asked for a pause            retry after ``retry_after_s``
      InProgress         taken, and not finished there yet         ask again after ``retry_after_s``
      OutcomeUnknown     sent, and no readable answer came         look up first, never a blind create
      AuthFailed         our own credentials were refused          stop the integration after three
      Rejected           this subscriber's data were refused       block the account, show the reason
        IdentityClash    the account belongs to somebody else      park the account for a person
      Capacity           no vouchers, credit or places are left    retry slowly, alarm once
      ContractBroken     not what the platform promised            pause the integration, keep the sample
      EndpointGone       the platform says: never again (410)      disable the integration
      EgressRefused      our own rules forbid this address         stop the integration, name the setting
      Unsupported        the platform cannot do this               change the configuration, never retry

No exception holds a body, a password or a token: ``exchange`` is masked before it
gets here, and ``str(error)`` is only the code.
"""

from collections.abc import Mapping
from typing import Any

from webapp.gateways.contract import Exchange, Progress


class GatewayError(Exception):
    """Base of everything that a platform, or the way to it, can do to us.

    Args:
        code: a key of ``webapp/messages.py``, where cause and remedy stand in words.
        params: values for those words; never a secret.
        exchange: the masked request and response, where there were any.
        field: which of the subscriber's fields is to be changed, where that is known.

    Attributes:
        progress: steps that were done before it failed; a repeat goes on after them.
        remote_ids: ids learned by those steps; keep them although the whole failed.
    """

    kind = "error"

    def __init__(
        self,
        code: str,
        *,
        params: Mapping[str, Any] | None = None,
        exchange: Exchange | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})
        self.exchange = exchange
        self.field = field
        self.progress: Progress | None = None
        self.remote_ids: Mapping[str, str] = {}


class Unavailable(GatewayError):
    """Network, time-out before sending, 5xx that had no effect: retry on the schedule."""

    kind = "unavailable"


class Throttled(Unavailable):
    """The platform asked for a pause: wait ``retry_after_s`` (bounded by the caller), then repeat."""

    kind = "throttled"

    def __init__(self, code: str, *, retry_after_s: float | None = None, **rest: Any) -> None:
        super().__init__(code, **rest)
        self.retry_after_s = retry_after_s


class InProgress(GatewayError):
    """The platform took it and works on it: ask again after ``retry_after_s``; nothing is wrong."""

    kind = "in_progress"

    def __init__(self, code: str, *, retry_after_s: float | None = None, **rest: Any) -> None:
        super().__init__(code, **rest)
        self.retry_after_s = retry_after_s


class OutcomeUnknown(GatewayError):
    """The request left and no readable answer came: look up, adopt or park; never create blindly."""

    kind = "unknown"


class AuthFailed(GatewayError):
    """The platform refused our credentials: count, stop the integration at three, alert once."""

    kind = "auth"


class Rejected(GatewayError):
    """The platform refused this subscriber: block the account and show reason and field."""

    kind = "rejected"


class IdentityClash(Rejected):
    """The account found is somebody else's: park it, a person decides."""

    kind = "clash"


class Capacity(GatewayError):
    """Vouchers, credit or places are used up: retry slowly and tell a person once."""

    kind = "capacity"


class ContractBroken(GatewayError):
    """The answer is not what the platform promised: pause the integration, keep the masked sample."""

    kind = "contract"


class EndpointGone(GatewayError):
    """The platform answered 410: disable the integration until a person looks."""

    kind = "gone_endpoint"


class EgressRefused(GatewayError):
    """Our own rules forbid the address: stop the integration and name the setting."""

    kind = "egress"


class Unsupported(GatewayError):
    """The gateway declares no such operation: change the configuration; never retry."""

    kind = "unsupported"
