"""Prints a receipt as a PDF, with the signed JSON and its signature inside.

The fonts are those that every reader of PDF has; their letters are those of Western Europe, and so of Portuguese.
"""

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from webapp import lazy
from webapp.services.chain import EVENT

if TYPE_CHECKING:
    import pypdf
    import reportlab.pdfgen.canvas as canvas  # type: ignore[import-untyped]
else:
    pypdf, canvas = lazy.module("pypdf"), lazy.module("reportlab.pdfgen.canvas")

# A4, in points.
WIDTH, HEIGHT, EDGE = 595.0, 842.0, 42.0
TITLE, HEAD, TEXT, SMALL = ("Helvetica-Bold", 15), ("Helvetica-Bold", 10), ("Helvetica", 8.5), ("Courier", 6.2)
Line = tuple[tuple[str, float], str]


def print_receipt(document: Mapping[str, Any], files: Mapping[str, bytes], signature: bytes) -> bytes:
    """Return the PDF.

    Args:
        files: what is put inside, by name.
    """
    made = io.BytesIO()
    paper = canvas.Canvas(made, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    paper.setTitle(_("Receipt %(number)s", number=document["number"]))
    paper.setCreator("Sintonia")
    _Pages(paper, document["number"]).write(_lines(document, files, signature))
    paper.save()
    return _with_files(made.getvalue(), files)


def _with_files(pdf: bytes, files: Mapping[str, bytes]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    for name, content in files.items():
        writer.add_attachment(name, content)
    whole = io.BytesIO()
    writer.write(whole)
    return whole.getvalue()


class _Pages:
    """Writes lines from top to bottom, and begins a page where one is full."""

    def __init__(self, paper: Any, number: str) -> None:
        self._paper, self._number = paper, number
        self._page, self._y = 1, HEIGHT - EDGE

    def write(self, lines: Iterator[Line]) -> None:
        for (font, size), text in lines:
            if self._y < EDGE + 24:
                self._turn()
            self._y -= size * 1.35
            self._paper.setFont(font, size)
            self._paper.drawString(EDGE, self._y, _letters(text))
        self._foot()

    def _turn(self) -> None:
        self._foot()
        self._paper.showPage()
        self._page, self._y = self._page + 1, HEIGHT - EDGE

    def _foot(self) -> None:
        self._paper.setFont(*TEXT)
        text = _("Receipt %(number)s · page %(page)s", number=self._number, page=self._page)
        self._paper.drawRightString(WIDTH - EDGE, EDGE - 12, _letters(text))


def _letters(text: str) -> str:
    """Letters that the fonts do not have are shown as a question mark; the signed JSON has them."""
    return text.encode("cp1252", "replace").decode("cp1252")


def _lines(document: Mapping[str, Any], files: Mapping[str, bytes], signature: bytes) -> Iterator[Line]:
    customer, zone = document["customer"], ZoneInfo(document["timezone"])
    yield TITLE, _("Receipt of what was sent to platforms")
    yield HEAD, _("Number %(number)s", number=document["number"])
    yield TEXT, f"{document['provider']} · {_time(document['made_at'], zone)} · {document['made_by']}"
    yield TEXT, ""
    yield HEAD, _("Customer")
    yield TEXT, " · ".join(filter(None, (customer["name"], customer["code"], customer["document"])))
    yield HEAD, _("Accounts on platforms")
    platforms = {account["id"]: account["platform"] for account in document["accounts"]}
    for account in document["accounts"]:
        yield TEXT, " · ".join((account["platform"], account["service"], account["login"] or "–", account["status"]))
    yield TEXT, ""
    yield HEAD, _("What happened, the earliest first")
    for entry in document["entries"]:
        yield from _entry(entry, zone, platforms)
    yield from _ending(document, files, signature)


def _entry(entry: Mapping[str, Any], zone: ZoneInfo, platforms: Mapping[int, str]) -> Iterator[Line]:
    time = _time(entry["at"], zone)
    if entry["kind"] == EVENT:
        status = " > ".join(filter(None, (entry["status_before"], entry["status_after"])))
        yield TEXT, " · ".join(filter(None, (time, entry["action"], entry["actor"], status)))
    else:
        answer = f"HTTP {entry['http_status']}" if entry["http_status"] else ""
        platform = platforms.get(entry["account"], "")
        words = (time, platform, entry["operation"], entry["outcome"], answer, entry["error"])
        yield TEXT, " · ".join(filter(None, words))
        yield SMALL, f"id {entry['request_id']}"
        if entry["answer_digest"]:
            yield SMALL, f"sha256 {entry['answer_digest']}"
    place = entry["place"] if entry["place"] != "" else "–"
    yield SMALL, f"#{place} {entry['link']}"


def _ending(document: Mapping[str, Any], files: Mapping[str, bytes], signature: bytes) -> Iterator[Line]:
    head = document["head"]
    yield TEXT, ""
    yield HEAD, _("How to check it")
    yield TEXT, _("The signed data are inside this PDF, as files. Each line above has its place in the hub's history")
    yield TEXT, _("and its link there; the history ended then at place %(place)s with this link:", place=head["place"])
    yield SMALL, head["link"]
    yield TEXT, _("SHA-256 of the signed data, and their Ed25519 signature:")
    for name, content in files.items():
        yield SMALL, f"{name} {hashlib.sha256(content).hexdigest()}"
    yield SMALL, base64.b64encode(signature).decode()
    yield TEXT, _("Public key of the hub:")
    for line in document["public_key"].splitlines():
        yield SMALL, line


def _time(text: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%d/%m/%Y %H:%M:%S %z}"
