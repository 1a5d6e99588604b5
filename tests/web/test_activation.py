"""Messages to subscribers on the pages: who may, what they say, the link that shows a password once."""

import re

from tests.fixtures.people import Browser
from tests.services.activation_scene import channel_to, gate, make_account, reachable, switched_on
from webapp.extensions import db
from webapp.models import CustomerChannel, Event, MessageTemplate
from webapp.services.activation import links, switch


def test_administrator_adds_a_channel_whose_address_is_never_shown(admin: Browser) -> None:
    data = {
        "description": "E-mail",
        "server": "127.0.0.1",
        "sender": "a@example.com",
        "user": "u",
        "password": "p4ss-x",
    }
    answer = admin.post("/activation/channels/new?kind=email", data=data)
    assert answer.status_code == 303, answer.text
    channel = db.session.query(CustomerChannel).one()
    assert (channel.kind, channel.scheme, channel.password_allowed) == ("email", "mailtos", False)
    assert "p4ss-x" not in admin.get(f"/activation/channels/{channel.id}").text
    with gate() as server:
        channel_to(server, "sms")
        sms = db.session.query(CustomerChannel).order_by(CustomerChannel.id.desc()).first()
        assert sms is not None
        admin.post(f"/activation/channels/{sms.id}/test", data={"to": "11987654321"})
        assert server.requests[0].startswith(b"POST /5511987654321 ")
    assert admin.post(f"/activation/channels/{sms.id}/up").status_code == 303
    assert admin.post(f"/activation/channels/{sms.id}/active", data={"active": "0"}).status_code == 303
    assert admin.get("/activation").status_code == 200


def test_switch_needs_an_address_of_the_hub(admin: Browser) -> None:
    admin.post("/activation/switch", data={"on": "1"})
    assert switch.cursor() is None
    reachable()
    admin.post("/activation/switch", data={"on": "1"})
    assert switch.cursor() is not None


def test_text_is_previewed_and_a_program_in_it_refused(admin: Browser) -> None:
    page = admin.get("/activation/texts/created").text
    assert "Ana Exemplo" in page
    refused = admin.post("/activation/texts/created", data={"subject": "x", "body": "{{ cpf }}", "active": "y"})
    assert refused.status_code == 422
    admin.post("/activation/texts/created", data={"subject": "Oi", "body": "{{ nome }} {{ login }}", "active": "y"})
    assert db.session.query(MessageTemplate).one().subject == "Oi"
    admin.post("/activation/texts/created/delete")
    assert db.session.query(MessageTemplate).count() == 0


def test_attendant_makes_a_link_that_stands_on_one_page_only(attendant: Browser) -> None:
    reachable()
    account = make_account(email="ana@example.com")
    answer = attendant.post(f"/accounts/{account.id}/password-link")
    (token,) = set(re.findall(r"/ver/([\w-]+)", answer.text))
    assert answer.status_code == 200
    assert links.view_link(token).state == "open"
    assert all(token not in f"{one.after}{one.label}" for one in db.session.query(Event))


def test_looking_at_the_link_uses_nothing_up_and_its_button_shows_the_password_once(anonymous: Browser) -> None:
    reachable()
    account = make_account(email="ana@example.com")
    expected = str(links.subject_of(account).password)
    path = "/ver/" + links.hand_out(account.id).rpartition("/")[2]
    for _look in range(3):
        page = anonymous.get(path)
        assert expected not in page.text
        assert page.headers["Cache-Control"] == "no-store"
    shown = anonymous.post(path, csrf=False)
    assert (shown.status_code, expected in shown.text, "ana@example.com" in shown.text) == (200, True, True)
    again = anonymous.post(path, csrf=False)
    assert (again.status_code, expected in again.text) == (410, False)
    assert anonymous.get("/ver/guessed").status_code == 410


def test_attendant_notes_that_a_subscriber_wants_no_messages(attendant: Browser) -> None:
    switched_on()
    account = make_account(email="ana@example.com")
    customer = account.service.customer
    attendant.post(f"/customers/{customer.id}/messages", data={"on": "0"})
    db.session.refresh(customer)
    assert customer.messages_off_at is not None
    assert attendant.get(f"/customers/{customer.id}").status_code == 200


def test_only_administrators_set_up_messages(attendant: Browser, viewer: Browser) -> None:
    assert attendant.get("/activation").status_code == 403
    assert attendant.get("/activation/messages").status_code == 200
    assert viewer.get("/activation/messages").status_code == 403
    assert viewer.post("/accounts/1/password-link").status_code == 403
