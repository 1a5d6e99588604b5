"""What a gateway declares is a field with its kind, its help, its example, and where the value is found."""

import pytest

from tests import factories
from tests.fixtures.people import Browser
from tests.web.page import read_page
from tests.web.sheet import filled, read_sheet
from webapp.decide.params import INTEGRATION, param_flaws
from webapp.extensions import db
from webapp.gateways.contract import ParamSpec
from webapp.models import Integration
from webapp.services import integrations
from webapp.services.source_params import SourceParams

FORMER = "segredo_anterior"


def receiver(**params: str) -> Integration:
    return factories.make_integration(params={"url": factories.RECEIVER, "segredo": "first-secret", **params})


def secrets() -> set[str]:
    db.session.expire_all()
    return integrations.secret_names_set(db.session.query(Integration).one())


def test_stored_secret_is_kept_by_an_empty_field_replaced_by_a_typed_one_and_removed_by_its_tick(
    admin: Browser,
) -> None:
    address = f"/integrations/{receiver(**{FORMER: 'old-secret'}).id}"
    assert admin.post(address, data=read_sheet(admin.get(address), address).sent).status_code == 303
    assert FORMER in secrets()
    removal = {f"clear-param-{FORMER}": "y"}
    both = filled(read_sheet(admin.get(address), address), **{f"param-{FORMER}": "new-secret", **removal})
    assert admin.post(address, data=both).status_code == 303
    assert FORMER in secrets(), "what was typed wins over the tick"
    gone = filled(read_sheet(admin.get(address), address), **removal)
    assert admin.post(address, data=gone).status_code == 303
    assert FORMER not in secrets()
    assert "segredo" in secrets()


def test_secret_that_is_needed_has_no_tick_to_remove_it(admin: Browser) -> None:
    row = factories.make_integration(gateway="nx_play")
    address = f"/integrations/{row.id}"
    page = admin.get(address)
    assert "secret-state" in page.text
    assert "clear-param-token" not in page.text
    sent = filled(read_sheet(page, address), **{"clear-param-token": "y"})
    assert admin.post(address, data=sent).status_code == 303
    assert secrets() == {"token"}


def test_example_and_place_of_a_param_stand_below_its_field(admin: Browser) -> None:
    page = admin.get("/sources/new?kind=hubsoft")
    found = read_page(page)
    assert "https://api.yourprovider.hubsoft.com.br" in found.text
    assert "HubSoft: Configuração > Integração > API." in found.text
    assert "summary" in {tag for tag, _attrs in found.tags}


@pytest.mark.parametrize(
    ("value", "code"),
    [("12", ""), ("-0.5", ""), ("", ""), ("1.000,5", "param_not_number"), ("dez", "param_not_number")],
)
def test_number_is_judged_by_what_a_platform_reads(value: str, code: str) -> None:
    declared = SourceParams((ParamSpec("speed", "Speed", kind="number"),))
    assert [flaw.code for flaw in param_flaws(declared, {"speed": value}, INTEGRATION)] == [code] * bool(code)


def test_wrong_number_is_told_beside_its_field_in_words(admin: Browser) -> None:
    page = admin.get("/integrations/new?gateway=celetihub")
    sheet = read_sheet(page, "/integrations/new")
    data = filled(sheet, description="TV", **{"param-access_token": "t", "param-internet_speed_id": "fast"})
    refused = admin.post(sheet.action, data=data)
    assert refused.status_code == 422
    assert "param-internet_speed_id-error" in read_page(refused).ids()
