"""Why does Maria not watch? The page, its buttons, its texts; and one subscriber on one page."""

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from tests import factories
from tests.fixtures.people import Browser, signed_in
from tests.services.helpers import account_of, actions, nx_package
from tests.web.page import read, read_page
from tests.web.why_states import settle
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, Customer, Service, Setting, Source, SourceHint, SourceLink
from webapp.services import provider, subscriptions

TEXT = re.compile(r'<textarea[^>]*id="why-[^"]*-(message|summary)"[^>]*>(.*?)</textarea>', re.S)


@pytest.fixture
def service(app: APIFlask) -> Service:
    """One package on NX Play, just sold; nothing of it was sent."""
    customer = factories.make_customer(name="MARIA DA SILVA", email="maria@example.com", document="52998224725")
    return factories.make_service(customer, factories.make_plan(nx_package(description="Films"), mandatory=True))


def why(service: Service) -> str:
    return f"/customers/{service.customer_id}/why"


def texts(browser: Browser, service: Service) -> dict[str, str]:
    """Return the texts to copy."""
    return dict(TEXT.findall(browser.get(why(service)).text))


def brought_by(service: Service, **values: object) -> Source:
    source = factories.make_source(**values)
    db.session.add(SourceLink(source_id=source.id, kind="service", external="erp-7", local_id=service.id,
                              seen_at=utc_now()))  # fmt: skip
    db.session.commit()
    return source


def block(account: Account, code: str, about: str | None = None, **params: object) -> None:
    account.status, account.due_at, account.error_kind = "blocked", None, "rejected"
    account.error_code, account.error_params, account.error_field = code, params, about
    account.error_at = utc_now()
    db.session.commit()


def test_page_says_the_verdict_first_and_four_links(viewer: Browser, service: Service) -> None:
    page = viewer.get(why(service))
    found = read_page(page)
    assert "Maria" in page.text
    assert len([one for one in found.all("li") if "chain-link" in one.get("class", "")]) == 4
    assert 'hx-trigger="every 5s"' in page.text, "what is on its way is looked at again"
    part = viewer.get(why(service), hx=True).text
    assert part.strip().startswith('<div id="why"')


def test_once_all_is_well_nothing_polls_and_the_platform_is_told_as_it_was_seen(
    attendant: Browser, service: Service
) -> None:
    settle(account_of(service), observed="active", observed_at=utc_now())
    text = attendant.get(why(service)).text
    assert "is-green" in text
    assert 'hx-trigger="every' not in text


def test_message_to_the_customer_names_nothing_of_ours_and_is_signed(viewer: Browser, service: Service) -> None:
    provider.save_provider("Rede Boa", "SP")
    account = account_of(service)
    block(account, "platform_rejected", message="CPF 529.982.247-25 of maria@example.com is in use")
    message = texts(viewer, service)["message"]
    assert "Maria" in message
    assert message.endswith("Rede Boa")
    for secret in ("platform_rejected", "52998224725", "529.982", "maria@example.com", service.code, "NX"):
        assert secret not in message


def test_message_is_in_the_providers_language_whatever_the_readers(viewer: Browser, service: Service) -> None:
    pages = [viewer.get(why(service), headers={"Accept-Language": tongue}).text for tongue in ("pt-BR", "en")]
    messages = [dict(TEXT.findall(page))["message"] for page in pages]
    assert messages[0] == messages[1]


def test_summary_for_support_has_codes_and_nobody(viewer: Browser, service: Service) -> None:
    account = account_of(service)
    settle(account, login="maria@example.com")
    block(account, "platform_rejected", message="CPF 529.982.247-25 is in use")
    summary = texts(viewer, service)["summary"]
    assert "platform_rejected" in summary
    assert f"account: #{account.id}" in summary
    for personal in ("maria", "Maria", "MARIA", "52998224725", "529.982", service.customer.phone, service.login):
        assert personal not in summary


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("email", "/customers/{customer}/edit#email"),
        ("cpf_cnpj", "/customers/{customer}/edit#document"),
        ("senha_autenticacao", "/services/{service}/edit#password"),
        ("usuario", "/service-packages/{sale}"),
        (None, "/customers/{customer}/edit"),
    ],
)
def test_blocked_account_leads_to_the_form_with_the_field(
    field: str | None, address: str, attendant: Browser, service: Service
) -> None:
    block(account_of(service), "login_missing", field, field="email")
    ids = {"customer": service.customer_id, "service": service.id, "sale": service.packages[0].id}
    links = [link["href"] for link in read(attendant.get(why(service))).all("a")]
    wanted = address.format(**ids)
    assert wanted in links
    assert attendant.get(wanted.partition("#")[0]).status_code == 200


def test_parked_account_is_answered_on_the_page_and_leads_back_to_it(attendant: Browser, service: Service) -> None:
    account = account_of(service)
    account.status, account.error_code, account.due_at = "parked", "doubtful_create", None
    db.session.commit()
    page = attendant.get(why(service))
    assert f"/accounts/{account.id}/settle" in page.text
    back = {"answer": "missing", "back": why(service)}
    assert attendant.post(f"/accounts/{account.id}/settle", data=back).headers["Location"] == why(service)


def test_viewer_sees_why_and_who_may_mend_it_and_gets_no_button(viewer: Browser, service: Service) -> None:
    settle(account_of(service), "suspended", status="suspended")
    text = viewer.get(why(service)).text
    main = text[text.index('<div id="why"') :]
    assert "<form" not in main
    assert viewer.post(f"/services/{service.id}/order").status_code == 403
    assert viewer.post(f"/accounts/{account_of(service).id}/look").status_code == 403
    assert viewer.post(f"/services/{service.id}/ask-source").status_code == 403


def test_look_is_noted_once_and_shown_until_it_is_made(attendant: Browser, service: Service) -> None:
    account = account_of(service)
    settle(account)
    for _time in range(2):
        response = attendant.post(f"/accounts/{account.id}/look", data={"back": why(service)})
        assert (response.status_code, response.headers["Location"]) == (303, why(service))
    name = f"look:{account.integration_id}:{account.id}"
    assert list(db.session.scalars(select(Setting.name).where(Setting.name.startswith("look:")))) == [name]
    assert 'hx-trigger="every' in attendant.get(why(service)).text
    assert "account.look" in actions()


def test_platform_that_cannot_be_asked_is_not_asked(attendant: Browser) -> None:
    service = factories.make_service(plan=factories.make_plan(factories.make_package()))
    settle(account_of(service))
    assert "/look" not in attendant.get(why(service)).text
    assert attendant.post(f"/accounts/{account_of(service).id}/look").status_code == 409


def test_suspended_by_the_erp_is_asked_there_again_as_one_hint(attendant: Browser, service: Service) -> None:
    source = brought_by(service)
    subscriptions.set_status(service.code, "suspenso_debito", "owes")
    settle(account_of(service), "suspended", status="suspended")
    page = attendant.get(why(service)).text
    assert f"/services/{service.id}/ask-source" in page
    assert source.description in page
    for _time in range(2):
        assert attendant.post(f"/services/{service.id}/ask-source").headers["Location"] == why(service)
    (hint,) = db.session.scalars(select(SourceHint)).all()
    assert (hint.source_id, hint.done_at, hint.refs[0]["service_code"]) == (source.id, None, "erp-7")


@pytest.mark.parametrize("kind", ["spreadsheet", "paused", ""])
def test_source_that_cannot_be_asked_is_not_offered(kind: str, attendant: Browser, service: Service) -> None:
    if kind:
        source = brought_by(service, **({"kind": "spreadsheet"} if kind == "spreadsheet" else {}))
        source.paused_code = "source_credentials_refused" if kind == "paused" else None
    subscriptions.set_status(service.code, "suspenso_debito", "owes")
    settle(account_of(service), "suspended", status="suspended")
    text = attendant.get(why(service)).text
    assert "ask-source" not in text
    assert ("/status?to=enable" in text) is (kind == "")
    assert attendant.post(f"/services/{service.id}/ask-source").status_code == 409
    assert db.session.scalar(select(SourceHint.id)) is None


def test_account_that_was_never_ordered_is_ordered(attendant: Browser, service: Service) -> None:
    db.session.delete(account_of(service))
    db.session.commit()
    assert f"/services/{service.id}/order" in attendant.get(why(service)).text
    attendant.post(f"/services/{service.id}/order")
    assert account_of(service).due_at is not None
    assert "service.order" in actions()


def test_back_leads_only_to_pages_of_ours(attendant: Browser, service: Service) -> None:
    answer = attendant.post(f"/services/{service.id}/order", data={"back": "//evil.example.com/x"})
    assert answer.headers["Location"] == why(service)


def test_unknown_customer_account_and_service_are_not_found(attendant: Browser) -> None:
    for address in ("/customers/99/why", "/accounts/99/why", "/customers/99/timeline", "/fragments/customers/99/why"):
        assert attendant.get(address).status_code == 404, address
    for address in ("/accounts/99/look", "/services/99/order", "/services/99/ask-source"):
        assert attendant.post(address).status_code == 404, address


def test_customers_page_says_in_one_glance_what_works_and_what_does_not(attendant: Browser, service: Service) -> None:
    customer = service.customer
    settle(account_of(service), observed="active", observed_at=utc_now())
    fine = attendant.get(f"/customers/{customer.id}").text
    assert re.search(r'id="watch" class="card watch is-green"', fine)
    other = factories.make_service(customer, factories.make_plan(factories.make_package(description="Books")))
    block(account_of(other), "platform_rejected", message="no")
    both = attendant.get(f"/customers/{customer.id}").text
    assert re.search(r'id="watch" class="card watch is-red"', both)
    assert f'href="#case-sale-{other.packages[0].id}"' in both
    assert f'id="case-sale-{other.packages[0].id}"' in both


def test_customer_with_many_services_gets_them_page_by_page_with_their_places(attendant: Browser) -> None:
    customer, plan = factories.make_customer(), factories.make_plan()
    services = [factories.make_service(customer, plan) for _number in range(32)]
    first = attendant.get(f"/customers/{customer.id}").text
    assert f'id="service-{services[29].id}"' in first
    assert f'id="service-{services[30].id}"' not in first
    rest = attendant.get(f"/customers/{customer.id}?after={services[29].id}").text
    assert f"(31) {plan.description}" in rest
    assert "(30) " not in rest


def test_try_now_gives_the_packages_back_with_their_verdicts(attendant: Browser, service: Service) -> None:
    account = account_of(service)
    account.due_at = utc_now() + timedelta(hours=1)
    db.session.commit()
    part = attendant.post(f"/accounts/{account.id}/try-now", hx=True).text
    assert f'id="service-{service.id}-accounts"' in part
    assert f'id="case-sale-{service.packages[0].id}"' in part


def test_person_who_was_erased_is_said_to_be(app: APIFlask) -> None:
    customer = factories.make_customer()
    db.session.get_one(Customer, customer.id).erased_at = utc_now()
    db.session.commit()
    assert "why_erased" in signed_in(app, "viewer").get(f"/customers/{customer.id}/why").text
