"""Tokens: made once, kept as a hash, refused when expired or revoked."""

import hashlib
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken, Event
from webapp.services.errors import Invalid, NotFound
from webapp.services.tokens import authenticate, create_token, revoke_token


def last_used(token_id: int) -> object:
    return db.session.scalar(select(ApiToken.last_used_at).where(ApiToken.id == token_id))


def test_a_new_token_is_kept_only_as_its_hash(app: APIFlask) -> None:
    token, text = create_token("erp", "write")
    assert text.startswith("sin_")
    assert len(text) >= 40
    assert token.token_hash == hashlib.sha256(text.encode()).hexdigest()
    kept = db.session.scalars(select(Event)).all()
    assert text not in str([(event.label, event.after) for event in kept])


def test_a_token_is_found_by_its_text_alone(app: APIFlask) -> None:
    token, text = create_token("erp", "read")
    wanted = token.id
    found = authenticate(text)
    assert found is not None
    assert found.id == wanted
    assert authenticate(text + "x") is None
    assert authenticate("") is None


def test_an_expired_token_is_refused(app: APIFlask) -> None:
    _token, text = create_token("erp", "read", utc_now() + timedelta(days=1))
    assert authenticate(text) is not None
    clock.move(timedelta(days=1, seconds=1))
    assert authenticate(text) is None


def test_a_revoked_token_is_refused_and_the_revocation_is_recorded(app: APIFlask) -> None:
    token, text = create_token("erp", "read")
    token_id = token.id
    revoke_token(token_id)
    revoke_token(token_id)
    assert authenticate(text) is None
    wanted = select(func.count()).select_from(Event).where(Event.action == "token.revoke")
    assert db.session.scalar(wanted) == 1


def test_revoking_an_unknown_token_is_refused(app: APIFlask) -> None:
    with pytest.raises(NotFound):
        revoke_token(77)


def test_the_last_use_is_written_at_most_once_a_minute(app: APIFlask) -> None:
    token, text = create_token("erp", "read")
    token_id, changed = token.id, token.updated_at
    authenticate(text)
    first = last_used(token_id)
    clock.move(timedelta(seconds=50))
    authenticate(text)
    assert last_used(token_id) == first
    clock.move(timedelta(seconds=11))
    authenticate(text)
    assert last_used(token_id) != first
    assert db.session.scalar(select(ApiToken.updated_at).where(ApiToken.id == token_id)) == changed


def test_authenticating_leaves_no_transaction_open(app: APIFlask) -> None:
    _token, text = create_token("erp", "read")
    authenticate(text)
    assert not db.session().in_transaction()


@pytest.mark.parametrize(
    ("name", "scope", "days", "field"),
    [
        ("", "read", None, "name"),
        ("x" * 121, "read", None, "name"),
        ("taken", "read", None, "name"),
        ("new", "root", None, "scope"),
        ("new", "read", -1, "expires_at"),
    ],
)
def test_a_token_that_cannot_be_is_refused_with_its_field(
    app: APIFlask, name: str, scope: str, days: int | None, field: str
) -> None:
    create_token("taken", "read")
    expires = None if days is None else utc_now() + timedelta(days=days)
    with pytest.raises(Invalid) as caught:
        create_token(name, scope, expires)
    assert [problem.field for problem in caught.value.problems] == [field]
