"""IXC's contracts as records. Fields: platforms facts 4.2; those marked assumed are known from client code alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

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
from webapp.sources.values import Row, code, due_day, first, money, secret, text

CONTRACT_WORDS = {"P": "Pré-contrato", "A": "Ativo", "I": "Inativo", "N": "Negativado", "D": "Desistiu"}
INTERNET_WORDS = {
    "A": "Ativo", "D": "Desativado", "CM": "Bloqueio manual", "CA": "Bloqueio automático", "CE": "CE",
    "FA": "Financeiro em atraso", "AA": "Aguardando assinatura",
}  # fmt: skip


@dataclass(frozen=True)
class Around:
    """What stands in other tables than the contract's, by id.

    Attributes:
        plans: of ``vd_contratos``: id -> name.
        packages: by contract; None = products are not read as packages.
        cities: of ``cidade``: id -> name.
    """

    plans: Mapping[str, str] = field(default_factory=dict)
    logins: Mapping[str, Row] = field(default_factory=dict)
    packages: Mapping[str, tuple[PackageRecord, ...]] | None = None
    cities: Mapping[str, str] = field(default_factory=dict)


def contract_record(connection: SourceConnection, customer: Row, contract: Row, around: Around, place: str) -> Record:
    """Return one contract with its customer."""
    made, zone = _customer(customer), connection.timezone
    code_ = code(contract.get("id"))
    problems = tuple(
        RecordProblem(name, "source_code_missing")
        for name, value in (("customer_code", made.code), ("service_code", code_))
        if not value
    )
    login = around.logins.get(code_, {})
    service = ServiceRecord(
        code=code_,
        plan=_plan(contract, around.plans),
        status=status_of(contract),
        login=first(login, "login"),
        password=secret(login, "senha") if connection.keeps_passwords else None,
        city=around.cities.get(city_code(customer, contract), ""),
        due_day=due_day(contract.get("dia_fixo_vencimento")),
        sold_on=read_day(contract.get("data")) or read_day(contract.get("data_ativacao")),
        packages=None if around.packages is None else around.packages.get(code_, ()),
    )
    return Record(
        made,
        service,
        changed_at=read_moment(contract.get("ultima_atualizacao"), zone),
        registered_at=read_moment(contract.get("data_cadastro_sistema") or contract.get("data"), zone),
        place=place,
        problems=problems,
    )


def customer_record(customer: Row, place: str) -> Record:
    """Return a customer without contracts."""
    made = _customer(customer)
    problems = () if made.code else (RecordProblem("customer_code", "source_code_missing"),)
    return Record(made, place=place, problems=problems)


def _customer(row: Row) -> CustomerRecord:
    return CustomerRecord(
        code=code(row.get("id")),
        name=first(row, "razao", "fantasia"),
        document=first(row, "cnpj_cpf"),
        email=first(row, "email"),
        phone=first(row, "telefone_celular", "whatsapp", "fone"),
    )


def city_code(customer: Row, contract: Row) -> str:
    """Return the number of the city of a contract, which may be its customer's.

    Source: public client code of IXC (``cidade`` is an id of the table ``cidade``, ``endereco_padrao_cliente`` says
    that the customer's address counts), read 2026-11-23; not in the facts.
    """
    own, of_customer = code(contract.get("cidade")), code(customer.get("cidade"))
    return of_customer or own if text(contract.get("endereco_padrao_cliente")) == "S" else own or of_customer


def status_of(contract: Row) -> Named:
    """Return contract and internet status as one word, such as ``A/CA``; empty when either is not there."""
    status, internet = text(contract.get("status")), text(contract.get("status_internet"))
    if not status or "status_internet" not in contract:
        return Named("", status)
    return status_word(status, internet)


def status_word(status: str, internet: str) -> Named:
    """Return the word of both, with a text for people."""
    texts = (CONTRACT_WORDS.get(status, status), INTERNET_WORDS.get(internet, internet))
    return Named(f"{status}/{internet}", " / ".join(filter(None, texts)))


def product_package(row: Row) -> PackageRecord:
    """Return a product of a contract as a package (assumed: ``valor_unit`` is the price of one)."""
    product = code(row.get("id_produto"))
    value = money(row.get("valor_unit"))
    count = money(row.get("qtde")) or Decimal(1)
    return PackageRecord(
        package=Named(product, first(row, "descricao")), value=None if value is None else value * count
    )


def _plan(contract: Row, plans: Mapping[str, str]) -> Named:
    plan = code(contract.get("id_vd_contrato"))
    label = plans.get(plan) or first(contract, "contrato", "descricao_aux_plano_venda")
    return Named(plan or label, label)
