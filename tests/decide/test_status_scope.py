"""Whose status counts: of the service that carries the package, or the best of the customer's services."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.decide.builders import SERVICE, TODAY, inputs
from webapp.decide.desired import Rules, ServiceDates, lifted_by, service_content
from webapp.decide.policy import ENDED, NOT_PAYING, PAYING, STATUSES, WAITING, Content, content_for, lifted

CUSTOMER = Rules(True, {}, {}, "customer")


def content(status: str, *others: str, rules: Rules = CUSTOMER, dates: ServiceDates | None = None) -> Content:
    beside = {f"S-{number}": other for number, other in enumerate(others, 20)}
    return service_content(
        replace(inputs(), service=replace(SERVICE, status=status), rules=rules, others=beside,
                dates=dates or ServiceDates())
    )  # fmt: skip


@pytest.mark.parametrize(
    ("status", "others", "expected"),
    [
        ("suspenso_debito", ["servico_habilitado"], Content.ACTIVE),
        ("suspenso_pedido_cliente", ["cancelado", "franquia_excedida"], Content.ACTIVE),
        ("aguardando_instalacao", ["servico_habilitado"], Content.ACTIVE),
        ("aguardando_instalacao", ["suspenso_debito"], Content.KEEP),
        ("suspenso_debito", ["aguardando_instalacao", "cancelado"], Content.SUSPENDED),
        ("suspenso_debito", [], Content.SUSPENDED),
        ("servico_habilitado", ["suspenso_debito", "cancelado"], Content.ACTIVE),
        ("cancelado", ["servico_habilitado"], Content.ABSENT),
        ("inativo", ["servico_habilitado"], Content.ABSENT),
        ("palavra_nova", ["servico_habilitado"], Content.KEEP),
    ],
)
def test_suspended_and_waiting_are_lifted_by_one_that_pays(status: str, others: list[str], expected: Content) -> None:
    assert content(status, *others) is expected


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("other", STATUSES)
def test_other_service_never_takes_content_away_and_never_revives_what_ended(status: str, other: str) -> None:
    alone = content_for(status, follow_status=True, rules={})
    assert content(status, other, rules=Rules(True, {}, {})) is alone
    together = content(status, other)
    assert together in (alone, Content.ACTIVE)
    assert lifted(status, [other]) == (other if other in PAYING and status in (*NOT_PAYING, *WAITING) else status)
    if status in ENDED:
        assert together is Content.ABSENT


def test_integrations_rule_for_the_status_that_counts_is_the_one_that_holds() -> None:
    rules = Rules(True, {"servico_habilitado": "keep", "suspenso_debito": "absent"}, {}, "customer")
    assert content("suspenso_debito", "servico_habilitado", rules=rules) is Content.KEEP
    assert content("suspenso_debito", rules=rules) is Content.ABSENT


def test_own_holiday_still_pauses_a_lifted_service() -> None:
    dates = ServiceDates(pause_from=TODAY, pause_until=TODAY + timedelta(days=1))
    assert content("suspenso_debito", "servico_habilitado", dates=dates) is Content.SUSPENDED


def test_service_that_lifts_is_named() -> None:
    beside = {"S-8": "suspenso_debito", "S-9": "servico_habilitado"}
    suspended = replace(inputs(), service=replace(SERVICE, status="suspenso_debito"), others=beside)
    assert lifted_by(replace(suspended, rules=CUSTOMER)) == "S-9"
    assert lifted_by(suspended) == ""
    assert lifted_by(replace(inputs(), rules=CUSTOMER, others=beside)) == ""
