"""Reads a list of cities with their codes from a file: CSV or XLSX, every bad row said at once."""

import io

from webapp.decide.ibge import is_code, plain_code, read_area
from webapp.gateways.errors import Rejected
from webapp.services.errors import Invalid, Problem
from webapp.services.reports.cities import CityInput
from webapp.sources.spreadsheet import open_table
from webapp.sources.spreadsheet_table import Cells, Table, plain_name

# More than all municipalities of the country, with long names.
LARGEST_BYTES = 1_000_000
MOST_ROWS = 6_000
SHOWN = 20
NAMES = {
    "city": ("cidade", "municipio", "nome do municipio", "city", "nome"),
    "ibge": ("ibge", "codigo ibge", "cod ibge", "codigo do ibge", "codigo", "codigo municipio", "ibge code"),
    "area": ("area", "atendimento", "tipo atendimento", "tipo de atendimento", "urbana ou rural", "urbano ou rural",
             "zona", "urban or rural"),
}  # fmt: skip
BY_NAME = {name: field for field, names in NAMES.items() for name in names}
NEEDED = ("city", "ibge")


def read_cities_file(content: bytes) -> list[CityInput]:
    """Return the cities of a file.

    Raises:
        Invalid: it cannot be read, lacks a column or has bad rows; show all problems, nothing is kept.
    """
    table = _opened(content)
    places = {
        BY_NAME[name]: number for number, column in enumerate(table.header) if (name := plain_name(column)) in BY_NAME
    }
    if any(name not in places for name in NEEDED):
        raise Invalid([Problem("file", "city_file_columns")])
    rows = _rows(table)
    problems = [problem for number, cells in rows for problem in _problems(number, cells, places)]
    if problems:
        raise Invalid(problems[:SHOWN])
    return [_city(cells, places) for _, cells in rows]


def _opened(content: bytes) -> Table:
    if len(content) > LARGEST_BYTES:
        megabytes = -(-len(content) // 1_000_000)
        raise Invalid([Problem("file", "file_too_large", {"megabytes": megabytes, "maximum": 1})])
    try:
        return open_table(io.BytesIO(content), frozenset(BY_NAME))
    except Rejected as error:
        raise Invalid([Problem("file", error.code, error.params)]) from error


def _rows(table: Table) -> list[tuple[int, Cells]]:
    try:
        rows = list(table.rows)
    except Rejected as error:
        raise Invalid([Problem("file", error.code, error.params)]) from error
    if len(rows) > MOST_ROWS:
        raise Invalid([Problem("file", "file_too_long", {"maximum": MOST_ROWS})])
    return rows


def _problems(number: int, cells: Cells, places: dict[str, int]) -> list[Problem]:
    city, code, area = (_cell(cells, places, name) for name in NAMES)
    found = [
        ("city_row_name", city) if not 0 < len(city) <= 80 or "\x00" in city else None,
        ("city_row_code", code) if code and not is_code(plain_code(code)) else None,
        ("city_row_area", area) if read_area(area) is None else None,
    ]
    return [Problem("file", one[0], {"row": number, "value": one[1][:40]}) for one in found if one is not None]


def _city(cells: Cells, places: dict[str, int]) -> CityInput:
    city, code, area = (_cell(cells, places, name) for name in NAMES)
    return CityInput(city=city, ibge=plain_code(code), area=read_area(area))  # type: ignore[arg-type]


def _cell(cells: Cells, places: dict[str, int], name: str) -> str:
    place = places.get(name)
    return cells[place].strip() if place is not None and place < len(cells) else ""
