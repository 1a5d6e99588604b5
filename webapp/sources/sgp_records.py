"""SGP's contracts as records: one customer with contracts inside, or contracts that name their customer.

Fields: platforms facts 4.3. Names differ between releases, so each value is looked for under all names seen.
"""

import unicodedata
from collections.abc import Iterator, Mapping
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
from webapp.sources.values import Row, code, due_day, first, money, secret, text

WORDS: Mapping[str, str] = {
    "1": "Ativo",
    "2": "Inativo",
    "3": "Cancelado",
    "4": "Suspenso",
    "5": "Inviabilidade técnica",
    "6": "Novo",
    "7": "Ativo com velocidade reduzida",
}
_SHOWN = {
    "ativo": "1", "inativo": "2", "cancelado": "3", "suspenso": "4", "inviabilidade tecnica": "5", "novo": "6",
    "ativo v. reduzida": "7", "ativo velocidade reduzida": "7", "ativo com velocidade reduzida": "7",
}  # fmt: skip


def contracts_of(customer: Row) -> list[Row]:
    """Return the contracts that stand inside a customer."""
    rows = customer.get("contratos")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def contract_record(connection: SourceConnection, customer: Row, contract: Row, place: str) -> Record:
    """Return one contract; what the contract says of the customer counts where the customer says nothing."""
    made = customer_of(customer, contract)
    internet = _internet(contract)
    service = ServiceRecord(
        code=contract_code(contract),
        plan=_plan(contract, internet),
        status=status_of(contract),
        login=first(internet, "login") or first(contract, "servico_login", "login"),
        password=_password(internet, contract) if connection.keeps_passwords else None,
        city=_city(customer, contract, internet),
        value=money(contract.get("valor")),
        due_day=due_day(contract.get("vencimento")) or due_day(contract.get("cobVencimento")),
        sold_on=read_day(contract.get("dataCadastro")),
        packages=_packages(contract),
    )
    problems = tuple(
        RecordProblem(name, "source_code_missing")
        for name, value in (("customer_code", made.code), ("service_code", service.code))
        if not value
    )
    return Record(
        made,
        service,
        changed_at=read_moment(contract.get("dataAlteracao"), connection.timezone),
        registered_at=read_moment(contract.get("dataCadastro"), connection.timezone),
        place=place,
        problems=problems,
    )


def customer_record(connection: SourceConnection, customer: Row, place: str) -> Record:
    """Return a customer without contracts."""
    made = customer_of(customer, {})
    problems = () if made.code else (RecordProblem("customer_code", "source_code_missing"),)
    registered_at = read_moment(customer.get("dataCadastro"), connection.timezone)
    return Record(made, registered_at=registered_at, place=place, problems=problems)


def customer_of(customer: Row, contract: Row) -> CustomerRecord:
    """Return the customer as both tell of him."""
    places = (customer, contract)
    return CustomerRecord(
        code=code(customer.get("id")) or code(customer.get("clienteId")) or code(contract.get("clienteId")),
        name=_either(places, "nome", "razaoSocial", "razaosocial"),
        document=document_of(customer) or document_of(contract),
        email=_contact(places, "emails", "email"),
        phone=_contact(places, "celulares", "telefones", "telefone"),
    )


def document_of(row: Row) -> str:
    """Return CPF or CNPJ under any of its names."""
    return first(row, "cpfcnpj", "cpfCnpj", "cpf_cnpj")


def contract_code(row: Row) -> str:
    """Return the contract's number under any of its names."""
    return next((found for name in ("contratoId", "contrato", "id") if (found := code(row.get(name)))), "")


def status_of(contract: Row) -> Named:
    """Return the status as SGP's number; it comes as a number, as a text such as " Ativo ", or both."""
    shown = first(contract, "contratoStatusDisplay")
    stated = first(contract, "contratoStatus", "status")
    if stated in WORDS:
        return Named(stated, shown or WORDS[stated])
    number = _SHOWN.get(_plain(stated or shown))
    return Named(number, WORDS[number]) if number else Named(stated or shown, shown or stated)


def _plain(shown: str) -> str:
    folded = unicodedata.normalize("NFD", shown.casefold())
    return "".join(char for char in folded if not unicodedata.combining(char)).strip()


def _internet(contract: Row) -> Row:
    """Return the first service with a log-in; add-ons such as TV stand beside it."""
    services = _services(contract)
    return next((row for row in services if text(row.get("login"))), services[0] if services else {})


def _packages(contract: Row) -> tuple[PackageRecord, ...] | None:
    """Return TV and the like, which stand as services of their own kind; None where kinds are not told (assumed)."""
    services = _services(contract)
    if not any(text(row.get("tipo")) for row in services):
        return None
    extras = (row for row in services if _plain(text(row.get("tipo"))).startswith("multimidia"))
    return tuple(package for row in extras if (package := _package(row)) is not None)


def _package(row: Row) -> PackageRecord | None:
    plan = row.get("plano")
    inside: Row = plan if isinstance(plan, dict) else {"descricao": plan}
    label = first(inside, "descricao", "nome")
    external = code(inside.get("id")) or label
    return PackageRecord(Named(external, label), money(row.get("valor"))) if external else None


def _services(contract: Row) -> list[Row]:
    rows = contract.get("servicos")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _plan(contract: Row, internet: Row) -> Named:
    """Return the plan by its text, the one mark that every answer has."""
    plan = internet.get("plano")
    inside = first(plan, "descricao", "nome") if isinstance(plan, dict) else text(plan)
    label = inside or first(contract, "planointernet", "servico_plano", "plano")
    return Named(label, label)


def _city(customer: Row, contract: Row, internet: Row) -> str:
    """Return the city of the nearest address: a look gives it flat, a list inside of ``endereco``.

    Source: public client code of SGP's API (``endereco_cidade``, ``endereco.cidade``), read 2026-11-23; not in the
    facts.
    """
    flat = first(contract, "endereco_cidade", "cidade")
    places = (row.get("endereco") for row in (internet, contract, customer))
    return flat or next((found for one in places if isinstance(one, dict) and (found := first(one, "cidade"))), "")


def _password(internet: Row, contract: Row) -> Any:
    return secret(internet, "senha") or secret(contract, "servico_senha")


def _either(places: tuple[Row, ...], *names: str) -> str:
    return next((found for row in places if (found := first(row, *names))), "")


def _contact(places: tuple[Row, ...], *names: str) -> str:
    """Return the first contact: a text, a list of them, or a list of ``{contato}``, perhaps inside ``contatos``."""
    for row in places:
        inside = row.get("contatos")
        rows = (row, inside) if isinstance(inside, dict) else (row,)
        found = next((one for holder in rows for name in names for one in _contacts(holder.get(name))), "")
        if found:
            return found
    return ""


def _contacts(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        found = first(one, "contato", "valor", "email", "telefone") if isinstance(one, dict) else text(one)
        if found:
            yield found
