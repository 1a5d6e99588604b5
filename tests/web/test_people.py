"""The pages of people: who is listed, invited, helped; and nobody but administrators."""

import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_string, policy
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from tests import factories
from tests.fixtures.databases import lay
from tests.fixtures.people import PASSWORD, Browser, make_browser, signed_in
from tests.services.mail_server import mail_server
from tests.web.page import read_page
from webapp import create_app
from webapp.config import Settings
from webapp.extensions import db
from webapp.models import Operator
from webapp.services import channels, operators
from webapp.services.channels import ChannelInput
from webapp.services.operators import create_operator

BIA = "bia@example.com"
NEW = {"password": "sete capivaras na varanda", "again": "sete capivaras na varanda"}
LINK = re.compile(r"/invite/[\w-]{40,}")


def bia(role: str = "viewer") -> int:
    made: Any = create_operator(BIA, PASSWORD, role, "Bia")
    return int(made.id)


def link_of(page: str) -> str:
    return LINK.findall(page)[0]


def test_invited_person_chooses_a_password_and_is_in(app: APIFlask, admin: Browser, anonymous: Browser) -> None:
    made = admin.post("/people/invite", data={"email": BIA, "name": "Bia", "role": "attendant"})
    link = link_of(made.text)
    assert link not in admin.get("/people").text
    page = anonymous.get(link)
    assert (page.status_code, page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
        200, "strict-origin", "no-store",
    )  # fmt: skip
    assert anonymous.post(link, data={"name": "Beatriz", **NEW}).status_code == 303
    assert anonymous.get("/customers").status_code == 200
    found = operators.find_by_email(BIA)
    assert found is not None
    assert (found.name, operators.role_of(found)) == ("Beatriz", "attendant")


def test_wrong_used_and_withdrawn_links_look_the_same(app: APIFlask, admin: Browser, anonymous: Browser) -> None:
    used = link_of(admin.post("/people/invite", data={"email": BIA, "role": "viewer"}).text)
    make_browser(app).post(used, data=NEW)
    withdrawn = link_of(admin.post("/people/invite", data={"email": "caio@example.com", "role": "viewer"}).text)
    admin.post("/people/invitations/2/revoke")
    answers = [anonymous.get(link) for link in (used, withdrawn, "/invite/nobody-made-this")]
    answers += [anonymous.post(link, data=NEW) for link in (used, withdrawn)]
    bare = {re.sub(r'"X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {404}
    assert len(bare) == 1
    assert db.session.query(Operator).filter_by(email="caio@example.com").count() == 0


def test_guessing_links_is_braked(app: APIFlask, anonymous: Browser) -> None:
    answers = [anonymous.get(f"/invite/guess-{number}").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]


def test_person_with_a_weak_password_is_told_why_and_keeps_the_link(admin: Browser, anonymous: Browser) -> None:
    link = link_of(admin.post("/people/invite", data={"email": BIA, "role": "viewer"}).text)
    answer = anonymous.post(link, data={"password": "mudar123", "again": "mudar123"})
    assert answer.status_code == 422
    assert "password-error" in read_page(answer).ids()
    assert anonymous.post(link, data=NEW).status_code == 303


def test_invited_address_that_exists_is_a_conflict_beside_the_form(admin: Browser) -> None:
    answer = admin.post("/people/invite", data={"email": "admin@example.com", "role": "viewer"})
    assert answer.status_code == 409
    assert not LINK.search(answer.text)


def test_role_changes_and_the_person_is_out_at_the_next_click(app: APIFlask, admin: Browser) -> None:
    operator_id = bia()
    theirs = make_browser(app).sign_in(operators.get_operator(operator_id))
    assert theirs.get("/customers").status_code == 200
    assert admin.post(f"/people/{operator_id}/role", data={"role": "finance"}).status_code == 303
    assert theirs.get("/customers").status_code == 303
    assert operators.role_of(operators.get_operator(operator_id)) == "finance"


@pytest.mark.parametrize(
    ("path", "data"), [("role", {"role": "viewer"}), ("deactivate", {}), ("reset", {"password": "y"})]
)
def test_own_access_is_refused_in_words(admin: Browser, path: str, data: dict[str, str]) -> None:
    assert "/own" in admin.get(f"/people/1/{path}").text
    assert admin.post(f"/people/1/{path}", data=data).status_code == 403
    assert admin.get("/people").status_code == 200


def test_deactivated_person_is_out_and_cannot_come_back_until_reactivated(app: APIFlask, admin: Browser) -> None:
    operator_id = bia()
    theirs = make_browser(app).sign_in(operators.get_operator(operator_id))
    assert admin.post(f"/people/{operator_id}/deactivate", data={"reason": "left"}).status_code == 303
    assert theirs.get("/").status_code == 303
    again = make_browser(app)
    again.post("/login", data={"email": BIA, "password": PASSWORD})
    assert again.get("/").status_code == 303
    assert BIA not in admin.get("/people").text
    assert BIA in admin.get("/people?active=inactive").text
    assert admin.post(f"/people/{operator_id}/reactivate").status_code == 303
    again.post("/login", data={"email": BIA, "password": PASSWORD})
    assert again.get("/").status_code == 200


def test_reset_link_sets_a_password_and_signs_everybody_else_out(app: APIFlask, admin: Browser) -> None:
    operator_id = bia()
    thief = make_browser(app).sign_in(operators.get_operator(operator_id))
    link = link_of(admin.post(f"/people/{operator_id}/reset", data={"password": "y"}).text)
    theirs = make_browser(app)
    assert theirs.post(link, data=NEW).status_code == 303
    assert theirs.get("/").status_code == 200
    assert thief.get("/").status_code == 303


def test_reset_of_the_second_factor_takes_it_away_at_once(app: APIFlask, admin: Browser) -> None:
    operator_id = bia()
    person: Any = operators.get_operator(operator_id)
    person.tf_totp_secret, person.tf_primary_method = "sealed", "totp"
    db.session.commit()
    assert admin.post(f"/people/{operator_id}/reset", data={"second_factor": "y"}).status_code == 303
    db.session.expire_all()
    assert operators.get_operator(operator_id).tf_totp_secret is None


@pytest.fixture
def reachable(settings: Settings, empty_database: Path) -> Iterator[APIFlask]:
    """A hub that knows how it is reached."""
    lay(empty_database, settings.instance)
    app = create_app(replace(settings, base_url="http://hub.example.com"), TESTING=True)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_link_goes_by_mail_to_whom_it_is_for_and_to_nobody_else(reachable: APIFlask) -> None:
    admin = signed_in(reachable, "admin")
    assert 'name="mail"' not in admin.get("/people/invite").text
    with mail_server() as letters:
        options = "?from=hub@example.com&to=plantao@example.com&cc=chefe@example.com&bcc=outro@example.com"
        mail_channel(f"mailto://127.0.0.1:{letters.port}{options}")
        assert 'name="mail"' in admin.get("/people/invite").text
        made = admin.post("/people/invite", data={"email": BIA, "role": "viewer", "mail": "y"})
    assert letters.to == [BIA]
    [parsed] = [message_from_string(text, policy=policy.default) for text in letters.texts]
    body = parsed.get_body(("plain", "html"))
    assert body is not None
    assert f"http://hub.example.com{link_of(made.text)}" in body.get_content()


def test_mail_that_fails_is_told_and_the_link_is_shown_all_the_same(reachable: APIFlask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    mail_channel(f"mailto://127.0.0.1:{port}?from=hub@example.com")
    made = signed_in(reachable, "admin").post("/people/invite", data={"email": BIA, "role": "viewer", "mail": "y"})
    assert link_of(made.text)
    assert "trouble-cause" in made.text


def test_hub_that_does_not_know_how_it_is_reached_sends_no_link(app: APIFlask, admin: Browser) -> None:
    mail_channel("mailto://127.0.0.1:9?from=hub@example.com")
    assert 'name="mail"' not in admin.get("/people/invite").text


def mail_channel(address: str) -> None:
    channels.create_channel(ChannelInput(description="Plantão", address=address))


def test_length_of_sessions_is_changed_or_refused_beside_its_field(admin: Browser) -> None:
    assert admin.post("/people/rules", data={"idle_min": "15", "longest_h": "8"}).status_code == 303
    assert 'value="15"' in admin.get("/people/rules").text
    wrong = admin.post("/people/rules", data={"idle_min": "1", "longest_h": "8"})
    assert wrong.status_code == 422
    assert "idle_min-error" in read_page(wrong).ids()


def test_administrator_ends_the_sessions_of_others(app: APIFlask, admin: Browser) -> None:
    operator_id = bia()
    one, two = (make_browser(app).sign_in(operators.get_operator(operator_id)) for _number in range(2))
    assert admin.post(f"/people/{operator_id}/sessions/2/end").status_code == 303
    assert (one.get("/").status_code, two.get("/").status_code) == (303, 200)
    assert admin.post("/people/1/sessions/3/end").status_code == 404
    assert admin.post(f"/people/{operator_id}/sessions/end").status_code == 303
    assert two.get("/").status_code == 303


def test_sessions_of_a_customer_page_are_no_business_of_a_viewer(viewer: Browser) -> None:
    factories.make_customer("1")
    assert viewer.get("/people").status_code == 403
    assert "/people" not in viewer.get("/customers").text
