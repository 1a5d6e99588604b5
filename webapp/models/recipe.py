"""The provider's own recipes, every version of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import db
from webapp.models.types import Identified, UtcDateTime


class RecipeVersion(Identified, db.Model):
    """One version of one recipe. Never changed: an edit makes the next number, a roll-back moves ``active``.

    Attributes:
        key: the gateway's; a bundled recipe of the same key is replaced while a version is active.
        number: counts from 1 within the key.
        text: the TOML. A recipe holds no secret; those are params of an integration.
        active: the one that runs; none = the bundled one, or no gateway.
    """

    __tablename__ = "recipe_version"
    __table_args__ = (
        UniqueConstraint("key", "number"),
        CheckConstraint("number >= 1", name="number"),
        Index("ux_recipe_version_active", "key", unique=True, sqlite_where=text("active"),
              postgresql_where=text("active")),
    )  # fmt: skip
    key: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(500), default="")
    actor: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    active: Mapped[bool] = mapped_column(default=False)
