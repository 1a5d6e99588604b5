"""What the provider says of the cities of its services, for Anatel: their IBGE code, and whether they are urban."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import StringConstraints
from sqlalchemy import func, select

from webapp.decide.ibge import is_code
from webapp.extensions import db
from webapp.models import City, Service
from webapp.services import audit
from webapp.services.changes import commit, refuse_if
from webapp.services.documents import fold
from webapp.services.errors import Problem
from webapp.services.inputs import NO_NUL, Input

FIELDS = ("ibge", "area")


class CityInput(Input):
    """A city. An empty code and area forget what was said of it; a new word for the same city keeps its row."""

    city: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=NO_NUL)]
    ibge: Annotated[str, StringConstraints(strip_whitespace=True, max_length=7)] = ""
    area: Literal["", "urban", "rural"] = ""


@dataclass(frozen=True)
class CityLine:
    """A city of services, or one of which something was said.

    Attributes:
        services: how many are in it, those that ended too.
    """

    name: str
    services: int
    ibge: str = ""
    area: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether nothing is missing."""
        return bool(self.ibge and self.area)


def key_of(name: str) -> str:
    """Return by what a city is known again, however it is written."""
    return fold(name)[:80]


def read_cities() -> dict[str, City]:
    """Return what was said of cities by their name without case and marks; one question."""
    return {row.name_folded: row for row in db.session.scalars(select(City))}


def list_cities() -> list[CityLine]:
    """Return all cities, those of which something is missing first; two questions."""
    said, counts = read_cities(), _counts()
    names = {key: row.name for key, row in said.items()} | {key: name for key, (name, _) in counts.items()}
    lines = [_line(name, counts.get(key, ("", 0))[1], said.get(key)) for key, name in names.items()]
    return sorted(lines, key=lambda one: (one.is_known, bool(one.ibge), fold(one.name)))


def known_of(name: str, said: Mapping[str, City]) -> tuple[str, str]:
    """Return code and area of a city as services write it; empty where nothing was said."""
    row = said.get(key_of(name))
    return (row.ibge, row.area) if row else ("", "")


def save_cities(inputs: Sequence[CityInput]) -> int:
    """Keep what is said of cities, and commit; return how many changed, the same again changes nothing.

    Raises:
        Invalid: a code is none; nothing was changed.
    """
    refuse_if([Problem("ibge", "city_code_wrong", {"city": one.city}) for one in inputs if _is_wrong(one)][:1])
    said = read_cities()
    changed = sum(_save(one, said) for one in inputs)
    commit()
    return changed


def _counts() -> dict[str, tuple[str, int]]:
    """Return by folded name the way in which most services write a city, and how many are in it."""
    wanted = select(Service.city, func.count()).where(Service.city.is_not(None)).group_by(Service.city)
    counted = [(name or "", count) for name, count in db.session.execute(wanted)]
    rows = sorted(counted, key=lambda row: (-row[1], row[0].isupper(), row[0]))
    found: dict[str, tuple[str, int]] = {}
    for name, count in rows:
        first, total = found.get(key_of(name), (name, 0))
        found[key_of(name)] = first, total + count
    return found


def _line(name: str, services: int, row: City | None) -> CityLine:
    return CityLine(name, services, row.ibge if row else "", row.area if row else "")


def _is_wrong(one: CityInput) -> bool:
    return bool(one.ibge) and not is_code(one.ibge)


def _save(one: CityInput, said: dict[str, City]) -> bool:
    key = key_of(one.city)
    row = said.get(key)
    before = _facts(row)
    after = {name: getattr(one, name) for name in FIELDS}
    if before == after:
        return False
    if row is None:
        row = said[key] = City(name=one.city, name_folded=key)
        db.session.add(row)
    row.ibge, row.area = one.ibge, one.area
    audit.record("city.update", "city", None, row.name, before=before, after=after)
    return True


def _facts(row: City | None) -> dict[str, Any]:
    return {name: getattr(row, name) if row else "" for name in FIELDS}
