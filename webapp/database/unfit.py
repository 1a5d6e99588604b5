"""A PostgreSQL that answers, and cannot be worked on. Apart, since only who has one loads its driver."""

import psycopg

from webapp.database.coded import Coded


class Unfit(psycopg.OperationalError, Coded):
    """The server answers, and the hub cannot work on it: give the hub another one."""

    def __init__(self, code: str, found: str) -> None:
        super().__init__(f"{code}: {found}")
        self.code = code
