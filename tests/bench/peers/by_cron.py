"""The script that cron starts: rows of a SQLite table that are due, sent, and each committed when it was taken.

SQLite is as it comes: a journal beside the file, and a commit that waits for the disk.
"""

import sqlite3
from concurrent.futures import ThreadPoolExecutor, as_completed

from tests.bench.peers.handler import Job, deliver, store

TABLE = "CREATE TABLE outbox (id TEXT PRIMARY KEY, body TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0)"
SENT = "UPDATE outbox SET sent = 1 WHERE id = ?"


def enqueue(jobs: list[Job]) -> None:
    """Put the jobs into its table."""
    with sqlite3.connect(store()) as database:
        database.execute(TABLE)
        database.executemany("INSERT INTO outbox (id, body) VALUES (?, ?)", jobs)
    database.close()


def work(threads: str = "1") -> None:
    """Be one run of the script: everything that is due, one by one or with so many threads."""
    database = sqlite3.connect(store())
    due = database.execute("SELECT id, body FROM outbox WHERE sent = 0 ORDER BY id").fetchall()
    if threads == "1":
        for job_id, body in due:
            deliver(job_id, body)
            _sent(database, job_id)
        return
    with ThreadPoolExecutor(int(threads)) as pool:
        calls = {pool.submit(deliver, job_id, body): job_id for job_id, body in due}
        for call in as_completed(calls):
            call.result()
            _sent(database, calls[call])


def _sent(database: sqlite3.Connection, job_id: str) -> None:
    database.execute(SENT, (job_id,))
    database.commit()


def left() -> int:
    """Return how many rows the next run would send."""
    return int(sqlite3.connect(store()).execute("SELECT count(*) FROM outbox WHERE sent = 0").fetchone()[0])
