"""What the provider says of cities: kept once per city, carried by the counts, read from a file as a whole."""

from datetime import date
from decimal import Decimal

import pytest

from tests import factories
from webapp.extensions import db
from webapp.models import City, Event
from webapp.services.errors import Invalid
from webapp.services.inputs import DiciInput
from webapp.services.reports import anatel, cities
from webapp.services.reports.cities import CityInput
from webapp.services.reports.city_files import read_cities_file

pytestmark = pytest.mark.usefixtures("app")
SAO_PAULO = CityInput(city="São Paulo", ibge="3550308", area="urban")
MONTH = date(2099, 1, 1)


def names() -> list[tuple[str, str, str, int]]:
    return [(one.name, one.ibge, one.area, one.services) for one in cities.list_cities()]


def changes() -> int:
    return db.session.query(Event).filter_by(action="city.update").count()


def test_city_is_known_however_services_write_it_and_the_same_again_changes_nothing() -> None:
    for name in ("São Paulo", "SAO PAULO", "São Paulo", "Osasco", None):
        factories.make_service(city=name)
    assert names() == [("Osasco", "", "", 1), ("São Paulo", "", "", 3)]
    assert (cities.save_cities([SAO_PAULO]), cities.save_cities([SAO_PAULO])) == (1, 0)
    assert (names()[1], changes()) == (("São Paulo", "3550308", "urban", 3), 1)
    assert db.session.query(Event).filter_by(action="city.update").one().before == {"ibge": "", "area": ""}
    assert cities.save_cities([CityInput(city="sao  paulo")]) == 1
    assert names()[1][1:3] == ("", "")


def test_wrong_code_keeps_nothing_of_the_whole() -> None:
    with pytest.raises(Invalid) as refused:
        cities.save_cities([SAO_PAULO, CityInput(city="Osasco", ibge="3534402")])
    assert [(one.field, one.code) for one in refused.value.problems] == [("ibge", "city_code_wrong")]
    db.session.rollback()
    assert (db.session.query(City).count(), changes()) == (0, 0)


def test_counts_carry_what_was_said_and_list_the_cities_of_which_nothing_was() -> None:
    dici = DiciInput(type="scm", technology="GPON", medium="fibra", product_kind="internet", speed_mbps=Decimal(500))
    for name in ("São Paulo", "SAO PAULO", "Osasco"):
        package = factories.make_package(dici=dici)
        factories.make_sale(factories.make_service(city=name), package)
    assert anatel.count_accesses(MONTH).cities == ["Osasco", "SAO PAULO", "São Paulo"]
    cities.save_cities([SAO_PAULO, CityInput(city="Osasco", ibge="3534401")])
    counts = anatel.count_accesses(MONTH)
    assert (counts.cities, counts.missing) == (["Osasco"], ["area", "cnpj"])
    lines = [(line[3], line[5], line[-1]) for line in anatel.as_lines(counts)[1:]]
    # Two ways to write one city, and two packages of one kind, are one line of the file.
    assert sorted(lines) == [("3534401", "", "1"), ("3550308", "urbano", "2")]
    assert sum(one.count for one in counts.declared) == 3


@pytest.mark.parametrize("text", [
    "cidade,ibge,area\nSão Paulo,3550308,urbano\nOsasco,3534401,\n",
    "Município;Código IBGE;Tipo de atendimento\nSão Paulo;3550308;Zona urbana\n\nOsasco;353440-1;\n",
])  # fmt: skip
def test_file_is_read_as_people_make_it(text: str) -> None:
    assert read_cities_file(text.encode()) == [SAO_PAULO, CityInput(city="Osasco", ibge="3534401")]


@pytest.mark.parametrize(("text", "codes"), [
    ("", ["file_empty"]), ("cidade,estado\nA,B\n", ["city_file_columns"]),
    ("cidade,ibge,area\n,3550308,\nB,123,mato\nC,,\n", ["city_row_name", "city_row_code", "city_row_area"]),
    ("cidade,ibge\n" + "A,\n" * 6_001, ["file_too_long"]), ("x" * 1_000_001, ["file_too_large"]),
])  # fmt: skip
def test_bad_file_is_refused_with_all_its_rows(text: str, codes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        read_cities_file(text.encode())
    assert [one.code for one in refused.value.problems] == codes
