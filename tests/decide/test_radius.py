"""What a batch takes away, for the person who decides; and why each line is what it is."""

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.decide.causes import Situated, Sold, cause_of, value_of
from webapp.decide.desired import Rules, ServiceDates
from webapp.decide.radius import MOST_CAUSES, MOST_EXAMPLES, radius_of


@dataclass(frozen=True)
class Line:
    account_id: int | None
    cause: str = "cause_status"
    cause_params: dict[str, Any] = field(default_factory=dict)
    value: Decimal | None = Decimal("10.00")
    action: str = "suspend"
    name: str = "Maria"

    @property
    def login(self) -> str:
        return f"u{self.account_id}@example.com"


DEBT = {"status": "suspenso_debito", "by": "HubSoft"}


def test_batch_tells_how_many_why_how_much_and_whose() -> None:
    debt = [Line(n, cause_params={**DEBT, "since": f"2026-11-{10 + n % 3}"}) for n in range(24)]
    gone = [Line(90, "cause_package_removed", {"package": "Filmes", "since": "2026-11-01"}, Decimal("29.90"), "cancel")]
    radius = radius_of([*debt, *gone])
    assert {name: radius[name] for name in ("count", "accounts", "actions", "value")} == {
        "count": 25, "accounts": 25, "actions": {"cancel": 1, "suspend": 24}, "value": "269.90",
    }  # fmt: skip
    assert radius["causes"] == [
        {"code": "cause_status", "params": {**DEBT, "since": "2026-11-10/2026-11-12"}, "count": 24, "percent": 96.0,
         "value": "240.00"},
        {"code": "cause_package_removed", "params": {"package": "Filmes", "since": "2026-11-01"}, "count": 1,
         "percent": 4.0, "value": "29.90"},
    ]  # fmt: skip
    assert [one["account_id"] for one in radius["examples"]] == [0, 90, 1, 2, 3]
    assert radius["examples"][1]["value"] == "29.90"


def test_many_causes_are_the_largest_and_one_for_the_rest() -> None:
    lines = [Line(n, f"c{n % 12}") for n in range(30)]
    causes = radius_of(lines)["causes"]
    assert len(causes) == MOST_CAUSES + 1
    assert causes[-1]["code"] == "cause_other"
    assert causes[-1]["params"] == {"causes": 6}
    assert sum(one["count"] for one in causes) == 30


def test_batch_of_nobody_is_empty() -> None:
    assert radius_of([]) == {
        "count": 0, "accounts": 0, "actions": {}, "value": "0.00", "causes": [], "examples": [],
    }  # fmt: skip


LINES = st.lists(
    st.builds(
        Line, st.integers(1, 30), st.sampled_from([f"c{n}" for n in range(9)]), st.just({}),
        st.none() | st.decimals(0, 100, places=2), st.sampled_from(["suspend", "cancel"]),
    ), max_size=60,
)  # fmt: skip


@given(LINES)
def test_parts_of_a_radius_add_up(lines: list[Line]) -> None:
    radius = radius_of(lines)
    assert sum(one["count"] for one in radius["causes"]) == radius["count"] == len(lines)
    assert sum(radius["actions"].values()) == len(lines)
    assert sum(Decimal(one["value"]) for one in radius["causes"]) == Decimal(radius["value"])
    assert len(radius["examples"]) == min(len(lines), MOST_EXAMPLES)
    spread = {one["code"] for one in radius["examples"]}
    assert len(spread) == min(len({line.cause for line in lines}), MOST_EXAMPLES)


TODAY = date(2026, 11, 12)
FILMS = Sold(5, "Filmes", Decimal("29.90"), ("FULL", "KIDS", "NEWS"))
MARIA = Situated(
    status="suspenso_debito", rules=Rules(True, {}, {}), dates=ServiceDates(), today=TODAY, sales=(FILMS,),
    since="2026-11-10", by="HubSoft",
)  # fmt: skip
KEPT = {"keep": "active", "keep_since": "2026-11-11", "keep_reason": "wrong file"}


@pytest.mark.parametrize(
    ("facts", "unit", "code", "params"),
    [
        (MARIA, "account", "cause_status", {**DEBT, "since": "2026-11-10"}),
        (replace(MARIA, since="", by=""), "account", "cause_status_alone", {"status": "suspenso_debito"}),
        (replace(MARIA, status="aguardando_instalacao"), "account", "cause_status_keeps",
         {"status": "aguardando_instalacao"}),
        (replace(MARIA, rules=Rules(False, {}, {})), "account", "cause_status_keeps", {"status": "suspenso_debito"}),
        (replace(MARIA, rules=Rules(True, {}, {}, "customer"), others={"S2": "servico_habilitado"}), "account",
         "cause_status_beside", {"status": "servico_habilitado", "service": "S2"}),
        (replace(MARIA, dates=ServiceDates(no_suspend_until=TODAY)), "account", "cause_no_suspend",
         {"until": "2026-11-12"}),
        (replace(MARIA, status="servico_habilitado", dates=ServiceDates(date(2026, 11, 1), None)), "account",
         "cause_pause", {"since": "2026-11-01"}),
        (replace(MARIA, sales=(replace(FILMS, removed_on=TODAY),)), "account", "cause_package_removed",
         {"package": "Filmes", "since": "2026-11-12"}),
        (replace(MARIA, sales=(replace(FILMS, ends_on=date(2026, 11, 11)),)), "5:FULL", "cause_package_ended",
         {"package": "Filmes", "since": "2026-11-11"}),
        (replace(MARIA, sales=(replace(FILMS, starts_on=date(2026, 12, 1)),)), "account", "cause_package_later",
         {"package": "Filmes", "since": "2026-12-01"}),
        (MARIA, "5:SPORT", "cause_product_removed", {"package": "Filmes", "product": "SPORT"}),
        (MARIA, "5:KIDS", "cause_status", {**DEBT, "since": "2026-11-10"}),
        (replace(MARIA, sales=()), "account", "cause_no_products", {}),
        (MARIA, "6:FULL", "cause_no_products", {}),
        (replace(MARIA, **KEPT), "account", "cause_kept", {"since": "2026-11-11", "reason": "wrong file"}),
        (replace(MARIA, **{**KEPT, "keep": "suspended"}), "account", "cause_status", {**DEBT, "since": "2026-11-10"}),
        (replace(MARIA, **KEPT, sales=(replace(FILMS, removed_on=TODAY),)), "5:FULL", "cause_package_removed",
         {"package": "Filmes", "since": "2026-11-12"}),
    ],
)  # fmt: skip
def test_each_line_says_which_rule_decided(facts: Situated, unit: str, code: str, params: dict[str, str]) -> None:
    cause = cause_of(facts, unit)
    assert (cause.code, cause.params) == (code, params)


def test_line_about_products_names_the_packages_that_carry_them() -> None:
    assert cause_of(MARIA, products_differ=True).params == {"packages": "Filmes"}


def test_rights_of_a_package_share_its_value_to_the_cent() -> None:
    shares = [value_of(MARIA, f"5:{code}") for code in FILMS.products]
    assert (sum(shares), shares[1]) == (Decimal("29.90"), Decimal("9.96"))
    assert value_of(MARIA) == Decimal("29.90")


def test_value_of_what_is_sold_no_more_is_what_was_sold_last() -> None:
    old, last = (replace(FILMS, removed_on=day, value=Decimal(day.day)) for day in (date(2026, 1, 5), TODAY))
    assert value_of(replace(MARIA, sales=(old, last))) == Decimal(12)
