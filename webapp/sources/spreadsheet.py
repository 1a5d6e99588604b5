"""A spreadsheet as a source: CSV or XLSX, uploaded by a person; it is read when it comes and never by itself."""

import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from webapp.gateways.errors import Rejected, Unsupported
from webapp.sources.contract import (
    CallbackRequest,
    Changes,
    CheckStep,
    Named,
    ReadPage,
    Record,
    ServiceRef,
    SourceConnection,
    SourceTraits,
)
from webapp.sources.spreadsheet_columns import KNOWN_NAMES
from webapp.sources.spreadsheet_csv import read_csv
from webapp.sources.spreadsheet_table import LARGEST_BYTES, SURE, Table, open_rows, plain_name, refused
from webapp.sources.spreadsheet_xlsx import read_sheets

KIND = "spreadsheet"
ZIP = b"PK\x03\x04"
# The box in which Excel until 2003 kept workbooks, and in which a protected XLSX still comes.
OLD_BOX = b"\xd0\xcf\x11\xe0"
HTML = (b"<!doctype", b"<html", b"<table")
NO_READING = "file_source_without_reading"

# Words that providers write; what they do not decide by themselves stands in ``undecided``.
STATUSES = {
    "ativo": "servico_habilitado", "ativa": "servico_habilitado", "habilitado": "servico_habilitado",
    "servico habilitado": "servico_habilitado", "servico_habilitado": "servico_habilitado",
    "normal": "servico_habilitado", "liberado": "servico_habilitado", "em dia": "servico_habilitado",
    "adimplente": "servico_habilitado", "active": "servico_habilitado", "enabled": "servico_habilitado",
    "franquia excedida": "franquia_excedida", "franquia_excedida": "franquia_excedida",
    "suspenso": "suspenso_debito", "suspensa": "suspenso_debito", "suspenso por debito": "suspenso_debito",
    "suspenso_debito": "suspenso_debito", "bloqueado": "suspenso_debito", "inadimplente": "suspenso_debito",
    "suspended": "suspenso_debito", "suspenso parcialmente": "suspenso_parcialmente",
    "suspenso_parcialmente": "suspenso_parcialmente", "velocidade reduzida": "suspenso_parcialmente",
    "suspenso a pedido": "suspenso_pedido_cliente", "suspenso a pedido do cliente": "suspenso_pedido_cliente",
    "suspenso_pedido_cliente": "suspenso_pedido_cliente", "agendado": "agendado_para_instalacao",
    "agendado_para_instalacao": "agendado_para_instalacao", "aguardando instalacao": "aguardando_instalacao",
    "aguardando_instalacao": "aguardando_instalacao",
    "aguardando assinatura": "aguardando_assinatura_contrato",
    "aguardando_assinatura_contrato": "aguardando_assinatura_contrato",
    "aguardando_configuracao": "aguardando_configuracao", "aguardando_liberacao_ti": "aguardando_liberacao_ti",
    "aguardando_migracao": "aguardando_migracao", "cancelado": "cancelado", "cancelada": "cancelado",
    "rescindido": "cancelado", "cancelled": "cancelado",
}  # fmt: skip


def open_table(stream: BinaryIO, known: frozenset[str] = KNOWN_NAMES) -> Table:
    """Open an uploaded file; of several sheets the first that has a header with names that are known.

    Args:
        stream: can be read again from its beginning; keep it open while rows are read.
        known: names that columns of such a file usually have, as ``plain_name`` writes them.

    Raises:
        Rejected: it is too large, no CSV or XLSX, broken or empty; show the code's message, nothing was kept.
            While rows are read: the file breaks off there; forget the rows before.
    """
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size > LARGEST_BYTES:
        raise refused("file_too_large", megabytes=size // 1_000_000, maximum=LARGEST_BYTES // 1_000_000)
    head = stream.read(512)
    stream.seek(0)
    if head.startswith(ZIP):
        return _best_sheet(stream, known)
    if head.startswith(OLD_BOX):
        raise refused("file_old_excel")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(HTML):
        raise refused("file_is_html")
    return open_rows(read_csv(stream), known)


def _best_sheet(stream: BinaryIO, known: frozenset[str]) -> Table:
    first: Table | None = None
    for name, rows in read_sheets(stream):
        try:
            table = open_rows(rows, known, name)
        except Rejected as error:
            if error.code != "file_empty":
                raise
            continue
        if sum(plain_name(column) in known for column in table.header) >= SURE:
            return table
        first = first or table
    if first is None:
        raise refused("file_empty")
    return first


class Spreadsheet:
    """The kind of source that people fill by uploading files."""

    traits = SourceTraits(
        key=KIND,
        label="Spreadsheet (CSV, XLSX)",
        help="Upload a list of customers from any system; columns are chosen once and remembered.",
        statuses=STATUSES,
        undecided=("inativo", "inativa", "desativado", "pendente", "inactive"),
    )

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        """There is nothing to reach: a file comes by itself."""
        return []

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        """A file's words are known when it was read."""
        return ()

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        """Refuse: rows come from an upload.

        Raises:
            Unsupported: ask for a file.
        """
        raise Unsupported(NO_READING)

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        """Refuse: a file is whole.

        Raises:
            Unsupported: ask for a file.
        """
        raise Unsupported(NO_READING)

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Refuse: nobody can be looked up in a file that is gone.

        Raises:
            Unsupported: what the person confirmed on the preview is the second look.
        """
        raise Unsupported(NO_READING)

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        """Admit nothing: no file sends messages."""
        return None
