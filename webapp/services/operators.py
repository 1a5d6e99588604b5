"""Operators: people who sign in."""

import unicodedata
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_security import hash_password

from webapp.extensions import db, security
from webapp.models import Operator
from webapp.models.operator import ROLES
from webapp.services import audit
from webapp.services.changes import commit
from webapp.services.errors import Conflict, Invalid, Problem

MIN_PASSWORD = 8


def create_operator(email: str, password: str, role: str, name: str = "") -> Operator:
    """Create a person who may sign in, and commit.

    Raises:
        Invalid: show every problem beside its field (``email``, ``password``, ``role``).
        Conflict: an operator with this e-mail exists; nothing was changed.
    """
    operator = add_operator(email, password, role, name)
    commit()
    return operator


def add_operator(email: str, password: str, role: str, name: str = "") -> Operator:
    """Like ``create_operator``, in the caller's transaction; the caller commits."""
    address = _checked(email, password, role)
    if security.datastore.find_user(case_insensitive=True, email=address) is not None:
        raise Conflict("operator_exists", {"email": address})
    security.datastore.find_or_create_role(role)
    made: Any = security.datastore.create_user(
        email=address, password=hash_password(_normal(password)), roles=[role], name=name.strip()
    )
    operator: Operator = made
    db.session.flush()
    audit.record("operator.create", "operator", made.id, address, after={"email": address, "role": role})
    return operator


def any_operator() -> bool:
    """Tell whether anybody can sign in yet."""
    return db.session.query(Operator.id).first() is not None


def _checked(email: str, password: str, role: str) -> str:
    problems = []
    address = ""
    try:
        address = validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        problems.append(Problem("email", "operator_email_invalid", {"value": email.strip()}))
    if len(_normal(password)) < MIN_PASSWORD:
        problems.append(Problem("password", "operator_password_short", {"minimum": MIN_PASSWORD}))
    if role not in ROLES:
        problems.append(Problem("role", "operator_role_unknown", {"value": role, "allowed": ", ".join(ROLES)}))
    if problems:
        raise Invalid(problems)
    return address


def _normal(password: str) -> str:
    """The sign-in form normalises what is typed in the same way before it compares."""
    return unicodedata.normalize("NFKD", password)
