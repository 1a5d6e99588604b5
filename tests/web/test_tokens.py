"""Tokens on their page, and the page of the API."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import ApiToken, Event
from webapp.services.tokens import authenticate, create_token, end_of_day

FORM = {"name": "erp", "scope": "write", "integration_id": "", "expires_at": "", "allowed_addresses": ""}


def row(name: str = "erp") -> ApiToken:
    db.session.rollback()
    return db.session.scalars(select(ApiToken).where(ApiToken.name == name)).one()


def text_on(page: str) -> str:
    found = re.search(r'id="token-text" value="(sin_[^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_new_token_stands_on_the_page_that_made_it_and_on_no_other(admin: Browser) -> None:
    answer = admin.post("/tokens/new", data={**FORM, "allowed_addresses": "203.0.113.7\n2001:db8::/32"})
    assert answer.status_code == 200
    text = text_on(answer.text)
    assert answer.headers["Cache-Control"] == "no-store"
    assert row().allowed_addresses == ["203.0.113.7/32", "2001:db8::/32"]
    found = authenticate(text, "203.0.113.7")
    assert found is not None
    assert found.name == "erp"
    for address in ("/tokens?active=all", f"/tokens/{row().id}/revoke", "/history?type=token"):
        assert text not in admin.get(address).text


def test_the_list_tells_who_made_a_token_for_what_and_how_long(admin: Browser) -> None:
    integration = factories.make_integration(gateway="nx_play", description="NX Play").id
    last_day = (utc_now() + timedelta(days=40)).date()
    given = {**FORM, "scope": "subscribers", "integration_id": str(integration), "expires_at": last_day.isoformat()}
    assert admin.post("/tokens/new", data=given).status_code == 200
    page = admin.get("/tokens").text
    for said in ("erp", "NX Play", "admin@example.com", "Todos"):
        assert said in page
    assert row().expires_at == end_of_day(last_day)


def test_a_last_day_ends_at_midnight_where_the_provider_is(app: object) -> None:
    assert end_of_day(date(2026, 11, 22)).isoformat() == "2026-11-23T03:00:00+00:00"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"scope": "root"},
        {"scope": "subscribers"},
        {"expires_at": "2020-01-01"},
        {"expires_at": "soon"},
        {"allowed_addresses": "10.0.0.1/8"},
    ],
)
def test_a_token_that_cannot_be_is_refused_beside_its_field(change: dict[str, str], admin: Browser) -> None:
    answer = admin.post("/tokens/new", data={**FORM, **change})
    assert answer.status_code == 422
    assert f'id="{next(iter(change)) if change != {"scope": "subscribers"} else "integration_id"}-error"' in answer.text
    db.session.rollback()
    assert db.session.scalars(select(ApiToken)).all() == []


def test_a_token_is_revoked_with_its_reason_after_asking(admin: Browser) -> None:
    text = create_token("erp", "read")[1]
    token_id = row().id
    assert admin.get(f"/tokens/{token_id}/revoke").status_code == 200
    assert authenticate(text) is not None
    answer = admin.post(f"/tokens/{token_id}/revoke", data={"reason": "Notebook perdido"})
    assert answer.status_code == 303
    assert authenticate(text) is None
    event = db.session.scalars(select(Event).where(Event.action == "token.revoke")).one()
    assert (event.actor, event.reason) == ("admin@example.com", "Notebook perdido")
    assert "erp" not in admin.get("/tokens").text.partition('id="tokens-table"')[2]
    assert "erp" in admin.get("/tokens?active=inactive").text.partition('id="tokens-table"')[2]


@pytest.mark.parametrize("address", ["/tokens", "/tokens/new", "/tokens/1/revoke"])
def test_tokens_are_for_administrators_alone(address: str, viewer: Browser, attendant: Browser) -> None:
    assert viewer.get(address).status_code == 403
    assert attendant.get(address).status_code == 403
