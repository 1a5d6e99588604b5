"""What several processes on one database share: the calls of each platform, and who fires the periodic work."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import UtcDateTime


class LaneLimit(db.Model):
    """One integration's limit of calls a second, for all processes together; whoever claims locks this row.

    Attributes:
        tokens: calls that may begin at once, as of ``counted_at``.
    """

    __tablename__ = "lane_limit"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[float]
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LaneShare(db.Model):
    """How many calls of an integration one process has under way, so that all together keep its limit.

    Attributes:
        until: from then on it counts no more: its process died, or has nothing to do with this integration.
    """

    __tablename__ = "lane_share"
    integration_id: Mapped[int] = mapped_column(ForeignKey("integration.id", ondelete="CASCADE"), primary_key=True)
    worker: Mapped[str] = mapped_column(String(80), primary_key=True)
    calls: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Leader(db.Model):
    """Who fires the periodic work, of all processes that could.

    Attributes:
        fence: one more with each change of hands; what an earlier holder writes is refused.
    """

    __tablename__ = "leader"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    fence: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime)
