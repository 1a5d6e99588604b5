"""Which column of a platform's invoice is what: names that platforms give them."""

import re
from collections.abc import Mapping

from webapp.sources.spreadsheet_table import Cells, plain_name

# In the order of the choice on the page. The first ones name the subject, the surest first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "remote_id": (
        "id", "id assinante", "id do assinante", "assinante id", "subscriber id", "subscriber", "id usuario",
        "user id", "id conta", "account id", "ticket", "id da assinatura", "subscription id", "uuid", "id externo",
    ),
    "login": (
        "login", "log in", "usuario", "username", "user", "user name", "login do assinante", "login assinante",
    ),
    "email": ("email", "e mail", "email do assinante", "e mail do assinante", "email assinante", "correio"),
    "code": (
        "codigo", "codigo cliente", "codigo do cliente", "cod cliente", "id cliente", "customer code", "customer id",
        "contrato", "codigo do contrato", "numero do contrato", "referencia externa", "external reference",
    ),
    "document": ("documento", "cpf", "cnpj", "cpf cnpj", "cpf ou cnpj", "cnpj cpf", "cpfcnpj", "document", "doc"),
    "product": (
        "produto", "product", "plano", "plan", "pacote", "package", "item", "descricao", "descricao do produto",
        "codigo do produto", "cod produto", "product code", "sku", "servico", "oferta",
    ),
    "value": (
        "valor", "value", "preco", "price", "valor total", "total", "amount", "valor cobrado", "valor r", "valor rs",
        "mensalidade", "custo", "valor mensal", "valor unitario",
    ),
    "quantity": ("quantidade", "qtd", "qtde", "quantity", "qty", "licencas", "telas"),
    "from": (
        "inicio", "data inicio", "data inicial", "periodo inicio", "periodo de", "de", "from", "start", "start date",
    ),
    "until": ("fim", "data fim", "data final", "periodo fim", "periodo ate", "ate", "until", "end", "end date"),
    "reference": ("referencia", "reference", "ref", "linha", "numero", "n", "no", "sequencia", "competencia", "nota"),
}  # fmt: skip
FIELDS = tuple(NAMES)
SUBJECTS = ("remote_id", "login", "email", "code", "document")
_BY_NAME: Mapping[str, str] = {name: field for field, names in reversed(list(NAMES.items())) for name in names}
KNOWN_NAMES = frozenset(_BY_NAME)


def suggest(header: Cells) -> dict[str, str]:
    """Return field -> column of the file, by the columns' names."""
    found: dict[str, str] = {}
    for name in header:
        field = _BY_NAME.get(plain_name(re.sub(r" \(\d+\)$", "", name)), "")
        if field:
            found.setdefault(field, name)
    return found


def fitting(mapping: Mapping[str, str], header: Cells) -> dict[str, str]:
    """Return a mapping that was kept where this file has all its columns; else nothing."""
    return dict(mapping) if mapping and all(name in header for name in mapping.values()) else {}
