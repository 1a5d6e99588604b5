"""Which column of a file is what: suggested by its name, checked by what stands in it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from stdnum.br import cnpj, cpf

from webapp.sources.spreadsheet_table import Cells, plain_name
from webapp.sources.spreadsheet_values import read_day, read_money, restore_zeros

PACKAGES = "packages"
# Our columns, in the order of the choice on the page; each with names that people give them.
NAMES: Mapping[str, tuple[str, ...]] = {
    "code": (
        "code", "codigo", "cod", "codigo cliente", "codigo do cliente", "cod cliente", "id cliente", "id do cliente",
        "cliente id", "customer code", "customer id", "matricula",
    ),
    "name": (
        "name", "nome", "cliente", "nome do cliente", "nome cliente", "nome completo", "razao social",
        "nome razao social", "nome razaosocial", "titular", "assinante", "customer", "customer name",
    ),
    "document": (
        "document", "documento", "cpf", "cnpj", "cpf cnpj", "cpf ou cnpj", "cnpj cpf", "cpfcnpj",
        "documento cpf cnpj", "doc", "tax id",
    ),
    "email": ("email", "e mail", "email principal", "e mail principal", "email do cliente", "correio eletronico"),
    "phone": (
        "phone", "telefone", "celular", "fone", "whatsapp", "telefone celular", "telefone primario",
        "telefone principal", "contato", "mobile",
    ),
    "service_code": (
        "service code", "codigo servico", "codigo do servico", "id servico", "contrato", "numero do contrato",
        "n contrato", "no contrato", "codigo contrato", "codigo do contrato", "id contrato",
        "id cliente servico", "contract", "service id", "assinatura",
    ),
    "plan": (
        "plan", "plano", "servico", "servico plano", "nome do plano", "plano contratado", "plano de internet",
        "descricao do servico", "service", "produto",
    ),
    "status": (
        "status", "situacao", "status do servico", "situacao do contrato", "status contrato", "status do contrato",
        "servico status", "estado", "state",
    ),
    "login": ("login", "log in", "usuario", "login pppoe", "usuario pppoe", "pppoe", "user", "username"),
    "password": ("password", "senha", "senha pppoe", "senha do servico"),
    "packages": (
        "packages", "pacotes", "pacote", "package", "pacotes contratados", "adicionais", "sva", "streaming",
        "servicos adicionais",
    ),
    "starts_on": ("starts on", "data inicio", "data de inicio", "inicio do pacote", "primeiro dia"),
    "ends_on": ("ends on", "data limite", "data fim", "data de termino", "validade", "ultimo dia"),
    "address": ("address", "endereco", "endereco de instalacao", "logradouro"),
    "city": ("city", "cidade", "municipio", "cidade de instalacao", "cidade do servico", "localidade"),
    "value": ("value", "valor", "mensalidade", "valor mensal", "valor do plano", "price", "preco"),
    "due_day": ("due day", "vencimento", "dia de vencimento", "dia vencimento", "dia do vencimento"),
    "sold_on": ("sold on", "data da venda", "data venda", "data de venda", "data de contratacao", "adesao",
                "data de adesao", "data de ativacao"),
}  # fmt: skip
FIELDS = tuple(NAMES)
BY_NAME: Mapping[str, str] = {name: field for field, names in NAMES.items() for name in names}
KNOWN_NAMES = frozenset(BY_NAME)
# A row is about somebody only if one of these says who.
IDENTITIES = ("code", "document")

# From so many filled cells on, so large a part of them must look like what the column is said to be.
FEW = 3
MOSTLY = 0.5
MANY_WORDS = 25


@dataclass(frozen=True)
class Doubt:
    """A column whose cells do not look like what it is said to be.

    Attributes:
        odd: how many of ``of`` cells look wrong.
        example: one of them; empty for a password.
        rather: the field that they look like; empty when they look like nothing in particular.
    """

    field: str
    column: str
    odd: int
    of: int
    example: str = ""
    rather: str = ""


def field_key(field: str, number: int) -> str:
    """Return the key of the so-manyth column of a field: only packages may stand in several."""
    return field if number == 1 else f"{field}.{number}"


def field_of(key: str) -> str:
    """Return the field of such a key."""
    return key.partition(".")[0]


def suggest_columns(header: Cells, samples: Sequence[Cells]) -> dict[str, str]:
    """Return our column -> the file's, by name; for a nameless one by what stands in it."""
    found: dict[str, str] = {}
    for number, name in enumerate(header):
        field = BY_NAME.get(plain_name(re.sub(r" \(\d+\)$", "", name)), "")
        if not field and name.startswith("#"):
            field = _looks_like(_column(samples, number), PLAIN_TO_SEE)
        if field == PACKAGES:
            found[_free_key(found, PACKAGES)] = name
        elif field and field not in found:
            found[field] = name
    return found


def doubts(header: Cells, samples: Sequence[Cells], columns: Mapping[str, str]) -> list[Doubt]:
    """Return the columns that are probably not what they are said to be, such as two that were swapped."""
    places = {name: number for number, name in enumerate(header)}
    found = [
        _doubt(field_of(key), name, _column(samples, places[name])) for key, name in columns.items() if name in places
    ]
    return [doubt for doubt in found if doubt is not None]


def _doubt(field: str, column: str, cells: list[str]) -> Doubt | None:
    looks = LOOKS.get(field)
    if looks is None or len(cells) < FEW:
        return None
    odd = [cell for cell in cells if not looks(cell)]
    if field == "status" and len({plain_name(cell) for cell in cells}) > MANY_WORDS:
        odd = cells
    if len(odd) <= MOSTLY * len(cells):
        return None
    rather = _looks_like(odd, tuple(name for name in PLAIN_TO_SEE if name != field))
    return Doubt(field, column, len(odd), len(cells), "" if field == "password" else odd[0][:60], rather)


def _column(samples: Sequence[Cells], number: int) -> list[str]:
    return [cells[number].strip() for cells in samples if number < len(cells) and cells[number].strip()]


def _looks_like(cells: Sequence[str], fields: Sequence[str]) -> str:
    if len(cells) < FEW:
        return ""
    return next((field for field in fields if all(LOOKS[field](cell) for cell in cells)), "")


def _free_key(found: Mapping[str, str], field: str) -> str:
    number = 1
    while field_key(field, number) in found:
        number += 1
    return field_key(field, number)


def _is_document(cell: str) -> bool:
    text = restore_zeros(cell)
    return cpf.is_valid(text) if len(re.sub(r"\W", "", text)) == 11 else cnpj.is_valid(text)


def _is_email(cell: str) -> bool:
    return "@" in cell.strip("@")


def _is_phone(cell: str) -> bool:
    return not re.search(r"[A-Za-z@]", cell) and 8 <= len(re.sub(r"\D", "", cell)) <= 15 and not _is_document(cell)


def _is_name(cell: str) -> bool:
    return "@" not in cell and sum(sign.isalpha() for sign in cell) > sum(sign.isdigit() for sign in cell)


def _is_code(cell: str) -> bool:
    return len(cell) <= 60 and "@" not in cell and not re.search(r"[^\W\d_]\s+[^\W\d_]", cell)


def _is_word(cell: str) -> bool:
    return len(cell) <= 60 and "@" not in cell and not (_is_document(cell) or _is_phone(cell))


def _is_text(cell: str) -> bool:
    return not _is_email(cell) and not _is_document(cell)


def _is_login(cell: str) -> bool:
    return len(cell) <= 120 and not re.search(r"\s", cell)


def _is_day(cell: str) -> bool:
    return read_day(cell) is not None


def _is_due_day(cell: str) -> bool:
    return cell.isdecimal() and 1 <= int(cell) <= 31


LOOKS: Mapping[str, Callable[[str], bool]] = {
    "code": _is_code, "name": _is_name, "document": _is_document, "email": _is_email, "phone": _is_phone,
    "service_code": _is_code, "plan": _is_text, "status": _is_word, "login": _is_login, "packages": _is_text,
    "starts_on": _is_day, "ends_on": _is_day, "address": _is_text, "city": _is_name,
    "value": lambda cell: read_money(cell) is not None,
    "due_day": _is_due_day, "sold_on": _is_day,
}  # fmt: skip
# What can be told from the cells alone, the surest first.
PLAIN_TO_SEE = ("email", "document", "phone")
