"""Checks a receipt that somebody shows: is it this hub's, unchanged, and does the history still say the same?"""

import binascii
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from webapp import lazy
from webapp.decide.receipts import Compared, compare, judge
from webapp.extensions import db
from webapp.models import Receipt
from webapp.services.errors import Invalid, Problem
from webapp.services.receipts import key
from webapp.services.receipts.making import JSON, PDF, SIGNATURE
from webapp.services.receipts.reading import links_at

if TYPE_CHECKING:
    import pypdf
else:
    pypdf = lazy.module("pypdf")

LARGEST_MB = 20
LARGEST = LARGEST_MB * 1024 * 1024
# What is packed may be so much larger.
LARGEST_PART = 4 * LARGEST


@dataclass(frozen=True)
class Shown:
    """What somebody shows: the signed data, their signature, and the PDF where there is one."""

    content: bytes
    signature: bytes
    pdf: bytes | None = None


@dataclass(frozen=True)
class Checked:
    """What was found.

    Attributes:
        verdict: one of ``decide.receipts.VERDICTS``.
        document: what is signed; empty where nobody knows who wrote it.
        known: the hub remembers that it was handed out; else an older database was restored since.
        head_same: the end that the history had then is still in it; None = it was taken away since, by its age.
    """

    verdict: str
    document: Mapping[str, Any] = field(default_factory=dict)
    compared: Compared = field(default_factory=Compared)
    known: bool = False
    head_same: bool | None = None


def read_shown(content: bytes) -> Shown:
    """Return what a file holds: a PDF, a ZIP, or JSON with ``document`` and ``signature``.

    Raises:
        Invalid: it holds no receipt; show the problem beside the field.
    """
    if len(content) > LARGEST:
        raise Invalid([Problem("file", "receipt_large", {"most": LARGEST_MB})])
    readers = {b"%PDF": _from_pdf, b"PK\x03\x04": _from_zip}
    read = readers.get(content[:4])
    try:
        return read(content) if read is not None else _from_json(content)
    except (KeyError, IndexError, ValueError, TypeError, zipfile.BadZipFile, zlib.error, RecursionError) as error:
        raise Invalid([Problem("file", "receipt_unreadable")]) from error


def read_texts(document: str, signature: str) -> Shown:
    """Return a receipt whose parts are texts.

    Args:
        signature: Base64.

    Raises:
        Invalid: as ``read_shown``.
    """
    try:
        return Shown(document.encode(), binascii.a2b_base64(signature))
    except ValueError as error:
        raise Invalid([Problem("signature", "receipt_unreadable")]) from error


def check_receipt(shown: Shown) -> Checked:
    """Return whether a receipt is genuine, in the caller's transaction; changes nothing.

    Raises:
        Conflict: the hub's key cannot be opened.
    """
    if not key.is_signed(shown.content, shown.signature):
        return Checked(judge(signed=False, pages=False, compared=Compared()))
    document = json.loads(shown.content)
    head, entries = document["head"], document["entries"]
    links = links_at([*(int(one["place"]) for one in entries if one["place"] != ""), int(head["place"])])
    row = db.session.scalar(select(Receipt).where(Receipt.number == document["number"]))
    pages = shown.pdf is None or (row is not None and hashlib.sha256(shown.pdf).hexdigest() == row.digest)
    compared = compare(entries, links)
    verdict = judge(signed=True, pages=pages, compared=compared)
    same = links[head["place"]] == head["link"] if head["place"] in links else None
    return Checked("differs" if same is False else verdict, document, compared, row is not None, same)


def _from_pdf(content: bytes) -> Shown:
    try:
        inside = pypdf.PdfReader(io.BytesIO(content)).attachments
        return Shown(inside[JSON][0], inside[SIGNATURE][0], content)
    except pypdf.errors.PyPdfError as error:
        raise ValueError("no PDF") from error


def _from_zip(content: bytes) -> Shown:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if any(archive.getinfo(name).file_size > LARGEST_PART for name in (JSON, SIGNATURE, PDF)):
            raise ValueError("too large")
        return Shown(archive.read(JSON), archive.read(SIGNATURE), archive.read(PDF))


def _from_json(content: bytes) -> Shown:
    said = json.loads(content)
    return read_texts(str(said["document"]), str(said["signature"]))
