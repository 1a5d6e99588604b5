"""What the hub knows of itself: small values, ticks that fired, signs of life."""

from datetime import datetime

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime


class Setting(db.Model):
    """One small value by name, such as the hash of the set-up link."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Tick(Identified, db.Model):
    """A periodic task at one scheduled time: the unique row makes a second firing harmless."""

    __tablename__ = "tick"
    __table_args__ = (UniqueConstraint("task", "scheduled_at"),)
    task: Mapped[str] = mapped_column(String(60))
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fired_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heartbeat(db.Model):
    """When a part of the hub last showed that it lives: scheduler, worker."""

    __tablename__ = "heartbeat"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
