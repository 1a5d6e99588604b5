"""Invoices of platforms, and what was found of their lines."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, FailureOut, MoneyText, Out
from webapp.services.inputs import Input, Name, Text

State = Literal["columns", "checked", "closed"]
Verdict = Literal[
    "right", "cancelled", "not_sold", "twice", "price", "suspended", "pending", "early", "not_billed", "unclear",
]  # fmt: skip
FieldName = Literal[
    "remote_id", "login", "email", "code", "document", "product", "value", "quantity", "from", "until", "reference",
]  # fmt: skip
Month = Annotated[str, StringConstraints(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$")]
# A body of the API has up to 4 MB.
Content = Annotated[str, StringConstraints(min_length=4, max_length=4_000_000, pattern=r"^[A-Za-z0-9+/=\r\n]+$")]
Mapping = dict[FieldName, Annotated[str, StringConstraints(min_length=1, max_length=120)]]

COLUMNS = {"login": "Login", "product": "Produto", "value": "Valor"}
INVOICE = {
    "id": 7, "integration_id": 1, "month": "2026-10", "state": "checked", "file_name": "fatura.csv",
    "mapping": COLUMNS, "billed": "39.80", "disputed": "19.90", "counts": {"right": 1, "cancelled": 1},
    "uploaded_by": "token:erp", "uploaded_at": AT, "checked_at": AT,
}  # fmt: skip
LINE = {
    "id": 91, "number": 3, "subject": "maria@example.com", "item": "full", "verdict": "cancelled", "billed": "19.90",
    "expected": "0.00", "contested": "19.90", "account_id": 41, "product_id": 3, "aside": None, "note": None,
    "ended_at": AT, "told_at": AT, "request_id": "sin-4f-41-cancel-2", "http_status": 200, "answer": "{}",
}  # fmt: skip
UPLOAD = {
    "integration_id": 1, "month": "2026-10", "file_name": "fatura.csv",
    "content": "TG9naW47VmFsb3I=", "mapping": COLUMNS,
}  # fmt: skip
HEADER = {"columns": ["Login", "Produto", "Valor"], "mapping": COLUMNS, "remembered": True}
CONTESTED = {
    "number": 3, "subject": "maria@example.com", "item": "full", "billed": "19.90", "expected": "0.00",
    "contested": "19.90", "verdict": "cancelled", "cancelled_at": AT, "request_id": "sin-4f-41-cancel-2",
    "http_status": 200, "answer": "{}",
}  # fmt: skip


class InvoiceQuery(ListQuery):
    """Filters of the list of invoices."""

    integration_id: Id | None = None
    month: Month | None = None
    state: State | None = None


class LineQuery(ListQuery):
    """Filters of the lines of an invoice."""

    verdict: Verdict | None = None
    contested: bool | None = Field(default=None, description="True lists those that are contested now.")


class UploadInput(Input):
    """A file of a platform, in Base64. With ``mapping`` it is checked at once."""

    integration_id: Id
    month: Month
    file_name: Name
    content: Content
    mapping: Mapping | None = None


class CheckInput(Input):
    """Which column of the file is what; left out, as it was chosen last."""

    mapping: Mapping | None = None


class AsideInput(Input):
    """Why a line is not contested; it stays in the history."""

    reason: Annotated[Text, Field(min_length=1)]


class ProductWordInput(Input):
    """How the platform names a product, and which one of ours that is."""

    word: Name
    product_id: Id


class WordsInput(Input):
    """Words of the platform for products; they are kept for its next invoices."""

    words: Annotated[list[ProductWordInput], Field(min_length=1, max_length=200)]


class InvoiceOut(Out):
    """One invoice. ``counts``: what was found of how many lines. ``disputed``: what is contested now."""

    id: int
    integration_id: int
    month: str
    state: State
    file_name: str
    mapping: dict[str, str]
    billed: MoneyText
    disputed: MoneyText
    counts: dict[str, int]
    uploaded_by: str
    uploaded_at: datetime
    checked_at: datetime | None


class InvoicePage(Out):
    """A page of invoices, newest first."""

    items: list[InvoiceOut]
    next_cursor: str | None


class InvoiceHeaderOut(Out):
    """The columns of a file, and which one is probably what. ``remembered``: as for the platform's last invoice."""

    columns: list[str]
    mapping: dict[str, str]
    remembered: bool


class InvoiceLineOut(Out):
    """One line, or a seat that no line bills (``number`` is null). ``billed`` may be below zero: money given back."""

    id: int
    number: int | None
    subject: str
    item: str
    verdict: Verdict
    billed: str
    expected: str
    contested: MoneyText
    account_id: int | None
    product_id: int | None
    aside: str | None
    note: FailureOut | None
    ended_at: datetime | None
    told_at: datetime | None
    request_id: str
    http_status: int | None
    answer: str


class InvoiceLinePage(Out):
    """A page of an invoice's lines, in the order of the file."""

    items: list[InvoiceLineOut]
    next_cursor: str | None


class ContestedOut(Out):
    """One contested line, with nothing that the platform does not know."""

    number: int
    subject: str
    item: str
    billed: MoneyText
    expected: MoneyText
    contested: MoneyText
    verdict: Verdict
    cancelled_at: datetime | None
    request_id: str
    http_status: int | None
    answer: str


class ContestationOut(Out):
    """Everything that is contested of an invoice, in the order of its file."""

    disputed: MoneyText
    items: list[ContestedOut]
