"""A PDF with a table of lines in it: its text as it stands on the page, parted where there is more than one blank."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from webapp import lazy
from webapp.sources.spreadsheet_table import Cells, refused

if TYPE_CHECKING:
    import pypdf
    from pypdf import errors
else:
    pypdf = lazy.module("pypdf")
    errors = lazy.module("pypdf.errors")

MAGIC = b"%PDF-"
MOST_PAGES = 600
PARTED = re.compile(r"\s{2,}|\t|;|\|")


def read_pdf(stream: BinaryIO) -> Iterator[tuple[int, Cells]]:
    """Return the lines of text of all pages, numbered through; a cell that is empty there is missing here.

    Raises:
        Rejected: broken, protected by a password, too long, or a picture without any text.
    """
    try:
        document = pypdf.PdfReader(stream)
        if document.is_encrypted and not document.decrypt(""):
            raise refused("file_protected")
        if len(document.pages) > MOST_PAGES:
            raise refused("pdf_too_long", pages=len(document.pages), maximum=MOST_PAGES)
        texts = [page.extract_text(extraction_mode="layout") for page in document.pages]
    except (errors.PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        # The library meets broken files with whatever error its code happens to run into.
        raise refused("pdf_unreadable", reason=str(error)[:200]) from error
    if not any(text.strip() for text in texts):
        raise refused("pdf_without_text")
    lines = [line for text in texts for line in text.splitlines()]
    return ((number, _cells(line)) for number, line in enumerate(lines, start=1))


def _cells(line: str) -> Cells:
    return tuple(cell.strip() for cell in PARTED.split(line.strip()))
