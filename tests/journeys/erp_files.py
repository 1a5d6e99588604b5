"""A spreadsheet of made-up customers, and how a person uploads one and lets it be applied."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from tests import factories
from webapp.extensions import db
from webapp.models import Package, SourceMapping, SourcePull
from webapp.services import source_files, source_mapping, source_pulls
from webapp.services.audit import acting_as

Row = dict[str, str]
COLUMNS = {
    "code": "codigo", "name": "nome", "document": "cpf", "email": "e-mail", "phone": "celular",
    "service_code": "contrato", "plan": "plano", "status": "situacao", "packages": "pacote", "ends_on": "validade",
    "login": "login",
}  # fmt: skip


def people(count: int, ends_on: date) -> list[Row]:
    """Return so many customers who pay, each with one package that ends."""
    return [
        {
            "codigo": str(number), "nome": f"Pessoa {number}", "cpf": factories.make_cpf(5000 + number),
            "e-mail": f"planilha{number}@example.com", "celular": f"1198765{number:04d}", "contrato": f"K{number}",
            "plano": "FIBRA 500", "situacao": "ativo", "pacote": "PREMIUM", "validade": ends_on.strftime("%d/%m/%Y"),
            "login": f"pessoa{number}",
        }
        for number in range(1, count + 1)
    ]  # fmt: skip


def upload(source_id: int, rows: Sequence[Row], columns: Mapping[str, str] = COLUMNS) -> SourcePull:
    """Upload a file, say which column is what, and let it be compared."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    db.session.rollback()
    pull = source_files.stage_upload(source_id, io.BytesIO(text.getvalue().encode("latin-1")), "clientes.csv")
    db.session.rollback()
    # The person is sure, and wrong.
    source_files.choose_columns(pull.id, columns, sure=True)
    return _worked(pull.id)


def confirm(pull: SourcePull) -> SourcePull:
    """Let what was compared be applied."""
    with acting_as("ana@example.com"):
        source_pulls.confirm_pull(pull.id)
    return _worked(pull.id)


def map_words(source_id: int, package: Package) -> None:
    """Make the plans, and say that every package of the file is this one."""
    db.session.rollback()
    source_mapping.create_missing_plans(source_id)
    words = SourceMapping.query.filter_by(source_id=source_id, kind="package").all()
    source_mapping.save_mapping(source_id, {("package", word.external): str(package.id) for word in words})


def _worked(pull_id: int) -> SourcePull:
    db.session.rollback()
    pull = source_pulls.work(pull_id)
    assert pull is not None
    return pull
