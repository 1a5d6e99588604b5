"""Personal data (LGPD): everything held on a person, erasures, periods, data map, who looked."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from webapp.models.privacy import ERASURE_STATUSES
from webapp.services import audit, pages_privacy
from webapp.services.bad_rows import as_csv
from webapp.services.errors import Conflict, Invalid, Problem, ServiceError
from webapp.services.pages import chosen_size
from webapp.services.pages_history import actors
from webapp.services.privacy import erasing, export, kept, periods, readmitting
from webapp.services.privacy.accesses import look_now
from webapp.services.privacy.records import SECTIONS
from webapp.web import access_log, held, htmx
from webapp.web.access import ADMINS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.privacy import DecisionForm, ErasureForm, periods_form
from webapp.web.fresh import fresh, may_save
from webapp.web.labels import label

bp = Blueprint("privacy", __name__)

DECISIONS = {
    "withdraw": erasing.withdraw, "finish": erasing.finish_without_proof, "readmit": readmitting.readmit,
}  # fmt: skip


def register(app: Flask) -> None:
    """Bind what the pages of personal data use."""
    held.register(app)
    app.jinja_env.globals.update(gateway_uses=pages_privacy.uses_of_gateway)


@bp.get("/customers/<int:customer_id>/data")
@requires(*ADMINS)
def data(customer_id: int) -> ResponseReturnValue:
    """Show everything held on one person, section by section."""
    view = pages_privacy.view_person(customer_id, request.args.get("section", ""))
    return htmx.page_or_partial("privacy/person.html", "privacy/_person.html", {"view": view})


@bp.post("/customers/<int:customer_id>/data/export")
@requires(*ADMINS)
@fresh
def export_person(customer_id: int) -> ResponseReturnValue:
    """Give everything held on one person as a file; the history and the access log say so."""
    form = request.form.get("format", "json")
    if form not in export.FORMATS:
        abort(400)
    person, sections, days = export.gather(customer_id, form)
    if form == "json":
        content: Any = export.as_json(person, sections, days, _words)
    else:
        content = render_template("privacy/export.html", person=person, sections=sections, days=days,
                                  described=SECTIONS)  # fmt: skip
    response = _file(content, f"dados-{customer_id}.{form}", "application/json" if form == "json" else "text/html")
    look = look_now(audit.current_actor(), "privacy.export", request.remote_addr or "", ("customer", customer_id))
    access_log.leave(response, look)
    return response


@bp.route("/customers/<int:customer_id>/erasure", methods=["GET", "POST"])
@requires(*ADMINS)
@fresh
def erasure(customer_id: int) -> ResponseReturnValue:
    """Show what an erasure does, or how far it is; ask for it."""
    outlook, form, status = erasing.outlook(customer_id), ErasureForm(), 200
    form.offer(outlook.live)
    if form.validate_on_submit():
        try:
            _check_code(form, outlook.customer.code)
            told = kept.told(kept.load_days())
            erasing.request_erasure(customer_id, form.reason.data or "", form.cancel.data or (), told)
        except ServiceError as error:
            status = show_refusal(form, error)
            outlook = erasing.outlook(customer_id)
        else:
            address = url_for("privacy.erasure", customer_id=customer_id)
            return htmx.go_to(address, _("The erasure was asked for. The platforms are told first."))
    elif form.errors:
        status = 422
    return _erasure_page(outlook, form, DecisionForm(formdata=None), status)


@bp.post("/privacy/erasures/<int:erasure_id>/<any(withdraw, finish, readmit):word>")
@requires(*ADMINS)
@fresh
def decide(erasure_id: int, word: str) -> ResponseReturnValue:
    """Take an erasure back, finish it without proof, or admit the person again."""
    form, status = DecisionForm(), 422
    if form.validate_on_submit():
        try:
            row = DECISIONS[word](erasure_id, form.reason.data or "")
        except (Conflict, Invalid) as error:
            status = show_refusal(form, error)
        except OSError:
            status = show_refusal(form, Conflict("erasure_file_unwritable"))
        else:
            return htmx.go_to(url_for("privacy.erasure", customer_id=row.customer_id), _("It was done."))
    outlook = erasing.outlook_of(erasure_id)
    asking = ErasureForm(formdata=None)
    asking.offer(outlook.live)
    return _erasure_page(outlook, asking, form, status)


@bp.get("/privacy")
@requires(*ADMINS)
def index() -> ResponseReturnValue:
    """List erasures."""
    status = request.args.get("status", "")
    status = status if status in ERASURE_STATUSES else ""
    size = chosen_size(request.args.get("size", ""))
    page = pages_privacy.list_erasures(status, request.args.get("cursor", ""), size)
    context = {"page": page, "status": status, "statuses": ERASURE_STATUSES, "people": dict(actors())}
    return htmx.page_or_partial("privacy/index.html", "privacy/_erasures.html", context)


@bp.route("/privacy/retention", methods=["GET", "POST"])
@requires(*ADMINS)
def retention() -> ResponseReturnValue:
    """Show for how long everything is kept and what would go today; change it."""
    lines = pages_privacy.view_periods()
    form, status = periods_form({line.period.kind: line.days for line in lines}), 200
    if form.validate_on_submit() and may_save(form):
        try:
            periods.save_days(form.chosen(), form.reason.data or "")
        except ServiceError as error:
            status = show_refusal(form, error)
        else:
            return htmx.go_to(url_for("privacy.retention"), _("The periods were saved; the next round goes by them."))
    elif form.errors:
        status = 422
    return render_template("privacy/retention.html", lines=lines, form=form), status


@bp.get("/privacy/data-map")
@requires(*ADMINS)
def data_map() -> ResponseReturnValue:
    """Show which fact about a customer goes to which platform, and why."""
    return render_template("privacy/data_map.html", lines=pages_privacy.view_data_map())


@bp.get("/privacy/data-map.csv")
@requires(*ADMINS)
def data_map_file() -> ResponseReturnValue:
    """Give the data map as a CSV, for the provider's record of processing."""
    return _file(as_csv(_map_lines()), "mapa-de-dados.csv", "text/csv")


@bp.get("/privacy/accesses")
@requires(*ADMINS)
def accesses() -> ResponseReturnValue:
    """List who looked at whose data."""
    actor, customer_id = request.args.get("actor", ""), request.args.get("customer", type=int)
    size = chosen_size(request.args.get("size", ""))
    page = pages_privacy.list_accesses(actor, customer_id, request.args.get("cursor", ""), size)
    context = {"page": page, "actor": actor, "customer_id": customer_id, "people": dict(actors()), "size": size}
    return htmx.page_or_partial("privacy/accesses.html", "privacy/_accesses.html", context)


def _words(section: str) -> dict[str, str]:
    return {
        "title": str(label("held", section).text), "origin": str(label("held_origin", section).text),
        "purpose": str(label("held_purpose", section).text), "ground": str(label("held_ground", section).text),
    }  # fmt: skip


def _erasure_page(
    outlook: erasing.Outlook, form: ErasureForm, decision: DecisionForm, status: int
) -> ResponseReturnValue:
    told = kept.told(kept.load_days())
    context = {"view": outlook, "form": form, "decision": decision, "told": told}
    return render_template("privacy/erasure.html", **context), status


def _check_code(form: ErasureForm, code: str) -> None:
    if (form.code.data or "") != code:
        raise Invalid([Problem("code", "erasure_code_wrong", {"code": code})])


def _map_lines() -> list[tuple[str, ...]]:
    head = (_("Integration"), _("Gateway"), _("Servers"), _("Data"), _("Name there"), _("For what"), _("Legal ground"),
            _("Country"))  # fmt: skip
    lines = [tuple(map(str, head))]
    ground = str(label("held_ground", "platforms").text)
    for line in pages_privacy.view_data_map():
        for use in line.uses or ():
            operations = ", ".join(str(label("operation", one).text) for one in use.operations)
            lines.append((line.integration.description, line.label, ", ".join(line.hosts),
                          str(label("sent", use.fact).text), ", ".join(use.names), operations, ground,
                          _("not known: ask the platform")))  # fmt: skip
    return lines


def _file(content: Any, name: str, kind: str) -> Response:
    response: AnyResponse = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response  # type: ignore[return-value]
