"""Secrets of a package sold: sealed at rest, bound to their place, opened only for the platform."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.factories import make_integration, make_package, make_sale
from tests.services.helpers import account_of, last_event
from webapp.api.sales import show
from webapp.clock import local_today, utc_now
from webapp.decide.breaker import Breaker, dump_breaker
from webapp.decide.desired import Rules
from webapp.extensions import db
from webapp.gateways.contract import Secret
from webapp.gateways.registry import get_gateway
from webapp.models import ServicePackage
from webapp.services import facts, previews
from webapp.services.holds import next_try
from webapp.services.hub import current_hub
from webapp.services.inputs import SaleChange
from webapp.services.sale_params import SEALED, opened, shown
from webapp.services.subscriptions import update_sale
from webapp.vault import VaultError

pytestmark = pytest.mark.usefixtures("app")
SECRET = "palavra-secreta-1"


def sent_params(sale: ServicePackage) -> dict[str, str]:
    """Return the params as the engine would send them."""
    account, hub = account_of(sale.service), current_hub()
    known = facts.Known(account.id, account.service_id, "", {}, {})
    traits = get_gateway(account.integration.gateway).traits
    inputs = facts.load_inputs(
        db.session.connection(), hub.vault, account.integration_id, traits, Rules(True, {}, {}), [known],
        local_today(hub.settings.timezone),
    )  # fmt: skip
    return dict(inputs[account.id].sales[0].params)


def test_secret_is_sealed_at_rest_and_open_for_the_platform() -> None:
    sale = make_sale(params={"senha": SECRET, "loja": "7"})
    db.session.expire_all()
    assert sale.params["senha"].startswith(SEALED)
    assert SECRET not in str(sale.params)
    assert shown(sale) == {"senha": "***", "loja": "7"}
    sent = sent_params(sale)
    assert sent == {"senha": SECRET, "loja": "7"}
    assert isinstance(sent["senha"], Secret)


def test_sealed_value_does_not_open_on_another_service() -> None:
    package = make_package()
    sale, other = make_sale(package=package, params={"senha": SECRET}), make_sale(package=package)
    table = ServicePackage.__table__
    db.session.execute(update(table).where(table.c.id == other.id).values(params=dict(sale.params)))
    db.session.expire_all()
    with pytest.raises(VaultError):
        opened(other)


def test_value_that_looks_sealed_is_kept_as_it_was_typed() -> None:
    sale = make_sale(params={"loja": f"{SEALED}x.y"})
    assert opened(sale) == {"loja": f"{SEALED}x.y"}


@pytest.mark.parametrize("given", [{}, {"senha": "***"}, {"senha": SECRET}])
def test_secret_left_out_or_equal_is_kept_without_a_change(given: dict[str, str]) -> None:
    sale = make_sale(params={"senha": SECRET})
    before = (sale.version, dict(sale.params))
    update_sale(sale.id, SaleChange(params=given))
    assert (sale.version, dict(sale.params)) == before


def test_new_secret_is_sealed_and_seen_in_the_history_and_an_empty_one_goes() -> None:
    sale = make_sale(params={"senha": SECRET})
    update_sale(sale.id, SaleChange(params={"senha": "another-word"}))
    assert opened(sale) == {"senha": "another-word"}
    assert last_event().after == {"params": {"senha": "*** (new)"}}
    update_sale(sale.id, SaleChange(params={"senha": ""}))
    assert sale.params == {}


def test_preview_shows_no_secret_kept_or_new() -> None:
    sale = make_sale(params={"senha": SECRET})
    kept = previews.effects_of_change(sale.id, {"loja": "7"})[0]
    new = previews.effects_of_change(sale.id, {"senha": "another-word"})[0]
    assert kept.calls[0].exchange is not None
    assert '"senha": "***"' in kept.calls[0].exchange.request_body
    assert SECRET not in str(kept)
    assert "another-word" not in str(new)
    fresh = previews.effects_of_sale(sale.service_id, make_package().id, {"senha": "third-word"})[0]
    assert "third-word" not in str(fresh)


def test_next_try_is_when_the_whole_integration_may_be_asked_again() -> None:
    account = account_of(make_sale().service)
    soon, later = utc_now() + timedelta(minutes=1), utc_now() + timedelta(hours=3)
    account.due_at = utc_now()
    assert next_try(account).is_now
    account.integration.breaker = dump_breaker(Breaker(9, soon.isoformat(), 1))
    assert (next_try(account).at, next_try(account).hold.code) == (soon, "waits_unreachable")
    account.integration.paused_code, account.integration.paused_until = "auth_stopped", later
    assert (next_try(account).at, next_try(account).hold.code) == (later, "auth_stopped")
    account.integration.paused_until = None
    assert next_try(account).at is None
    account.due_at = None
    assert next_try(account) is None


def test_inactive_integration_is_not_tried_by_itself() -> None:
    account = account_of(make_sale(package=make_package(make_integration())).service)
    account.integration.active = False
    assert (next_try(account).at, next_try(account).hold.code) == (None, "integration_inactive")


def test_api_gives_a_secret_out_masked() -> None:
    sale = make_sale(params={"senha": SECRET, "loja": "7"})
    assert show(sale, sale.service.code).params == {"senha": "***", "loja": "7"}
