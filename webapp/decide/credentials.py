"""Log-in and password that a platform gets, made from the subscriber's own data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.gateways.contract import CustomerFacts, PasswordRule, Secret, ServiceFacts, Traits

USER_PARAM = "usuario"
FIELDS = (
    "login_autenticacao",
    "senha_autenticacao",
    "codigo_cliente",
    "codigo_servico",
    "cpf_cnpj",
    "email",
    "telefone",
)


@dataclass(frozen=True)
class Flaw:
    """Why nothing can be sent yet: which field, and the message that says so."""

    field: str
    code: str
    params: Mapping[str, str | int]


def field_value(name: str, customer: CustomerFacts, service: ServiceFacts) -> str:
    """Return the value of one of ``FIELDS``; empty when unknown or missing."""
    values = {
        "login_autenticacao": service.login,
        "senha_autenticacao": str(service.password),
        "codigo_cliente": customer.code,
        "codigo_servico": service.code,
        "cpf_cnpj": customer.document,
        "email": customer.email,
        "telefone": customer.phone,
    }
    return values.get(name, "")


def login_for(traits: Traits, params: Mapping[str, str], customer: CustomerFacts, service: ServiceFacts) -> str:
    """Return the first of the gateway's log-in fields that is not empty, trimmed; e-mails in lower case.

    Args:
        params: sale params over integration params; one of them may name the field, see ``Traits.login_param``.
    """
    chosen = params.get(traits.login_param, "").strip()
    for name in (chosen,) if chosen in FIELDS else traits.login_fields:
        value = field_value(name, customer, service).strip()
        if value:
            return value.lower() if "@" in value else value
    return ""


def password_for(
    rule: PasswordRule, params: Mapping[str, str], customer: CustomerFacts, service: ServiceFacts
) -> Secret | Flaw:
    """Return the password, or why there is none.

    Args:
        params: sale params over integration params; ``usuario`` names the field.

    Source: HubSoft's page on NX Play: at least 6 characters, zeros on the left of the customer's code.
    """
    name = params.get(USER_PARAM, "").strip() or rule.default_field
    if name not in FIELDS:
        return Flaw(USER_PARAM, "usuario_unknown", {"value": name, "allowed": ", ".join(FIELDS)})
    name = rule.instead_of.get(name, name)
    value = field_value(name, customer, service).strip()
    if not value:
        return Flaw(name, "password_field_empty", {"field": name})
    if name in rule.pad_fields:
        value = value.rjust(rule.min_length, "0")
    if len(value) < rule.min_length:
        return Flaw(name, "password_too_short", {"field": name, "minimum": rule.min_length})
    return Secret(value)


def boolean_flaw(name: str, value: str) -> Flaw | None:
    """Refuse what is neither on nor off. Absent or ``true`` = on, ``false`` = off (NX Play)."""
    if value.strip().lower() in ("", "true", "false"):
        return None
    return Flaw(name, "not_a_switch", {"field": name, "value": value})
