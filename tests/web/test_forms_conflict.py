"""Two people edit one thing: the second sees what was, what the first saved and what was typed, and nothing is lost."""

import re
from collections.abc import Callable

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from tests.web.sheet import filled, read_sheet
from webapp.extensions import db
from webapp.models import Channel, Customer, Integration, Package, Plan, Product, Service, ServicePackage, Source
from webapp.services import channels
from webapp.services.connections import open_connection
from webapp.web.forms.versions import read_opened

CHOICE = r"keep-([\w-]+)"


def only(model: type) -> object:
    db.session.expire_all()
    return db.session.query(model).order_by(model.id).first()


def two(model: type, *names: str) -> Callable[[], tuple[object, ...]]:
    return lambda: tuple(getattr(only(model), name) for name in names)


def channel() -> str:
    made = channels.create_channel(
        channels.ChannelInput(description="First", address="json://erp.example.com/x", level="warn")
    )
    return f"/channels/{made.id}"


# Where the form stands, what the first saves, what the second types, how both are read back.
FORMS = {
    "customer": (lambda: f"/customers/{factories.make_customer().id}/edit", "name", "email",
                 two(Customer, "name", "email")),
    "service": (lambda: f"/services/{factories.make_service().id}/edit", "address", "billing_method",
                two(Service, "address", "billing_method")),
    "sale": (lambda: f"/service-packages/{factories.make_sale().id}", "description", "starts_on",
             lambda: (only(ServicePackage).description, only(ServicePackage).starts_on.isoformat())),
    "package": (lambda: f"/packages/{factories.make_package().id}", "description", "accountant_note",
                two(Package, "description", "accountant_note")),
    "plan": (lambda: f"/plans/{factories.make_plan().id}", "description", "technology",
             two(Plan, "description", "technology")),
    "product": (lambda: f"/products/{factories.make_product().id}", "name", "description",
                two(Product, "name", "description")),
    "integration": (lambda: f"/integrations/{factories.make_integration().id}", "description", "concurrency",
                    lambda: (only(Integration).description, str(only(Integration).concurrency))),
    "reconciliation": (lambda: f"/integrations/{factories.make_integration().id}/reconciliation", "batch_expires_h",
                       "billing_day",
                       lambda: (str(only(Integration).batch_expires_h), str(only(Integration).billing_day))),
    "source": (lambda: f"/sources/{factories.make_source(kind='hubsoft').id}", "description", "code_prefix",
               two(Source, "description", "code_prefix")),
    "channel": (channel, "description", "level", two(Channel, "description", "level")),
}  # fmt: skip
TYPED = {
    "email": "mine@example.com", "starts_on": "2090-01-01", "concurrency": "7", "batch_expires_h": "31",
    "billing_day": "11", "level": "fail",
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMS)
def test_second_save_of_two_people_shows_both_versions_and_the_choice_is_saved(kind: str, admin: Browser) -> None:
    make, first, second, read = FORMS[kind]
    address = make()
    sheet = read_sheet(admin.get(address), address)
    theirs, mine = TYPED.get(first, "Theirs"), TYPED.get(second, "Mine")
    assert admin.post(sheet.action, data=filled(sheet, **{first: theirs})).status_code == 303
    refused = admin.post(sheet.action, data=filled(sheet, **{second: mine}))
    assert refused.status_code == 409
    read_page(refused)
    assert re.findall(CHOICE, refused.text)[::2] == [first, second]
    again = read_sheet(refused, address)
    assert (again.sent[f"keep-{first}"], again.sent[f"keep-{second}"]) == ("theirs", "mine")
    assert admin.post(again.action, data=again.sent).status_code == 303
    assert read() == (theirs, mine)


def test_field_that_both_changed_is_marked_and_says_who_saved_it(admin: Browser, finance: Browser) -> None:
    package = factories.make_package(description="Before")
    address = f"/packages/{package.id}"
    sheet = read_sheet(admin.get(address), address)
    finance.post(address, data=filled(read_sheet(finance.get(address), address), description="Theirs"))
    refused = admin.post(address, data=filled(sheet, description="Mine"))
    text = " ".join(read_page(refused).text.split())
    assert "finance@example.com" in text
    assert "bg-orange-lt" in refused.text
    assert all(word in text for word in ("Before", "Theirs", "Mine"))
    assert read_sheet(refused, address).sent["keep-description"] == "mine"


def test_rows_of_a_list_are_chosen_as_one_and_come_back_whole(admin: Browser) -> None:
    package = factories.make_package(value="10.00")
    address = f"/packages/{package.id}"
    sheet = read_sheet(admin.get(address), address)
    rows = {"composition-0-description": "Theirs", "composition-0-kind": "sva", "composition-0-value": "10,00"}
    assert admin.post(address, data={**sheet.sent.to_dict(), **rows}).status_code == 303
    mine = {"composition-0-description": "Mine", "composition-0-kind": "sva", "composition-0-value": "10,00"}
    refused = admin.post(address, data={**sheet.sent.to_dict(), **mine})
    again = read_sheet(refused, address).sent
    assert again["keep-composition-"] == "mine"
    assert admin.post(address, data={**again.to_dict(), "keep-composition-": "theirs"}).status_code == 303
    assert [row.description for row in only(Package).composition] == ["Theirs"]


def test_who_goes_on_typing_gets_the_form_with_the_choice_and_nothing_is_saved(admin: Browser) -> None:
    address = f"/plans/{factories.make_plan(description='Before').id}"
    sheet = read_sheet(admin.get(address), address)
    admin.post(address, data=filled(sheet, description="Theirs"))
    again = read_sheet(admin.post(address, data=filled(sheet, technology="Mine")), address).sent
    shown = admin.post(address, data={**again.to_dict(), "go-on": "1"})
    assert shown.status_code == 200
    form = read_sheet(shown, address)
    assert (form.sent["description"], form.sent["technology"]) == ("Theirs", "Mine")
    assert only(Plan).technology == ""
    assert admin.post(address, data=form.sent).status_code == 303
    assert (only(Plan).description, only(Plan).technology) == ("Theirs", "Mine")


def test_third_person_in_between_is_shown_again_and_overwrites_nobody(admin: Browser) -> None:
    address = f"/plans/{factories.make_plan(description='Before').id}"
    sheet = read_sheet(admin.get(address), address)
    admin.post(address, data=filled(sheet, description="Second"))
    choice = read_sheet(admin.post(address, data=filled(sheet, technology="Mine")), address)
    admin.post(address, data=filled(read_sheet(admin.get(address), address), description="Third"))
    refused = admin.post(address, data=choice.sent)
    assert refused.status_code == 409
    assert only(Plan).description == "Third"
    assert admin.post(address, data=read_sheet(refused, address).sent).status_code == 303
    assert (only(Plan).description, only(Plan).technology) == ("Third", "Mine")


def test_secret_that_was_typed_goes_through_the_choice_and_stands_on_no_page(admin: Browser) -> None:
    row = factories.make_integration(gateway="nx_play")
    address = f"/integrations/{row.id}"
    sheet = read_sheet(admin.get(address), address)
    admin.post(address, data=filled(sheet, description="Theirs"))
    refused = admin.post(address, data=filled(sheet, param__token="t0p-s3cret"))
    assert refused.status_code == 409
    assert "t0p-s3cret" not in refused.text
    assert "t0p-s3cret" not in read_sheet(refused, address).sent.get("opened", "")
    assert admin.post(address, data=read_sheet(refused, address).sent).status_code == 303
    assert open_connection(row.id)[1].params["token"] == "t0p-s3cret"
    assert only(Integration).description == "Theirs"


@pytest.mark.parametrize(
    "rubbish", ["", "{", "[]", '{"at": 1, "fields": {}}', '{"at": "2026-01-01", "fields": {"a": [1]}}']
)
def test_what_a_form_was_opened_with_is_not_trusted_when_it_is_no_longer_what_we_wrote(rubbish: str) -> None:
    assert read_opened(rubbish).fields == {}


def test_without_knowing_what_was_opened_ones_own_version_is_proposed(admin: Browser) -> None:
    address = f"/plans/{factories.make_plan(description='Before').id}"
    sheet = read_sheet(admin.get(address), address)
    admin.post(address, data=filled(sheet, description="Theirs"))
    refused = admin.post(address, data=filled(sheet, technology="Mine", opened="{"))
    assert refused.status_code == 409
    assert set(re.findall(CHOICE, refused.text)) == {"description", "technology"}
    assert read_sheet(refused, address).sent["keep-description"] == "mine"
