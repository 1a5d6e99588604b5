"""Makes a receipt: reads, signs, notes that it was handed out, and gives the files; they are not kept."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from flask_babel import get_locale
from sqlalchemy import select

from webapp.clock import utc_now
from webapp.decide.receipts import FORM, NAME, cover, cover_login, spell
from webapp.extensions import db
from webapp.models import Customer, Receipt
from webapp.services import audit, chain
from webapp.services.chain import store
from webapp.services.changes import get_or_refuse
from webapp.services.hub import current_hub
from webapp.services.provider import read_provider
from webapp.services.receipts import key, printing
from webapp.services.receipts.reading import Entry, read_accounts, read_entries
from webapp.services.transactions import begin

JSON, SIGNATURE, PDF, PEM = (f"{NAME}.{end}" for end in ("json", "sig", "pdf", "pem"))


@dataclass(frozen=True)
class Made:
    """A receipt.

    Attributes:
        content: canonical JSON, which is signed; ``pdf`` has it and the signature inside.
    """

    receipt: Receipt
    content: bytes
    signature: bytes
    pdf: bytes
    public: str

    def as_zip(self) -> bytes:
        """Return all files in one."""
        files = {PDF: self.pdf, JSON: self.content, SIGNATURE: self.signature, PEM: self.public.encode()}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return packed.getvalue()


def make_receipt(customer_id: int) -> Made:
    """Make a receipt of everything until now, note it in the history, and commit.

    Raises:
        NotFound: no such customer.
        Conflict: the key cannot be opened; nothing was made.
    """
    # Of nobody nothing is made, no key either.
    get_or_refuse(Customer, customer_id, "customer_unknown")
    key.make_key()
    # What happened a moment ago is to have its place as well.
    chain.seal()
    begin(reads_only=True)
    document = _document(customer_id)
    content = spell(document)
    signature, public = key.sign(content), key.public_pem()
    db.session.rollback()
    pdf = printing.print_receipt(document, {JSON: content, SIGNATURE: signature}, signature)
    return Made(_note(customer_id, document, pdf), content, signature, pdf, public)


def list_receipts(customer_id: int) -> Sequence[Receipt]:
    """Return those that were handed out about a customer, the latest first."""
    wanted = select(Receipt).where(Receipt.customer_id == customer_id).order_by(Receipt.id.desc())
    return db.session.scalars(wanted).all()


def newest_entries(customer_id: int, count: int) -> list[Entry]:
    """Return the latest of what a receipt would hold, the newest first."""
    return read_entries(customer_id, count)[::-1]


def _document(customer_id: int) -> dict[str, Any]:
    customer = get_or_refuse(Customer, customer_id, "customer_unknown")
    head, made_at = store.read_head(db.session.connection()), utc_now()
    accounts = read_accounts(customer_id)
    for account in accounts:
        account["login"] = cover_login(account["login"], customer.document)
    return {
        "form": FORM, "number": f"{current_hub().today():%Y%m%d}-{token_hex(4).upper()}",
        "provider": read_provider().name, "made_at": made_at.isoformat(), "made_by": audit.current_actor(),
        "timezone": current_hub().settings.timezone, "language": str(get_locale() or "pt_BR"),
        "customer": {"code": customer.code, "name": customer.name, "document": cover(customer.document)},
        "accounts": accounts, "entries": read_entries(customer_id), "head": head.as_json(),
        "public_key": key.public_pem(),
    }  # fmt: skip


def _note(customer_id: int, document: dict[str, Any], pdf: bytes) -> Receipt:
    begin(reads_only=False)
    receipt = Receipt(
        customer_id=customer_id, number=document["number"], digest=hashlib.sha256(pdf).hexdigest(),
        chain_place=document["head"]["place"], chain_link=document["head"]["link"], made_by=document["made_by"],
        made_at=utc_now(),
    )  # fmt: skip
    db.session.add(receipt)
    name = document["customer"]["name"]
    audit.record("customer.receipt", "customer", customer_id, name, after={"receipt": receipt.number})
    db.session.commit()
    return receipt
