"""Counts of accesses in the columns of Anatel's collection, as far as the hub knows them. Pure.

What the hub does not know is left empty and listed: it counts, it does not file. Content by internet is a
value-added service (SVA), which is not declared.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from webapp.decide.dici import NOT_DECLARED
from webapp.decide.ibge import AREA_WORDS

COLUMNS = ("CNPJ", "ANO", "MES", "COD_IBGE", "TIPO_CLIENTE", "TIPO_ATENDIMENTO", "TIPO_MEIO", "TIPO_PRODUTO",
           "TIPO_TECNOLOGIA", "VELOCIDADE", "ACESSOS")  # fmt: skip
PERSON, COMPANY = "PF", "PJ"
_KINDS = {11: PERSON, 14: COMPANY}
# What has to be filled in by hand wherever it is empty.
ASKED = ("cnpj", "ibge", "client", "area", "medium", "product_kind", "technology", "speed")


@dataclass(frozen=True)
class Access:
    """So many accesses of one kind.

    Attributes:
        declared: type of the package's declaration: scm, stfc, seac or none.
        city: as the provider writes it; ``ibge``, ``area``: what the provider said of it, empty until then.
        client: PF, PJ, or empty.
    """

    declared: str
    package: str
    city: str
    client: str
    count: int
    medium: str = ""
    product_kind: str = ""
    technology: str = ""
    speed: str = ""
    ibge: str = ""
    area: str = ""

    def missing(self, cnpj: str) -> list[str]:
        """Return what has to be filled in by hand."""
        given = {"cnpj": cnpj, **{name: getattr(self, name) for name in ASKED[1:]}}
        return [name for name, value in given.items() if not value]


def client_of(digits: int) -> str:
    """Return the kind of customer by the length of the document."""
    return _KINDS.get(digits, "")


def gather(found: Iterable[Access]) -> list[Access]:
    """Return accesses of the same kind as one line each, in a fixed order."""
    counts: dict[Access, int] = {}
    for one in found:
        plain = replace(one, count=0)
        counts[plain] = counts.get(plain, 0) + one.count
    rows = [replace(one, count=count) for one, count in counts.items()]
    return sorted(rows, key=lambda one: (one.declared, one.package, one.city, one.client))


def one_line_each(rows: Iterable[Access]) -> list[Access]:
    """Return what the file tells apart: packages, and spellings of a city whose code is known, are one line."""
    return gather(replace(row, package="", city="" if row.ibge else row.city) for row in rows)


def declared(rows: Sequence[Access]) -> list[Access]:
    """Return those that are declared."""
    return [row for row in rows if row.declared != NOT_DECLARED]


def line_of(row: Access, cnpj: str, year: int, month: int) -> list[Any]:
    """Return the cells of one line, in the order of ``COLUMNS``."""
    return [
        cnpj, str(year), str(month), row.ibge, row.client, AREA_WORDS.get(row.area, ""), row.medium, row.product_kind,
        row.technology, row.speed, str(row.count),
    ]  # fmt: skip
