"""How many may lose content by one file or request before somebody has to say their number."""

from sqlalchemy import func, select

from webapp.decide.brakes import most_per_pull
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.models import Service


def most_negatives() -> int:
    """Return what the brake of a source would let go, of all services that have not ended; the caller's transaction."""
    live = select(func.count()).select_from(Service).where(Service.status.not_in(ENDED))
    return most_per_pull(db.session.scalar(live) or 0)
