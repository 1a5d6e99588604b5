"""Cells as people write them: money, days, documents that a spreadsheet program took for numbers."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum.br import cnpj, cpf

CENT = Decimal("0.01")
LARGEST_VALUE = Decimal(10) ** 8
DAY = re.compile(
    r"^(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2}))(?:[ T]\d{1,2}:.*)?$"
)
# What is left of a long number that a spreadsheet program shortened: 1,23457E+10.
SHORTENED = re.compile(r"^\d+([.,]\d+)?E\+\d+$", re.IGNORECASE)


def read_money(text: str) -> Decimal | None:
    """Return an amount of reais, or None: ``R$ 1.234,56``, ``1234.56``, ``59,9``."""
    bare = re.sub(r"^R\$|\s", "", text.strip())
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+", bare):
        bare = bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+", bare):
        bare = bare.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d+)?", bare):
        return None
    try:
        value = Decimal(bare).quantize(CENT)
    except InvalidOperation:
        return None
    return value if value < LARGEST_VALUE else None


def read_day(text: str) -> date | None:
    """Return a day, or None: ``2026-12-31``, ``31/12/2026``, ``31.12.26``; a time behind it is left out."""
    found = DAY.match(text.strip())
    if found is None:
        return None
    parts = [int(part) for part in found.groups() if part is not None]
    year, month, day = parts if found[1] else reversed(parts)
    try:
        return date(year if year >= 100 else 2000 + year, month, day)
    except ValueError:
        return None


def restore_zeros(text: str) -> str:
    """Return a document with the leading zeros that a spreadsheet program dropped; else the text as it is.

    Only where the check digits prove it: a short number that is none stays what it is.
    """
    bare = text.strip()
    if not bare.isdecimal():
        return bare
    if len(bare) < 11 and cpf.is_valid(bare.zfill(11)):
        return bare.zfill(11)
    if 8 <= len(bare) < 14 and not (len(bare) == 11 and cpf.is_valid(bare)) and cnpj.is_valid(bare.zfill(14)):
        return bare.zfill(14)
    return bare


def is_shortened(text: str) -> bool:
    """Tell whether a spreadsheet program cut digits off: the number is lost, not only its looks."""
    return bool(SHORTENED.match(text.strip()))
