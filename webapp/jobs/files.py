"""How many files and connections this process may have open at once."""

import contextlib
import resource


def raise_file_limit() -> None:
    """Take as many as the system allows: the usual first limit is meant for programs that open a few."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # What is refused stays as it was; ``doctor`` tells where it is too few.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
