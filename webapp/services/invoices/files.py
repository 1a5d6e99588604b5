"""The file of an invoice: opened where it lies in memory, kept packed and sealed."""

import base64
import hashlib
import io
import zlib

from webapp.gateways.errors import Rejected
from webapp.services.errors import Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.invoices.columns import KNOWN_NAMES
from webapp.sources.pdf_table import MAGIC, read_pdf
from webapp.sources.spreadsheet import open_table
from webapp.sources.spreadsheet_table import Table, open_rows

# An invoice of 200,000 lines; it is held in memory and in a row as a whole.
LARGEST_BYTES = 20_000_000


def content_place(invoice_id: int) -> str:
    """Return where the file of an invoice is sealed, as the vault wants it."""
    return f"invoice:content:{invoice_id}"


def seal(content: bytes, invoice_id: int) -> str:
    """Return a file as it is kept."""
    packed = base64.b64encode(zlib.compress(content, 6)).decode()
    return current_hub().vault.seal(packed, content_place(invoice_id))


def unseal(sealed: str, invoice_id: int) -> bytes:
    """Return a file as it came.

    Raises:
        VaultError: the encryption key is gone: restore it, or upload the file again.
    """
    return zlib.decompress(base64.b64decode(str(current_hub().vault.open(sealed, content_place(invoice_id)))))


def digest_of(content: bytes) -> str:
    """Return by what the same file is known again."""
    return hashlib.sha256(content).hexdigest()


def is_pdf(content: bytes) -> bool:
    """Tell whether a file is a PDF, whatever its name says."""
    return content[:1024].lstrip().startswith(MAGIC)


def open_file(content: bytes) -> Table:
    """Return the table of a file with all its rows read.

    Raises:
        Invalid: it is empty, too large, or no table that can be read; the message says what to do.
    """
    megabytes = len(content) // 1_000_000
    if not content:
        raise Invalid([Problem("file", "invoice_file_empty")])
    if len(content) > LARGEST_BYTES:
        params = {"megabytes": megabytes, "maximum": LARGEST_BYTES // 1_000_000}
        raise Invalid([Problem("file", "file_too_large", params)])
    try:
        table = _table(content)
        return Table(table.header, iter(list(table.rows)), table.sheet, table.named)
    except Rejected as error:
        raise Invalid([Problem("file", error.code, error.params)]) from error


def _table(content: bytes) -> Table:
    stream = io.BytesIO(content)
    return open_rows(read_pdf(stream), KNOWN_NAMES) if is_pdf(content) else open_table(stream, KNOWN_NAMES)
