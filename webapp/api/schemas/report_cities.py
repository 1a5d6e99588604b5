"""Cities of services, as counts for Anatel need them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from webapp.api.schemas.common import Out
from webapp.services.inputs import Input
from webapp.services.reports.cities import CityInput
from webapp.services.reports.city_files import MOST_ROWS

CITIES_IN: dict[str, Any] = {"items": [{"city": "São Paulo", "ibge": "3550308", "area": "urban"}]}
CITIES: dict[str, Any] = {
    "items": [{"city": "São Paulo", "ibge": "3550308", "area": "urban", "services": 128}]
}  # fmt: skip


class CitiesIn(Input):
    """What is said of cities; an empty code and area forget it. The code's last digit is checked."""

    items: Annotated[list[CityInput], Field(min_length=1, max_length=MOST_ROWS)]


class CityOut(Out):
    """A city of services; ``services``: how many are in it, those that ended too."""

    city: str
    ibge: str
    area: Literal["", "urban", "rural"]
    services: int


class CitiesOut(Out):
    """All cities of services, and those of which something was said."""

    items: list[CityOut]
