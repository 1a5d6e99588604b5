"""How a use case begins a transaction of its own, before the work of a request."""

from webapp.extensions import db


def begin(*, reads_only: bool) -> None:
    """Begin a transaction on the session; whatever was open there is rolled back.

    Call it only where nothing is pending: at the start of a request, or after a commit.

    Args:
        reads_only: True never queues behind writers; False takes SQLite's write lock at once,
            also inside a GET.
    """
    db.session.rollback()
    db.session.connection(execution_options={"reads_only": reads_only})
