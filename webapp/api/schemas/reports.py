"""Reports and receipts as they are given out."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.schemas.common import AT, MoneyText, Out
from webapp.services.inputs import Input

Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$", examples=["2026-11"])]
Signed = Annotated[str, Field(pattern=r"^-?\d+\.\d{2}$", description="R$, two decimals.", examples=["-3.10"])]
Id = Annotated[int, Field(ge=1, le=2**31 - 1)]
FIGURES: dict[str, Any] = {
    "at_start": 120, "added": 14, "ended": 6, "cancelled": 2, "at_end": 128, "churn": "5.0", "revenue": "3827.20",
    "cost": "1280.00", "margin": "2547.20",
}  # fmt: skip
REPORT: dict[str, Any] = {
    "first": "2026-10", "last": "2026-10", "by": "package", "total": FIGURES,
    "rows": [{"month": "2026-10", "name": "Cinema em casa", "figures": FIGURES}], "reconstructed_before": "2026-11",
}  # fmt: skip
COUNTS: dict[str, Any] = {
    "month": "2026-10", "cnpj": "",
    "items": [{"declared": "scm", "package": "Acesso", "city": "Cidade Exemplo", "customer": "PF", "medium": "fibra",
               "product_kind": "internet", "technology": "GPON", "speed": "500", "ibge": "3550308",
               "area": "", "accesses": 31, "missing": ["cnpj", "area"]}],
}  # fmt: skip
COMPOSITION: dict[str, Any] = {
    "month": "2026-10", "total": "3827.20", "computes_tax": False,
    "items": [{"package_id": 3, "package": "Cinema em casa", "line": "Streaming", "kind": "sva", "sales": 128,
               "value": "3827.20", "accountant_note": "validado em junho"}],
}  # fmt: skip
RECEIPT: dict[str, Any] = {
    "number": "20261122-0A1B2C3D", "made_at": AT, "made_by": "token:billing", "sha256": "0" * 64, "chain_place": 812,
    "chain_link": "0" * 64,
}  # fmt: skip
MADE: dict[str, Any] = {
    **RECEIPT, "document": '{"form":1}', "signature": "c2lnbmF0dXJl", "public_key": "-----BEGIN PUBLIC KEY-----",
    "pdf": "JVBERi0=",
}  # fmt: skip
CHECKED: dict[str, Any] = {
    "verdict": "genuine", "number": "20261122-0A1B2C3D", "same": 12, "gone": 0, "other": [], "known": True,
}  # fmt: skip


class ReportQuery(BaseModel):
    """Which figures: months, both included; what they are divided by; only of one platform, package, plan or city."""

    model_config = ConfigDict(extra="forbid")
    first: Month | None = None
    last: Month | None = None
    by: Literal["platform", "package", "plan", "city"] = "package"
    platform: Id | None = None
    package: Id | None = None
    plan: Id | None = None
    city: Annotated[str | None, Field(max_length=80)] = None


class MonthQuery(BaseModel):
    """Which month; the last one that is over where none is named."""

    model_config = ConfigDict(extra="forbid")
    month: Month | None = None


class ReportFiguresOut(Out):
    """Packages sold: live before, came, went (of those with the whole service), live at the end, and their money."""

    at_start: int
    added: int
    ended: int
    cancelled: int
    at_end: int
    churn: str | None
    revenue: MoneyText
    cost: MoneyText
    margin: Signed


class ReportRowOut(Out):
    """One month of one platform, package, plan or city; an empty name = none, or not known."""

    month: Month
    name: str
    figures: ReportFiguresOut


class ReportOut(Out):
    """Figures of a period. Months before ``reconstructed_before`` were read from the sales as they stand now."""

    first: Month
    last: Month
    by: str
    total: ReportFiguresOut
    rows: list[ReportRowOut]
    reconstructed_before: Month | None


class AccessOut(Out):
    """So many accesses of one kind; ``missing``: what the hub does not know of them. Not declared: ``none``."""

    declared: Literal["none", "scm", "stfc", "seac"]
    package: str
    city: str
    customer: Literal["PF", "PJ", ""]
    medium: str
    product_kind: str
    technology: str
    speed: str
    ibge: str
    area: Literal["", "urban", "rural"]
    accesses: int
    missing: list[str]


class AccessesOut(Out):
    """Counts of a month: no filing."""

    month: Month
    cnpj: str
    items: list[AccessOut]


class AccountingLineOut(Out):
    """What one line of a package comes to over its sales."""

    package_id: int
    package: str
    line: str
    kind: Literal["sva", "scm", "other"]
    sales: int
    value: MoneyText
    accountant_note: str


class AccountingOut(Out):
    """What the sales of a month are made of. The hub computes no tax."""

    month: Month
    total: MoneyText
    computes_tax: Literal[False]
    items: list[AccountingLineOut]


class ReceiptOut(Out):
    """A receipt that was handed out; ``sha256``: of its PDF."""

    number: str
    made_at: datetime
    made_by: str
    sha256: str
    chain_place: int
    chain_link: str


class ReceiptMadeOut(ReceiptOut):
    """A receipt with its files: ``document`` is what is signed, byte for byte; the others are Base64 and PEM."""

    document: str
    signature: str
    public_key: str
    pdf: str


class ReceiptsOut(Out):
    """Receipts about one customer, the latest first."""

    items: list[ReceiptOut]


class ReceiptIn(Input):
    """A receipt that somebody shows: the text that is signed, and the signature in Base64."""

    document: Annotated[str, Field(max_length=20_000_000)]
    signature: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class ReceiptCheckedOut(Out):
    """What was found. ``same``, ``gone``, ``other``: entries with the link that the history has now, without, others.

    ``forged``: the signature is not that of this hub, or the text was changed; nothing else is told then.
    """

    verdict: Literal["genuine", "pages", "differs", "forged"]
    number: str
    same: int
    gone: int
    other: list[int]
    known: bool


class KeyOut(Out):
    """The public key that receipts are checked with; empty before the first one."""

    public_key: str
