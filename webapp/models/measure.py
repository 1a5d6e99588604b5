"""How each platform stood, hour by hour: what the charts show and the watchdogs compare."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime


class Measure(Identified, db.Model):
    """One integration in one hour; the last look of the hour counts. Old ones are thinned to one a day.

    Attributes:
        at: the beginning of the hour.
        person: accounts that wait for a person: blocked or parked.
        due, oldest_due_s: accounts whose call is due, and how long the oldest has been.
        calls, calls_ok: calls that ended in the 24 hours before, and those of them that ended well.
        compared, differing: of the last reading that could be trusted; None = there was none yet.
    """

    __tablename__ = "measure"
    __table_args__ = (UniqueConstraint("integration_id", "at"),)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    active: Mapped[int] = mapped_column(default=0)
    suspended: Mapped[int] = mapped_column(default=0)
    pending: Mapped[int] = mapped_column(default=0)
    person: Mapped[int] = mapped_column(default=0)
    due: Mapped[int] = mapped_column(default=0)
    oldest_due_s: Mapped[int] = mapped_column(default=0)
    calls: Mapped[int] = mapped_column(default=0)
    calls_ok: Mapped[int] = mapped_column(default=0)
    compared: Mapped[int | None]
    differing: Mapped[int | None]
