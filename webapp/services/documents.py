"""What people are known by, in one shape: CPF and CNPJ, e-mail, phone, names for search."""

import re
import unicodedata

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError

from webapp.services.errors import Problem

COUNTRY = "55"
PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*\.[a-z]{2,24}", re.I | re.A
)


def normalise_document(text: str) -> str:
    """Return a CPF or CNPJ without punctuation, in capitals; letters stay (CNPJ since July 2026)."""
    return re.sub(r"[^0-9A-Z]", "", text.upper())


def document_problem(document: str) -> Problem | None:
    """Judge a normalised CPF or CNPJ; an empty one is no problem.

    Source: Receita Federal, IN RFB 2.229/2024 for the CNPJ with letters.
    """
    if not document:
        return None
    if len(document) == 11 and document.isdecimal():
        return None if _is_cpf(document) else Problem("document", "cpf_wrong", {"value": document})
    if len(document) == 14:
        return None if _passes(cnpj, document) else Problem("document", "cnpj_wrong", {"value": document})
    return Problem("document", "document_length", {"value": document, "length": len(document)})


def normalise_email(text: str) -> str:
    """Return an address in lower case without blanks around it; a wrong one comes back as it is."""
    if _is_plain_email(text.strip()):
        return text.strip().lower()
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return text.strip()
    return (found.ascii_email or found.normalized).lower()


def email_problem(email: str) -> Problem | None:
    """Judge the shape of an address; an empty one is no problem."""
    if not email or _is_plain_email(email):
        return None
    try:
        validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return Problem("email", "email_wrong", {"value": email})
    return None


def normalise_phone(text: str) -> str:
    """Return digits with the country's 55 in front; a wrong one comes back as its digits.

    A number written with ``+`` and another country's code stays as it is.
    """
    digits = re.sub(r"\D", "", text)
    if text.strip().startswith(("+", "00")) and not digits.lstrip("0").startswith(COUNTRY):
        return digits.lstrip("0")
    local = digits.lstrip("0")
    return COUNTRY + local if len(local) in (10, 11) else local


def phone_problem(text: str) -> Problem | None:
    """Judge a phone as it was typed; an empty one is no problem."""
    phone = normalise_phone(text)
    if not text.strip() or (re.fullmatch(r"55[1-9]{2}\d{8,9}", phone)):
        return None
    abroad = text.strip().startswith(("+", "00")) and not phone.startswith(COUNTRY)
    if abroad and 8 <= len(phone) <= 15:
        return None
    return Problem("phone", "phone_wrong", {"value": text.strip()})


def fold(text: str) -> str:
    """Return text for comparing and searching: no marks, lower case, single blanks."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return " ".join(plain.lower().split())


def _is_plain_email(email: str) -> bool:
    """Tell whether an address is one of the many that need no long look: a fiftieth of the library's time.

    Never true for one that ``email_validator`` would refuse, or write otherwise than in lower case.
    """
    if not PLAIN_EMAIL.fullmatch(email) or "--" in email:
        return False
    local, _, domain = email.lower().partition("@")
    return len(local) <= 64 and len(domain) <= 63 and domain.rpartition(".")[2] not in SPECIAL_USE_DOMAIN_NAMES


def _is_cpf(document: str) -> bool:
    # The ten repeated sequences pass the check digits and belong to nobody.
    return len(set(document)) > 1 and _passes(cpf, document)


def _passes(kind: object, document: str) -> bool:
    try:
        kind.validate(document)  # type: ignore[attr-defined]
    except ValidationError:
        return False
    return True
