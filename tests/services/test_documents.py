"""Documents, e-mails, phones and names in one shape."""

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.services.documents import (
    PLAIN_EMAIL,
    document_problem,
    email_problem,
    fold,
    normalise_document,
    normalise_email,
    normalise_phone,
    phone_problem,
)


@pytest.mark.parametrize(
    ("typed", "document"),
    [
        ("529.982.247-25", "52998224725"),
        ("111.444.777-35", "11144477735"),
        ("12.abc.345/01de-35", "12ABC34501DE35"),
        ("A1B2C3D4000193", "A1B2C3D4000193"),
        ("11.222.333/0001-81", "11222333000181"),
        ("00.000.000/0001-91", "00000000000191"),
        ("", ""),
    ],
)
def test_valid_document_is_accepted_in_one_shape(typed: str, document: str) -> None:
    assert normalise_document(typed) == document
    assert document_problem(document) is None


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("52998224724", "cpf_wrong"),
        *((str(digit) * 11, "cpf_wrong") for digit in range(10)),
        ("12ABC34501DE36", "cnpj_wrong"),
        ("11222333000182", "cnpj_wrong"),
        ("00000000000000", "cnpj_wrong"),
        ("12ABC34501DEAB", "cnpj_wrong"),
        ("2998224725", "document_length"),
        ("ABC", "document_length"),
        ("5299822472A", "document_length"),
    ],
)
def test_wrong_document_is_refused_with_its_reason(document: str, code: str) -> None:
    problem = document_problem(document)
    assert problem is not None
    assert (problem.field, problem.code) == ("document", code)


@pytest.mark.parametrize("email", ["Maria.Silva@Example.com ", "a+b@example.com", "x@mail.example.com"])
def test_email_is_kept_in_lower_case(email: str) -> None:
    assert normalise_email(email) == email.strip().lower()
    assert email_problem(email.strip()) is None


@pytest.mark.parametrize(
    "email", ["maria", "maria@", "@example.com", "maria@example", "a b@example.com", "joão@example.com"]
)
def test_wrong_email_is_refused(email: str) -> None:
    problem = email_problem(email)
    assert problem is not None
    assert problem.code == "email_wrong"


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("(11) 98765-4321", "5511987654321"),
        ("11 3456-7890", "551134567890"),
        ("+55 11 98765-4321", "5511987654321"),
        ("5511987654321", "5511987654321"),
        ("011 98765-4321", "5511987654321"),
        # 55 is an area code too (Santa Maria).
        ("55 99876-5432", "5555998765432"),
        ("+1 212 555 0100", "12125550100"),
        ("", ""),
    ],
)
def test_phone_gets_country_and_area_code(typed: str, phone: str) -> None:
    assert normalise_phone(typed) == phone
    assert phone_problem(typed) is None


@pytest.mark.parametrize("typed", ["98765-4321", "12", "none", "10 98765-4321", "119876543210000"])
def test_phone_without_area_code_is_refused(typed: str) -> None:
    problem = phone_problem(typed)
    assert problem is not None
    assert problem.code == "phone_wrong"


def test_names_fold_to_plain_lower_case() -> None:
    assert fold("  JOSÉ  da Conceição ") == "jose da conceicao"


@settings(max_examples=300, deadline=None)
@given(
    st.from_regex(PLAIN_EMAIL, fullmatch=True)
    | st.from_regex(r"[a-zA-Z0-9_+.-]{1,70}@[a-z0-9.-]{1,70}", fullmatch=True)
)
def test_short_way_through_an_address_says_what_the_library_says(email: str) -> None:
    try:
        found = validate_email(email, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        assert email_problem(email) is not None
        return
    assert email_problem(email) is None
    assert normalise_email(email) == (found.ascii_email or found.normalized).lower()
