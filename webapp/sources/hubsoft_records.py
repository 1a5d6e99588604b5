"""HubSoft's customers as records. Fields: platforms facts 4.1 (public API collection, 2026-07)."""

from collections.abc import Iterator
from typing import Any

from webapp.sources.contract import (
    CustomerRecord,
    Named,
    PackageRecord,
    Record,
    RecordProblem,
    ServiceRecord,
    SourceConnection,
)
from webapp.sources.dates import read_day, read_moment
from webapp.sources.values import Row, code, due_day, first, money, named, secret, text


def records_of(connection: SourceConnection, row: Row, place: str) -> Iterator[Record]:
    """Yield one record for each service of a customer; of one without services, the customer alone."""
    customer = _customer(row)
    problems = () if customer.code else (RecordProblem("customer_code", "source_code_missing"),)
    services = row.get("servicos")
    rows = [service for service in services if isinstance(service, dict)] if isinstance(services, list) else []
    for service in rows:
        yield _service_record(connection, customer, row, service, place, problems)
    if not rows:
        yield Record(customer, registered_at=_moment(connection, row), place=place, problems=problems)


def service_code(row: Row) -> str:
    """Return HubSoft's id of a service."""
    return code(row.get("id_cliente_servico"))


def customer_code(row: Row) -> str:
    """Return the customer's code, which is the number that people see there."""
    return code(row.get("codigo_cliente"))


def _service_record(
    connection: SourceConnection,
    customer: CustomerRecord,
    row: Row,
    service: Row,
    place: str,
    problems: tuple[RecordProblem, ...],
) -> Record:
    made = _service(connection, service)
    if not made.code:
        problems = (*problems, RecordProblem("service_code", "source_code_missing"))
    registered_at = _moment(connection, service) or _moment(connection, row)
    return Record(customer, made, registered_at=registered_at, place=place, problems=problems)


def _customer(row: Row) -> CustomerRecord:
    return CustomerRecord(
        code=customer_code(row),
        name=first(row, "nome_razaosocial", "nome_fantasia"),
        document=first(row, "cpf_cnpj"),
        email=first(row, "email_principal"),
        phone=first(row, "telefone_primario", "telefone_secundario"),
    )


def _service(connection: SourceConnection, row: Row) -> ServiceRecord:
    plan_id = code(row.get("id_servico"))
    return ServiceRecord(
        code=service_code(row),
        plan=named(plan_id or row.get("nome"), row.get("nome")),
        # Without its prefix a status is unknown: the text for people is translated and renamed by providers.
        status=named(row.get("status_prefixo"), row.get("status")),
        login=first(row, "login"),
        password=secret(row, "senha") if connection.keeps_passwords else None,
        city=_city(row.get("endereco_instalacao")),
        value=money(row.get("valor")),
        due_day=due_day(row.get("dia_vencimento")),
        sold_on=read_day(row.get("data_venda")),
        packages=_packages(row.get("pacotes")),
    )


def _city(address: Any) -> str:
    """Return the city of an address, which stands in a service only where the relation was asked for.

    Source: public client code of HubSoft's API (``HubsoftEndereco.cidade``), read 2026-11-23; not in the facts.
    """
    return first(address, "cidade") if isinstance(address, dict) else ""


def _packages(rows: Any) -> tuple[PackageRecord, ...] | None:
    """Return the packages; None where the answer says nothing about them."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return tuple(package for row in rows if (package := _package(row)) is not None)


def _package(row: Row) -> PackageRecord | None:
    external = first(row, "codigo") or code(row.get("id_pacote"))
    if not external:
        return None
    return PackageRecord(
        package=Named(external, first(row, "descricao", "nome")),
        value=money(row.get("valor")),
        starts_on=None,
        ends_on=read_day(row.get("data_limite")),
        active=not text(row.get("deleted_at")),
    )


def _moment(connection: SourceConnection, row: Row) -> Any:
    return read_moment(row.get("data_cadastro"), connection.timezone)
