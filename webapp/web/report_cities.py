"""Cities of the provider's services: their IBGE codes and areas, which the counts for Anatel carry."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.decide.ibge import plain_code
from webapp.services.errors import Invalid, Problem
from webapp.services.reports import cities, city_files
from webapp.web import htmx
from webapp.web.access import VALUERS, requires
from webapp.web.forms.base import parse_input, show_refusal
from webapp.web.forms.reports import CitiesFileForm, CityForm

bp = Blueprint("report_cities", __name__, url_prefix="/reports/cities")

SHOWN = 500


@bp.route("", methods=["GET", "POST"])
@requires(*VALUERS)
def index() -> ResponseReturnValue:
    """Show all cities with what was said of them, and keep what is said of one."""
    lines = cities.list_cities()
    form, status = _form(lines), 200
    if form.validate_on_submit():
        try:
            cities.save_cities([_said(form)])
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            message = _("What was said of %(city)s was saved.", city=form.city.data)
            return htmx.go_to(url_for("report_cities.index"), message)
    elif form.errors:
        status = 422
    return _page(lines, form, CitiesFileForm(prefix="list", formdata=None), status)


@bp.post("/file")
@requires(*VALUERS)
def upload() -> ResponseReturnValue:
    """Keep what a file says of many cities: all of it, or nothing."""
    form, status = CitiesFileForm(prefix="list"), 422
    if form.validate_on_submit():
        try:
            count = cities.save_cities(city_files.read_cities_file(_sent()))
        except Invalid as error:
            status = show_refusal(form, error)
        else:
            message = ngettext("%(num)d city was changed.", "%(num)d cities were changed.", count)
            return htmx.go_to(url_for("report_cities.index"), message)
    lines = cities.list_cities()
    return _page(lines, _form(lines, fresh=True), form, status)


def _form(lines: list[cities.CityLine], *, fresh: bool = False) -> CityForm:
    """Return the form of the city that is asked for, else of the first of which something is missing."""
    asked = next((one for one in lines if one.name == request.args.get("city")), lines[0] if lines else None)
    data = {"city": asked.name, "ibge": asked.ibge, "area": asked.area} if asked else {}
    form = CityForm(formdata=None, data=data) if fresh else CityForm(data=data)
    form.city.choices = [(one.name, one.name) for one in lines]
    return form


def _said(form: CityForm) -> cities.CityInput:
    values = {"city": form.city.data, "ibge": plain_code(form.ibge.data or ""), "area": form.area.data}
    return parse_input(cities.CityInput, values)


def _sent() -> bytes:
    sent = request.files.get("list-file")
    if sent is None or not sent.filename:
        raise Invalid([Problem("file", "file_missing")])
    return sent.stream.read(city_files.LARGEST_BYTES + 1)


def _page(
    lines: list[cities.CityLine], form: CityForm, file_form: CitiesFileForm, status: int
) -> ResponseReturnValue:  # fmt: skip
    context = {"lines": lines, "shown": lines[:SHOWN], "form": form, "file_form": file_form}
    return render_template("reports/cities.html", **context), status
