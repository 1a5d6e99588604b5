"""What can go wrong while the hub moves to another database, told by a message's code."""

from webapp.services.errors import ServiceError


class MoveRefused(ServiceError):
    """The hub did not move: show the message of ``code``. The database of before is as it was, and may be served."""
