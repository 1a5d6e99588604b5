"""What can go wrong with a backup, told by a message's code."""

from webapp.services.errors import ServiceError


class BackupRefused(ServiceError):
    """It was not made, or not restored: show the message of ``code``; what stood before still stands."""


class Stopped(Exception):
    """The hub is being stopped: nothing was made; the same backup is begun anew by whoever starts next."""
