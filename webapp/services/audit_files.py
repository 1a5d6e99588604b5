"""The history as a file: CSV for people, JSON Lines for programs; verified anywhere, without the database.

Every entry carries its content in one spelling, the salt and digest of it, and its link with the one before. A last
line counts the others and holds their digest, so that a file that breaks off shows.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webapp.services.chain.content import content_of, digest_of, link_of
from webapp.sources.formulas import harmless

CSV, JSONL = FORMATS = ("csv", "jsonl")
TYPES = {CSV: "text/csv", JSONL: "application/jsonl"}
END, BOM = "end", "\ufeff"
COLUMNS = (
    "kind", "id", "at", "actor", "action", "object_type", "object_id", "label", "reason", "before", "after", "content",
    "place", "salt", "digest", "former", "link",
)  # fmt: skip
READABLE = COLUMNS[:11]
CHAIN = COLUMNS[12:]
# What an entry without a salt says no more, by its kind.
CLEARED = {"event": ("label", "before", "after", "reason"), "attempt": ("request", "response", "error_params")}
# An entry whose content went lawfully, or that is not sealed yet, has no salt.
LONGEST_LINE = 4_000_000
Row = Mapping[str, Any]


class BadFile(Exception):
    """A file that does not hold. ``code`` and ``params`` say where and why; export the history again."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Verified:
    """What a file holds.

    Attributes:
        erased: entries without a checkable content: erased lawfully, or not sealed when they were exported.
        place, link: the last link in it, to compare with another export or with a backup.
    """

    lines: int
    erased: int
    place: int = 0
    link: str = ""


def entry_of(kind: str, row_id: int, values: Row, link: Row) -> dict[str, Any]:
    """Return one entry.

    Args:
        values: of the row, by column.
        link: place, salt, digest, former and link; empty before it is sealed.
    """
    content = content_of(kind, row_id, values, link.get("salt", ""))
    return {**_readable(content), "content": content, **{name: link.get(name, "") for name in CHAIN}}


def write(entries: Iterable[Row], fmt: str) -> Iterator[str]:
    """Return a file piece by piece."""
    digest, count = hashlib.sha256(), 0
    if fmt == CSV:
        # Spreadsheet programs in Brazil take a file without the mark for another alphabet.
        yield BOM + _csv_line(COLUMNS)
    for entry in entries:
        piece = _line(entry, fmt)
        digest.update(piece.encode())
        count += 1
        yield piece
    end = {"kind": END, "id": count, "digest": digest.hexdigest()}
    yield _line({**dict.fromkeys(COLUMNS, ""), **end}, fmt) if fmt == CSV else json.dumps(end) + "\n"


def verify_file(path: Path) -> Verified:
    """Check a file line by line.

    Raises:
        BadFile: it was changed after it was made, is not whole, or is no such file.
        OSError: it cannot be read; look at its place and rights.
    """
    with path.open(encoding="utf-8", newline="") as file:
        try:
            return _verify(_entries(file))
        except (UnicodeDecodeError, json.JSONDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
            raise BadFile("audit_file_unreadable") from error


def _verify(entries: Iterable[tuple[int, str, Row]]) -> Verified:
    digest, count, erased = hashlib.sha256(), 0, 0
    links: dict[int, str] = {}
    number, lines = 0, iter(entries)
    for number, piece, entry in lines:
        if entry["kind"] == END:
            whole = (int(entry["id"]), entry["digest"]) == (count, digest.hexdigest())
            if not whole or next(lines, None) is not None:
                break
            last = max(links, default=0)
            return Verified(count, erased, last, links.get(last, ""))
        reason = _flaw(entry, links)
        if reason:
            raise BadFile(f"audit_file_{reason}", line=number)
        if entry["place"] != "":
            links[int(entry["place"])] = entry["link"]
        digest.update(piece.encode())
        count, erased = count + 1, erased + (not entry["salt"])
    raise BadFile("audit_file_end", line=number)


def _flaw(entry: Row, links: Mapping[int, str]) -> str:
    """Return what does not fit in one entry: its words, its digest, its link, or the link of a neighbour."""
    words = _readable(entry["content"]).items()
    if any(str(entry[name]) not in (str(value), harmless(str(value))) for name, value in words):
        return "words"
    if entry["place"] == "":
        return ""
    if entry["salt"] and digest_of(entry["content"], entry["salt"]) != entry["digest"]:
        return "digest"
    if not entry["salt"] and _says_more(entry["content"]):
        # Whoever takes out the salt could else put any words in.
        return "digest"
    if link_of(entry["former"], entry["kind"], int(entry["id"]), entry["digest"]) != entry["link"]:
        return "link"
    place = int(entry["place"])
    return "former" if links.get(place - 1, entry["former"]) != entry["former"] else ""


def _says_more(content: str) -> bool:
    """Tell whether an entry says more than is left of one whose content went."""
    _form, kind, _row_id, said = json.loads(content)
    return any(said[name] for name in CLEARED[kind])


def _readable(content: str) -> dict[str, Any]:
    """Return what people read of an entry, made of its content alone, so that neither can be changed alone."""
    _form, kind, row_id, said = json.loads(content)
    if kind == "event":
        return {"kind": kind, "id": row_id, **{name: _text(said[name]) for name in READABLE[2:]}}
    facts = {name: said[name] for name in sorted(said) if name not in ("started_at", "operation", "account_id")}
    return {
        "kind": kind, "id": row_id, "at": said["started_at"], "actor": "system",
        "action": f"account.{said['operation']}", "object_type": "account", "object_id": _text(said["account_id"]),
        "label": "", "reason": "", "before": "", "after": _text(facts),
    }  # fmt: skip


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict | list) else value


def _line(entry: Row, fmt: str) -> str:
    if fmt == CSV:
        return _csv_line([entry[name] for name in COLUMNS])
    return json.dumps({name: entry[name] for name in COLUMNS}, ensure_ascii=False) + "\n"


def _csv_line(cells: Iterable[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow([harmless(str(cell)) for cell in cells])
    return text.getvalue()


def _entries(file: io.TextIOBase) -> Iterator[tuple[int, str, Row]]:
    first = file.readline(LONGEST_LINE).removeprefix(BOM)
    if first.startswith("{"):
        yield from _json_entries(first, file)
        return
    if tuple(next(csv.reader([first], delimiter=";"), [])) != COLUMNS:
        raise BadFile("audit_file_unreadable")
    csv.field_size_limit(LONGEST_LINE)
    for number, cells in enumerate(csv.reader(file, delimiter=";"), 2):
        entry = dict(zip(COLUMNS, cells, strict=True))
        yield number, _csv_line(cells), entry


def _json_entries(first: str, file: io.TextIOBase) -> Iterator[tuple[int, str, Row]]:
    line, number = first, 1
    while line:
        yield number, line, json.loads(line)
        line, number = file.readline(LONGEST_LINE), number + 1
