"""Receipts: made for one customer, and checked when somebody shows one."""

import base64
from typing import Any

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.schemas.reports import (
    CHECKED,
    MADE,
    RECEIPT,
    KeyOut,
    ReceiptCheckedOut,
    ReceiptIn,
    ReceiptMadeOut,
    ReceiptOut,
    ReceiptsOut,
)
from webapp.models import Receipt
from webapp.services.customers import get_customer
from webapp.services.receipts import checking, key, making


@bp.get("/customers/<code>/receipts")
@needs(READ)
@bp.output(ReceiptsOut, example={"items": [RECEIPT]})
def list_receipts(code: str) -> ReceiptsOut:
    """List receipts that were handed out about a customer, the latest first."""
    rows = making.list_receipts(get_customer(code).id)
    return ReceiptsOut(items=[ReceiptOut(**_values(row)) for row in rows])


@bp.post("/customers/<code>/receipts")
@needs(WRITE)
@bp.output(ReceiptMadeOut, status_code=201, example=MADE)
def make_receipt(code: str) -> ReceiptMadeOut:
    """Make a signed receipt of everything that was sent to platforms for a customer; it is not kept."""
    made = making.make_receipt(get_customer(code).id)
    return ReceiptMadeOut(
        **_values(made.receipt), document=made.content.decode(), signature=base64.b64encode(made.signature).decode(),
        public_key=made.public, pdf=base64.b64encode(made.pdf).decode(),
    )  # fmt: skip


@bp.post("/receipts/check")
@needs(READ)
@bp.input(ReceiptIn, example={"document": MADE["document"], "signature": MADE["signature"]})
@bp.output(ReceiptCheckedOut, example=CHECKED)
def check_receipt(json_data: ReceiptIn) -> ReceiptCheckedOut:
    """Say whether a receipt is this hub's and unchanged, and whether the history still says the same."""
    found = checking.check_receipt(checking.read_texts(json_data.document, json_data.signature))
    return ReceiptCheckedOut(
        verdict=found.verdict, number=found.document.get("number", ""),  # type: ignore[arg-type]
        same=found.compared.same, gone=found.compared.gone, other=list(found.compared.other), known=found.known,
    )  # fmt: skip


@bp.get("/receipts/key")
@needs(READ)
@bp.output(KeyOut, example={"public_key": MADE["public_key"]})
def read_receipt_key() -> KeyOut:
    """Read the public key by which anybody checks receipts of this hub."""
    return KeyOut(public_key=key.public_pem())


def _values(row: Receipt) -> dict[str, Any]:
    return {
        "number": row.number, "made_at": row.made_at, "made_by": row.made_by, "sha256": row.digest,
        "chain_place": row.chain_place, "chain_link": row.chain_link,
    }  # fmt: skip
