"""Receipts: what happened for one customer as a signed document, and whether one that somebody shows is genuine."""

from datetime import datetime

from flask import Blueprint, Flask, Response, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.models import Customer
from webapp.models.operator import ADMIN, ATTENDANT, FINANCE
from webapp.services.changes import get_or_refuse
from webapp.services.errors import Invalid, Problem
from webapp.services.receipts import checking, key, making
from webapp.web import once
from webapp.web.access import READERS, requires
from webapp.web.forms.base import show_refusal
from webapp.web.forms.reports import ReceiptFileForm

bp = Blueprint("receipts", __name__)

MAKERS = (ADMIN, ATTENDANT, FINANCE)
TYPES = {"pdf": "application/pdf", "zip": "application/zip"}
SHOWN = 50


def register(app: Flask) -> None:
    """Bind what templates use: times stand in receipts as text."""
    app.jinja_env.filters["moment"] = datetime.fromisoformat


@bp.get("/customers/<int:customer_id>/receipt")
@requires(*MAKERS)
def show(customer_id: int) -> ResponseReturnValue:
    """Show the latest of what a receipt would hold, and those that were handed out."""
    customer = get_or_refuse(Customer, customer_id, "customer_unknown")
    context = {
        "customer": customer, "entries": making.newest_entries(customer_id, SHOWN), "most": SHOWN,
        "receipts": making.list_receipts(customer_id),
    }  # fmt: skip
    return render_template("receipts/show.html", **context)


@bp.post("/customers/<int:customer_id>/receipt")
@requires(*MAKERS)
def make(customer_id: int) -> ResponseReturnValue:
    """Make a receipt of everything until now, and give it out."""
    fmt = request.form.get("format", "pdf")
    if fmt not in TYPES:
        abort(404)
    made = making.make_receipt(customer_id)
    once.done(url_for("receipts.show", customer_id=customer_id))
    content = made.pdf if fmt == "pdf" else made.as_zip()
    return _file(content, f"comprovante-{made.receipt.number}.{fmt}", TYPES[fmt])


@bp.route("/receipts/check", methods=["GET", "POST"])
@requires(*READERS)
def check() -> ResponseReturnValue:
    """Say whether a receipt that somebody shows is genuine, and what differs."""
    form, found, status = ReceiptFileForm(), None, 200
    if form.validate_on_submit():
        try:
            found = checking.check_receipt(checking.read_shown(_sent()))
        except Invalid as error:
            status = show_refusal(form, error)
    elif form.errors:
        status = 422
    return render_template("receipts/check.html", form=form, found=found, public=key.public_pem()), status


@bp.get("/receipts/key")
@requires(*READERS)
def public_key() -> ResponseReturnValue:
    """Give the public key by which anybody checks receipts of this hub."""
    pem = key.public_pem()
    if not pem:
        abort(404)
    return _file(pem.encode(), making.PEM, "application/x-pem-file")


def _sent() -> bytes:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Invalid([Problem("file", "receipt_file_missing")])
    return sent.stream.read(checking.LARGEST + 1)


def _file(content: bytes, name: str, mimetype: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(content, mimetype=mimetype, headers=headers)
