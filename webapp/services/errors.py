"""What a use case can refuse. ``webapp/errors.py`` turns these into pages, fragments and JSON.

::

    ServiceError
      NotFound       no such object                       404
      Conflict       somebody changed it, or it exists    409 (412 for a stale ETag)
      NotAllowed     this person may not                  403
      Invalid        the data cannot be accepted          422; every problem is listed
      Busy           too much at this moment              503; nothing was done
"""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as made_by
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which field, and which message says so.

    Attributes:
        field: the input's field; dotted for rows (``composition.1.value``); empty for the whole.
        code: a key of ``webapp/messages``.
    """

    field: str
    code: str
    params: Mapping[str, Any] = made_by(default_factory=dict)


class ServiceError(Exception):
    """Base of all refusals. Show the message of ``code`` with ``params``."""

    def __init__(self, code: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = dict(params or {})


class NotFound(ServiceError):
    """No such object: answer 404."""


class Conflict(ServiceError):
    """The object exists already, or was changed by somebody else: show both and ask again."""


class NotAllowed(ServiceError):
    """This person may not do this: answer 403."""


class Busy(ServiceError):
    """Too much is asked at this moment, and nothing was done: answer 503; it may be asked again in some seconds."""


class Invalid(ServiceError):
    """The data cannot be accepted: show every problem beside its field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("invalid", {"count": len(problems)})
        self.problems = problems
