"""Single values of an answer, whatever type the ERP gave them. What cannot be read is empty or None: unknown."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from webapp.sources.contract import Named, Secret

Row = Mapping[str, Any]
LONGEST = 200
_LAST_DAY = 31
_MOST = Decimal("99999999.99")


def text(value: Any) -> str:
    """Return a text or a whole number as one line; anything else, and null, as empty."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    shown = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return " ".join(shown.split())[:LONGEST]


def first(row: Row, *names: str) -> str:
    """Return the first of these fields that is not empty."""
    return next((found for name in names if (found := text(row.get(name)))), "")


def secret(row: Row, *names: str) -> Secret | None:
    """Return the first of these fields as a password, exactly as it stands there."""
    found = (row.get(name) for name in names)
    return next((Secret(value) for value in found if isinstance(value, str) and value), None)


def code(value: Any) -> str:
    """Return an id or code; 0 is how some ERPs write "none"."""
    found = text(value)
    return "" if found.strip("0.") == "" else found


def named(external: Any, label: Any = "") -> Named:
    """Return a word of the source with its text."""
    return Named(text(external), text(label))


def money(value: Any) -> Decimal | None:
    """Return an amount written as 89.9, "89.90", "89,90" or "R$ 1.234,56"; None when it is none."""
    found = re.sub(r"[^\d,.-]", "", str(value)) if isinstance(value, str | int | float) else ""
    if isinstance(value, bool) or not found:
        return None
    if "," in found:
        found = found.replace(".", "").replace(",", ".")
    try:
        amount = Decimal(found).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    return amount if 0 <= amount <= _MOST else None


def whole(value: Any) -> int | None:
    """Return a whole number, also from a text; None when it is none."""
    found = text(value)
    return int(found) if re.fullmatch(r"\d{1,9}", found, re.ASCII) else None


def due_day(value: Any) -> int | None:
    """Return a day of the month."""
    day = whole(value)
    return day if day is not None and 1 <= day <= _LAST_DAY else None


def same_id(found: Any, asked: str) -> bool:
    """Tell whether two writings of an id mean the same: ``007`` is ``7``."""
    written = text(found)
    return written == asked or (bool(written.lstrip("0")) and written.lstrip("0") == asked.lstrip("0"))


def bare(document: str) -> str:
    """Return a document without its punctuation."""
    return re.sub(r"[^0-9A-Za-z]", "", document).upper()
