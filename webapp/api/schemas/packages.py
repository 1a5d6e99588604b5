"""Packages and plans."""

from datetime import datetime

from pydantic import Field

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, MoneyText, Out
from webapp.decide.dici import MEDIUMS, PRODUCT_KINDS

PACKAGE_IN = {
    "description": "NX Play Premium",
    "code": "NXP",
    "value": "29.90",
    "composition": [{"description": "Streaming", "kind": "sva", "value": "29.90"}],
    "integration_id": 1,
    "product_codes": ["premium"],
    "dici": {"type": "none"},
}
PACKAGE = {
    **PACKAGE_IN,
    "id": 3,
    "dici": {"type": "none", "technology": "", "medium": "", "product_kind": "", "speed_mbps": None},
    "accountant_note": "",
    "active": True,
    "created_at": AT,
    "updated_at": AT,
}
PLAN_IN = {
    "description": "Fibra 500",
    "value": "99.90",
    "technology": "fibra",
    "download_kbps": 500000,
    "upload_kbps": 250000,
    "lock_packages": False,
    "contract_months": 12,
    "packages": [{"package_id": 3, "mandatory": True, "params": {}}],
}
PLAN = {**PLAN_IN, "id": 5, "band_control": True, "active": True, "created_at": AT, "updated_at": AT}


class PackageQuery(ListQuery):
    """Filters of the list of packages."""

    integration_id: Id | None = None
    code: str | None = Field(default=None, max_length=60)
    active: bool | None = None


class CompositionOut(Out):
    """One line of what a package is made of."""

    description: str
    kind: str
    value: MoneyText


class DiciOut(Out):
    """What is declared to Anatel; ``none`` = nothing (SVA), and then the other fields are empty."""

    type: str = Field(description="none, scm, stfc or seac")
    technology: str = Field(default="", description="link layer, in free words")
    medium: str = Field(default="", description="empty, or one of: " + ", ".join(MEDIUMS))
    product_kind: str = Field(default="", description="empty, or one of: " + ", ".join(PRODUCT_KINDS))
    speed_mbps: str | None = None


class PackageOut(Out):
    """What the provider sells."""

    id: int
    description: str
    code: str | None
    value: MoneyText
    composition: list[CompositionOut]
    integration_id: int | None
    product_codes: list[str]
    dici: DiciOut
    accountant_note: str
    active: bool
    created_at: datetime
    updated_at: datetime


class PackagePage(Out):
    """A page of packages."""

    items: list[PackageOut]
    next_cursor: str | None


class PlanQuery(ListQuery):
    """Filters of the list of plans."""

    active: bool | None = None


class PlanPackageOut(Out):
    """A package that comes with a plan."""

    package_id: int
    mandatory: bool
    params: dict[str, str]


class PlanOut(Out):
    """An internet plan."""

    id: int
    description: str
    value: MoneyText
    technology: str
    download_kbps: int
    upload_kbps: int
    band_control: bool
    lock_packages: bool
    contract_months: int
    active: bool
    packages: list[PlanPackageOut]
    created_at: datetime
    updated_at: datetime


class PlanPage(Out):
    """A page of plans."""

    items: list[PlanOut]
    next_cursor: str | None
