"""How a use case begins a transaction of its own, and how a row is made that several processes may make at once."""

from sqlalchemy import Connection, Insert
from sqlalchemy.exc import IntegrityError

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


def insert_once(db_connection: Connection, row: Insert) -> bool:
    """Make a row in the caller's transaction; False when it is there already, or another process was quicker.

    No lock can be taken on a row that is not there yet, so the unique index decides who is first.
    """
    savepoint = db_connection.begin_nested()
    try:
        db_connection.execute(row)
    except IntegrityError:
        savepoint.rollback()
        return False
    savepoint.commit()
    return True
