"""What the provider sells: packages, their composition and products; and internet plans."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.extensions import db
from webapp.models.integration import Integration, Product
from webapp.models.types import Identified, Money, Timestamped, Versioned

if TYPE_CHECKING:
    from webapp.models.agenda import Campaign

DICI_TYPES = ("none", "scm", "stfc", "seac")
COMPOSITION_KINDS = ("sva", "scm", "other")


class Package(Identified, Timestamped, Versioned, db.Model):
    """What is sold. Its composition adds up to its value; its products are of one integration."""

    __tablename__ = "package"
    __table_args__ = (
        UniqueConstraint("id", "integration_id"),
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("dici_type in ('none', 'scm', 'stfc', 'seac')", name="dici_type"),
    )
    description: Mapped[str] = mapped_column(String(200))
    code: Mapped[str | None] = mapped_column(String(60), unique=True)
    value: Mapped[Decimal] = mapped_column(Money)
    integration_id: Mapped[int | None] = mapped_column(ForeignKey("integration.id"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    dici_type: Mapped[str] = mapped_column(String(8), default="none")
    dici: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    accountant_note: Mapped[str] = mapped_column(String(500), default="")
    integration: Mapped[Integration | None] = relationship()
    composition: Mapped[list["PackageComposition"]] = relationship(
        cascade="all, delete-orphan", order_by="PackageComposition.id"
    )
    product_links: Mapped[list["PackageProduct"]] = relationship(cascade="all, delete-orphan")
    campaigns: Mapped[list["Campaign"]] = relationship(order_by="Campaign.id", viewonly=True)

    @property
    def products(self) -> list[Product]:
        """Products of this package, by name."""
        return sorted((link.product for link in self.product_links), key=lambda product: product.name)


class PackageComposition(Identified, db.Model):
    """One line of what a package is made of, for the accountant."""

    __tablename__ = "package_composition"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("kind in ('sva', 'scm', 'other')", name="kind"),
    )
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id", ondelete="CASCADE"), index=True)
    description: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8))
    value: Mapped[Decimal] = mapped_column(Money)


class PackageProduct(db.Model):
    """A product in a package; the keys force both to be of one integration."""

    __tablename__ = "package_product"
    __table_args__ = (
        ForeignKeyConstraint(
            ["package_id", "integration_id"], ["package.id", "package.integration_id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["product_id", "integration_id"], ["product.id", "product.integration_id"]),
    )
    package_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    product_id: Mapped[int] = mapped_column(Integer, primary_key=True, index=True)
    integration_id: Mapped[int]
    product: Mapped[Product] = relationship(overlaps="product_links")


class Plan(Identified, Timestamped, Versioned, db.Model):
    """An internet plan; carries default packages and may lock the choice to them.

    Attributes:
        contract_months: how long a contract of this plan runs; 0 = no fixed term.
    """

    __tablename__ = "plan"
    __table_args__ = (
        CheckConstraint("value >= 0", name="value"),
        CheckConstraint("download_kbps >= 0 and upload_kbps >= 0", name="speed"),
        CheckConstraint("contract_months >= 0", name="contract_months"),
    )
    description: Mapped[str] = mapped_column(String(200), unique=True)
    value: Mapped[Decimal] = mapped_column(Money)
    technology: Mapped[str] = mapped_column(String(60), default="")
    download_kbps: Mapped[int] = mapped_column(default=0)
    upload_kbps: Mapped[int] = mapped_column(default=0)
    band_control: Mapped[bool] = mapped_column(default=True)
    lock_packages: Mapped[bool] = mapped_column(default=False)
    contract_months: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    packages: Mapped[list["PlanPackage"]] = relationship(cascade="all, delete-orphan", order_by="PlanPackage.id")


class PlanPackage(Identified, db.Model):
    """A package that comes with a plan; mandatory = cannot be taken off while adding the service."""

    __tablename__ = "plan_package"
    __table_args__ = (UniqueConstraint("plan_id", "package_id"),)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id", ondelete="CASCADE"))
    package_id: Mapped[int] = mapped_column(ForeignKey("package.id"), index=True)
    mandatory: Mapped[bool] = mapped_column(default=False)
    params: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    package: Mapped[Package] = relationship()
