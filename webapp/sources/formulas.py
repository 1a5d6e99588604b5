"""Cells that a spreadsheet program would carry out: made harmless going out, read as what they were coming in."""

# OWASP, "CSV Injection", 2026-11; the wide forms are taken for the plain ones by some programs.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
MARK = "'"


def harmless(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula: with a mark in front, which makes it text."""
    return MARK + cell if cell.startswith(DANGEROUS) else cell


def unmarked(cell: str) -> str:
    """Return what a cell said before ``harmless``."""
    return cell[1:] if cell.startswith(MARK) and cell[1:].startswith(DANGEROUS) else cell
