"""Invoices of platforms: upload one, check it, read what was found, contest it, close it."""

import base64
import binascii
from datetime import date, datetime
from typing import Any

from flask import Response
from sqlalchemy import select

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import PREFIX, bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.schemas.common import failure, money
from webapp.api.schemas.invoices import (
    COLUMNS,
    CONTESTED,
    HEADER,
    INVOICE,
    LINE,
    UPLOAD,
    AsideInput,
    CheckInput,
    ContestationOut,
    ContestedOut,
    InvoiceHeaderOut,
    InvoiceLineOut,
    InvoiceLinePage,
    InvoiceOut,
    InvoicePage,
    InvoiceQuery,
    LineQuery,
    UploadInput,
    WordsInput,
)
from webapp.models import Invoice, InvoiceLine
from webapp.services.errors import Invalid, NotFound, Problem
from webapp.services.invoices import asides, checking, contest, uploading
from webapp.services.tables.invoices import contested_of, line_rows


@bp.get("/invoices")
@needs(ADMIN_SCOPE)
@bp.input(InvoiceQuery, location="query")
@bp.output(InvoicePage, example={"items": [INVOICE], "next_cursor": None})
def list_invoices(query_data: InvoiceQuery) -> InvoicePage:
    """List invoices of platforms, the last uploaded first."""
    wanted = select(Invoice)
    if query_data.integration_id is not None:
        wanted = wanted.where(Invoice.integration_id == query_data.integration_id)
    if query_data.month is not None:
        wanted = wanted.where(Invoice.month == _month(query_data.month))
    if query_data.state is not None:
        wanted = wanted.where(Invoice.state == query_data.state)
    rows, following = page(wanted, Invoice.id, query_data, newest_first=True)
    return InvoicePage(items=[show(row) for row in rows], next_cursor=following)


@bp.post("/invoices")
@needs(ADMIN_SCOPE)
@bp.input(UploadInput, example=UPLOAD)
@bp.output(InvoiceOut, status_code=201, example=INVOICE)
def upload_invoice(json_data: UploadInput) -> Answer:
    """Upload an invoice: CSV, XLSX or a PDF with text. Without a mapping it waits for its columns."""
    content = _content(json_data.content)
    invoice = uploading.upload(json_data.integration_id, _month(json_data.month), json_data.file_name, content)
    if json_data.mapping is not None:
        invoice = checking.check(invoice.id, _mapping(json_data.mapping))
    return tagged(show(invoice), 201, f"{PREFIX}/invoices/{invoice.id}")


@bp.get("/invoices/<int:invoice_id>")
@needs(ADMIN_SCOPE)
@bp.output(InvoiceOut, example=INVOICE)
def read_invoice(invoice_id: int) -> Answer:
    """Read one invoice."""
    return tagged(show(uploading.get_invoice(invoice_id)))


@bp.delete("/invoices/<int:invoice_id>")
@needs(ADMIN_SCOPE)
@bp.doc(responses={204: "It was discarded."})
def discard_invoice(invoice_id: int) -> Response:
    """Discard an invoice that is not closed, with its lines."""
    uploading.discard(invoice_id)
    return Response(status=204)


@bp.get("/invoices/<int:invoice_id>/columns")
@needs(ADMIN_SCOPE)
@bp.output(InvoiceHeaderOut, example=HEADER)
def read_invoice_columns(invoice_id: int) -> InvoiceHeaderOut:
    """Read the columns of an invoice's file, and which one is probably what."""
    header = uploading.header_of(invoice_id)
    return InvoiceHeaderOut(
        columns=list(header.columns), mapping=dict(header.mapping), remembered=header.remembered
    )  # fmt: skip


@bp.post("/invoices/<int:invoice_id>/check")
@needs(ADMIN_SCOPE)
@bp.input(CheckInput, example={"mapping": COLUMNS})
@bp.output(InvoiceOut, example=INVOICE)
def check_invoice(invoice_id: int, json_data: CheckInput) -> InvoiceOut:
    """Check an invoice, anew if it was checked before; what was set aside stays so."""
    return show(checking.check(invoice_id, _mapping(json_data.mapping)))


@bp.post("/invoices/<int:invoice_id>/products")
@needs(ADMIN_SCOPE)
@bp.input(WordsInput, example={"words": [{"word": "Pacote Ouro", "product_id": 3}]})
@bp.output(InvoiceOut, example=INVOICE)
def name_invoice_products(invoice_id: int, json_data: WordsInput) -> InvoiceOut:
    """Say which products of ours the platform's words mean, for all its invoices, and check this one anew."""
    words = {one.word: one.product_id for one in json_data.words}
    return show(checking.name_products(invoice_id, words))


@bp.post("/invoices/<int:invoice_id>/close")
@needs(ADMIN_SCOPE)
@bp.output(InvoiceOut, example={**INVOICE, "state": "closed"})
def close_invoice(invoice_id: int) -> InvoiceOut:
    """Close a checked invoice: its file is forgotten, its lines stay."""
    return show(uploading.close(invoice_id))


@bp.get("/invoices/<int:invoice_id>/lines")
@needs(ADMIN_SCOPE)
@bp.input(LineQuery, location="query")
@bp.output(InvoiceLinePage, example={"items": [LINE], "next_cursor": None})
def list_invoice_lines(invoice_id: int, query_data: LineQuery) -> InvoiceLinePage:
    """List the lines of an invoice with what was found of each, and behind them the seats that no line bills."""
    uploading.get_invoice(invoice_id)
    filters = {"invoice": str(invoice_id)}
    if query_data.verdict is not None:
        filters["verdict"] = query_data.verdict
    if query_data.contested:
        filters["claim"] = "contested"
    rows, following = page(line_rows(filters), InvoiceLine.id, query_data)
    return InvoiceLinePage(items=[_line(row) for row in rows], next_cursor=following)


@bp.post("/invoices/<int:invoice_id>/lines/<int:line_id>/aside")
@needs(ADMIN_SCOPE)
@bp.input(AsideInput, example={"reason": "Agreed with the platform"})
@bp.output(InvoiceLineOut, example={**LINE, "aside": "Agreed with the platform", "contested": "0.00"})
def set_invoice_line_aside(invoice_id: int, line_id: int, json_data: AsideInput) -> InvoiceLineOut:
    """Contest a line no more."""
    _refuse_other(invoice_id, line_id)
    return _line(asides.set_aside(line_id, json_data.reason))


@bp.post("/invoices/<int:invoice_id>/lines/<int:line_id>/contest")
@needs(ADMIN_SCOPE)
@bp.output(InvoiceLineOut, example=LINE)
def contest_invoice_line(invoice_id: int, line_id: int) -> InvoiceLineOut:
    """Contest a line again that was set aside."""
    _refuse_other(invoice_id, line_id)
    return _line(asides.take_up(line_id))


@bp.post("/invoices/<int:invoice_id>/contestation")
@needs(ADMIN_SCOPE)
@bp.output(ContestationOut, example={"disputed": "19.90", "items": [CONTESTED]})
def contest_invoice(invoice_id: int) -> ContestationOut:
    """Take everything that is contested, for the platform; the history notes who took it."""
    disputed = contest.begin_contestation(invoice_id, "json").disputed
    items = [_contested(one) for one in contest.contested_lines(invoice_id)]
    return ContestationOut(disputed=money(disputed), items=items)


def show(row: Invoice) -> InvoiceOut:
    """Return one as it is given out."""
    return InvoiceOut(
        id=row.id, integration_id=row.integration_id, month=f"{row.month:%Y-%m}",
        state=row.state, file_name=row.file_name, mapping=row.mapping,  # type: ignore[arg-type]
        billed=money(row.billed), disputed=money(row.disputed), counts=row.counts, uploaded_by=row.uploaded_by,
        uploaded_at=row.created_at, checked_at=row.checked_at,
    )  # fmt: skip


def _line(row: InvoiceLine) -> InvoiceLineOut:
    proof, reason = row.proof, row.proof.get("reason")
    return InvoiceLineOut(
        id=row.id, number=row.number, subject=row.subject, item=row.item,
        verdict=row.verdict, billed=money(row.value), expected=money(row.expected),  # type: ignore[arg-type]
        contested=money(contested_of(row)), account_id=row.account_id, product_id=row.product_id, aside=row.aside,
        note=failure(f"invoice_{reason}" if reason else None, {}), ended_at=_moment(proof.get("ended_at")),
        told_at=_moment(proof.get("at")), request_id=proof.get("request_id", ""),
        http_status=proof.get("http_status"), answer=proof.get("answer", ""),
    )  # fmt: skip


def _contested(one: contest.Contested) -> ContestedOut:
    return ContestedOut(
        number=one.number, subject=one.subject, item=one.item, billed=money(one.billed), expected=money(one.expected),
        contested=money(one.contested), verdict=one.verdict,  # type: ignore[arg-type]
        cancelled_at=one.cancelled_at, request_id=one.request_id, http_status=one.http_status, answer=one.answer,
    )  # fmt: skip


def _refuse_other(invoice_id: int, line_id: int) -> None:
    if asides.get_line(line_id).invoice_id != invoice_id:
        raise NotFound("invoice_line_not_found", {"id": line_id})


def _mapping(mapping: Any) -> dict[str, str] | None:
    return None if mapping is None else {str(field): column for field, column in mapping.items()}


def _content(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except binascii.Error as error:
        raise Invalid([Problem("content", "invoice_content_malformed")]) from error


def _month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
