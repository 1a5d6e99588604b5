"""The rows of a job: fixed when it starts, so that nobody is touched whom the person did not see counted."""

import re
from collections.abc import Iterable, Iterator

from sqlalchemy import delete, insert, select

from webapp.extensions import db
from webapp.models import Setting

PREFIX = "bulk_rows:"
_SPAN = re.compile(r"(\d+)(?:-(\d+))?")


def keep(job_id: int, ids: Iterable[int]) -> None:
    """Keep the ids of a job, in the caller's transaction.

    They stand beside the job and not in it: its row is written several times a second, and would carry them along.
    """
    db.session.execute(insert(Setting.__table__).values(name=f"{PREFIX}{job_id}", value=pack(ids)))


def read(job_id: int) -> list[int]:
    """Return the ids of a job, ascending; none when it is over."""
    kept = db.session.scalar(select(Setting.value).where(Setting.name == f"{PREFIX}{job_id}"))
    return list(unpack(kept or ""))


def forget(job_id: int) -> None:
    """Remove the ids of a job that is over, in the caller's transaction."""
    db.session.execute(delete(Setting.__table__).where(Setting.__table__.c.name == f"{PREFIX}{job_id}"))


def pack(ids: Iterable[int]) -> str:
    """Return ids as text, neighbours as spans: ``1-500,503``."""
    spans: list[list[int]] = []
    for one in sorted(set(ids)):
        if spans and one == spans[-1][1] + 1:
            spans[-1][1] = one
        else:
            spans.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def unpack(text: str) -> Iterator[int]:
    """Yield the ids of a text that ``pack`` made."""
    for first, last in _SPAN.findall(text):
        yield from range(int(first), int(last or first) + 1)
