"""Cities: their IBGE codes and areas, which the counts for Anatel carry."""

from webapp.api.auth import READ, WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.schemas.report_cities import CITIES, CITIES_IN, CitiesIn, CitiesOut, CityOut
from webapp.services.reports import cities


@bp.get("/reports/cities")
@needs(READ)
@bp.output(CitiesOut, example=CITIES)
def list_cities() -> CitiesOut:
    """List the cities of services with their IBGE codes and areas, those of which something is missing first."""
    return _shown()


@bp.post("/reports/cities")
@needs(WRITE)
@bp.input(CitiesIn, example=CITIES_IN)
@bp.output(CitiesOut, example=CITIES)
def note_cities(json_data: CitiesIn) -> CitiesOut:
    """Say the IBGE codes and areas of cities: all of them are kept, or none."""
    cities.save_cities(json_data.items)
    return _shown()


def _shown() -> CitiesOut:
    lines = cities.list_cities()
    items = [
        CityOut(city=one.name, ibge=one.ibge, area=one.area, services=one.services)  # type: ignore[arg-type]
        for one in lines
    ]  # fmt: skip
    return CitiesOut(items=items)
