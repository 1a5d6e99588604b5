"""Why somebody does not watch: every state of the facts has exactly one verdict, and the chain agrees with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

import pytest

from webapp.decide.causes import Situated, Sold
from webapp.decide.desired import Rules, ServiceDates
from webapp.decide.why import verdict_of
from webapp.decide.why_chain import chain_of, chain_unsold
from webapp.decide.why_facts import AccountFacts, Facts, Light, Part, SourceFacts, WayFacts
from webapp.decide.why_unsold import Unsold, verdict_unsold
from webapp.decide.why_verdict import Mend, Verdict, Who
from webapp.messages import ENTRIES
from webapp.messages.why_customer import CUSTOMER

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
HOUR = timedelta(hours=1)
PAYING, OWING, WAITING = "servico_habilitado", "suspenso_debito", "aguardando_instalacao"
ERP = SourceFacts("HubSoft", NOW - HOUR)
WAY = WayFacts("NX Play", finds=True, lists=True)
FINE = AccountFacts("active", "active", settled=True, applied_at=NOW - HOUR, seen="active", seen_at=NOW)
FRESH = AccountFacts("pending", due_at=NOW)
WORDS = {"package": "Films", "platform": "NX Play", "plan": "Fibre"}


def facts(status: str = PAYING, account: AccountFacts | None = FINE, **values: Any) -> Facts:
    """Return the facts of a package that is watched; ``dates``, ``rules`` and ``sold`` go inward."""
    sold = Sold(1, "Films", Decimal("9.90"), ("full",), **values.pop("sold", {}))
    sold = replace(sold, products=values.pop("products", sold.products))
    rules = Rules(**{"follow_status": True, "status_rules": {}, "params": {}, **values.pop("rules", {})})
    dates = ServiceDates(**values.pop("dates", {}))
    situated = Situated(status, rules, dates, TODAY, keep=values.pop("keep", ""), others=values.pop("others", {}))
    return Facts(**{"now": NOW, "sold": sold, "situated": situated, "source": ERP, "way": WAY, "account": account,
                    "words": WORDS, **values})  # fmt: skip


def account(status: str = "pending", applied: str = "none", **values: Any) -> AccountFacts:
    return AccountFacts(status, applied, **values)


def stopped(code: str, kind: str = "rejected", **values: Any) -> AccountFacts:
    return account("blocked", code=code, kind=kind, at=NOW - HOUR, **values)


def due(code: str = "", kind: str = "", **values: Any) -> AccountFacts:
    return account(code=code, kind=kind, **{"due_at": NOW, **values})


def sent(applied: str = "active", **values: Any) -> AccountFacts:
    known = {"settled": True, "applied_at": NOW - HOUR, **values}
    return account({"none": "pending"}.get(applied, applied), applied, **known)


LATER, YESTERDAY = NOW + HOUR, TODAY - timedelta(days=1)
HALF = sent("active", settled=False, due_at=NOW)
PAUSED = replace(WAY, hold="auth_stopped")
SILENT = replace(WAY, hold="waits_unreachable", silent=True, until=LATER)
RULES = {"status_rules": {OWING: "absent", "franquia_excedida": "suspended"}}
# Facts, the verdict, its light, who has the next step, what mends it.
TABLE: Mapping[str, tuple[Facts, str, Light, Who, Mend]] = {
    "no platform": (facts(way=None, account=None), "why_no_platform", Light.GREY, Who.NOBODY, Mend.NONE),
    "no product": (facts(products=()), "why_package_empty", Light.RED, Who.ADMIN, Mend.OPEN_PACKAGE),
    "ended": (facts(sold={"ends_on": YESTERDAY}), "why_right_ended", Light.RED, Who.HERE, Mend.EDIT_SALE),
    "begins later": (facts(sold={"starts_on": date(2027, 1, 1)}, account=FRESH), "why_right_later",
                     Light.AMBER, Who.HUB, Mend.EDIT_SALE),
    "cancelled in the ERP": (facts("cancelado", sent("absent")), "why_service_ended", Light.RED, Who.SOURCE,
                             Mend.ASK_SOURCE),
    "cancelled by hand": (facts("cancelado", sent("absent"), source=None), "why_service_ended", Light.RED, Who.HERE,
                          Mend.ENABLE),
    "ended by a rule": (facts(OWING, sent("absent"), rules=RULES), "why_rule_ends", Light.RED, Who.ADMIN,
                        Mend.OPEN_RULES),
    "owes, ERP": (facts(OWING, sent("suspended")), "why_suspended_debt", Light.RED, Who.SOURCE, Mend.ASK_SOURCE),
    "owes, by hand": (facts(OWING, sent("suspended"), source=None), "why_suspended_debt", Light.RED, Who.HERE,
                      Mend.ENABLE),
    "partly": (facts("suspenso_parcialmente", sent("suspended")), "why_suspended_partly", Light.RED, Who.SOURCE,
               Mend.ASK_SOURCE),
    "at request": (facts("suspenso_pedido_cliente", sent("suspended")), "why_suspended_request", Light.RED, Who.SOURCE,
                   Mend.ASK_SOURCE),
    "suspended by a rule": (facts("franquia_excedida", sent("suspended"), rules=RULES), "why_rule_suspends", Light.RED,
                            Who.ADMIN, Mend.OPEN_RULES),
    "paused": (facts(account=sent("suspended"), dates={"pause_from": TODAY, "pause_until": date(2026, 12, 1)}),
               "why_paused", Light.AMBER, Who.HERE, Mend.EDIT_SERVICE),
    "paused without end": (facts(account=sent("suspended"), dates={"pause_from": TODAY}), "why_paused_open",
                           Light.AMBER, Who.HERE, Mend.EDIT_SERVICE),
    "owes, calendar": (facts(OWING, replace(HALF, due_at=LATER, code="no_suspend_now", kind="calendar")),
                       "why_suspension_waits", Light.AMBER, Who.HUB, Mend.NONE),
    "owes, not sent yet": (facts(OWING, HALF), "why_suspension_coming", Light.AMBER, Who.HUB,
Mend.NONE),
    "owes and still on": (facts(OWING, sent("active")), "why_still_watches", Light.AMBER, Who.HERE, Mend.ORDER),
    "not delivered": (facts(WAITING, account()), "why_waiting_delivery", Light.AMBER, Who.SOURCE, Mend.ASK_SOURCE),
    "not delivered, by hand": (facts(WAITING, account(), source=None), "why_waiting_delivery", Light.AMBER, Who.HERE,
                               Mend.EDIT_SERVICE),
    "never made, owes": (facts(OWING, account(), rules={"follow_status": False}), "why_not_made_unpaid", Light.RED,
                         Who.SOURCE, Mend.ASK_SOURCE),
    "stays suspended": (facts(OWING, sent("suspended"), rules={"follow_status": False}), "why_stays_suspended",
                        Light.RED, Who.ADMIN, Mend.OPEN_RULES),
    "unknown status": (facts("novo_status", account()), "why_status_unknown", Light.GREY, Who.ADMIN, Mend.OPEN_RULES),
    "kept for an undo": (facts(OWING, keep="active"), "why_fine", Light.GREEN, Who.CUSTOMER, Mend.LOOK),
    "other service pays": (facts(OWING, rules={"status_scope": "customer"}, others={"S2": PAYING}), "why_fine",
                           Light.GREEN, Who.CUSTOMER, Mend.LOOK),
    "no account row": (facts(account=None), "why_account_missing", Light.RED, Who.HERE, Mend.ORDER),
    "in doubt": (facts(account=account("parked", code="doubtful_create", kind="unknown")), "why_in_doubt", Light.RED,
                 Who.HERE, Mend.SETTLE),
    "somebody else's": (facts(account=account("parked", code="account_of_another", kind="clash")), "why_of_another",
                        Light.RED, Who.HERE, Mend.SETTLE),
    "field missing, ERP": (facts(account=stopped("login_missing", data_field="email")), "why_field", Light.RED,
                           Who.SOURCE, Mend.EDIT_DATA),
    "field missing, by hand": (facts(account=stopped("password_too_short"), source=None), "why_field", Light.RED,
                               Who.HERE, Mend.EDIT_DATA),
    "platform's rule": (facts(account=stopped("constraint_one_product"), source=None), "why_platform_rule", Light.RED,
                        Who.HERE, Mend.EDIT_DATA),
    "refused": (facts(account=stopped("platform_rejected"), source=None), "why_refused", Light.RED, Who.HERE,
                Mend.EDIT_DATA),
    "unsupported": (facts(account=stopped("operation_unsupported")), "why_unsupported", Light.RED, Who.PLATFORM,
                    Mend.TRY_NOW),
    "hub's own fault": (facts(account=stopped("vault_closed")), "why_hub_fault", Light.RED, Who.ADMIN, Mend.TRY_NOW),
    "blocked otherwise": (facts(account=stopped("anything", kind="other")), "why_blocked", Light.RED, Who.HERE,
                          Mend.TRY_NOW),
    "another package's block": (facts(account=replace(FINE, status="blocked", code="login_missing")), "why_fine",
                                Light.GREEN, Who.CUSTOMER, Mend.LOOK),
    "integration off": (facts(account=FRESH, way=replace(WAY, active=False)), "why_way_inactive", Light.RED, Who.ADMIN,
                        Mend.OPEN_WAY),
    "integration off, nothing due": (facts(way=replace(WAY, active=False)), "why_fine", Light.GREEN, Who.CUSTOMER,
                                     Mend.LOOK),
    "observing": (facts(account=FRESH, way=replace(WAY, observing=True)), "why_observing", Light.AMBER, Who.ADMIN,
                  Mend.OBSERVING),
    "paused way": (facts(account=FRESH, way=PAUSED), "why_way_paused", Light.RED, Who.ADMIN, Mend.OPEN_WAY),
    "breaker": (facts(account=FRESH, way=SILENT), "why_way_silent", Light.AMBER, Who.HUB, Mend.NONE),
    "no licences": (facts(account=due("capacity_used_up", "capacity", due_at=LATER)), "why_capacity", Light.RED,
                    Who.PLATFORM, Mend.TRY_NOW),
    "answer lost": (facts(account=due("answer_timeout", "unknown")), "why_looking_up", Light.AMBER, Who.HUB,
                    Mend.TRY_NOW),
    "retry": (facts(account=due("connect_timeout", "unavailable", due_at=LATER)), "why_retrying", Light.AMBER, Who.HUB,
              Mend.TRY_NOW),
    "call under way": (facts(account=due(leased=True), way=PAUSED), "why_being_sent", Light.AMBER, Who.HUB, Mend.NONE),
    "queued": (facts(account=FRESH), "why_queued", Light.AMBER, Who.HUB, Mend.NONE),
    "queued for later": (facts(account=due(due_at=LATER)), "why_queued_later", Light.AMBER, Who.HUB, Mend.TRY_NOW),
    "waits for the user": (facts(account=account("waiting_user", "pending_user", applied_at=NOW)), "why_waits_customer",
                           Light.AMBER, Who.CUSTOMER, Mend.RESEND),
    "difference staged": (facts(account=replace(FINE, run_id=7, run_waits=True)), "why_differs_staged", Light.RED,
                          Who.HERE, Mend.OPEN_RUN),
    "difference on its way": (facts(account=replace(FINE, run_id=7)), "why_differs_mending", Light.AMBER, Who.HUB,
                              Mend.OPEN_RUN),
    "not in the list": (facts(account=replace(FINE, missing_since=NOW)), "why_missing_there", Light.AMBER, Who.HERE,
                        Mend.LOOK),
    "seen otherwise": (facts(account=replace(FINE, seen="suspended")), "why_differs_there", Light.RED, Who.HERE,
                       Mend.RESEND),
    "seen before the change": (facts(account=replace(FINE, seen="suspended", seen_at=NOW - 2 * HOUR)),
                               "why_fine_unseen", Light.GREEN, Who.CUSTOMER, Mend.LOOK),
    "never read": (facts(account=sent(), way=WayFacts("Outros")), "why_fine_unseen", Light.GREEN, Who.CUSTOMER,
                   Mend.NONE),
    "read as a whole": (facts(account=sent(read_at=NOW)), "why_fine", Light.GREEN, Who.CUSTOMER, Mend.LOOK),
    "stuck": (facts(account=sent("suspended")), "why_stuck", Light.RED, Who.HERE, Mend.ORDER),
    "nobody knows": (facts(account=sent("unknown")), "why_unknown", Light.GREY, Who.HERE, Mend.LOOK),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_each_situation_has_its_verdict_and_its_button(name: str) -> None:
    given, code, light, who, mend = TABLE[name]
    found = verdict_of(given)
    assert (found.code, found.light, found.who, found.mend) == (code, light, who, mend)


@pytest.mark.parametrize("name", TABLE)
def test_link_that_decides_is_never_better_than_the_verdict(name: str) -> None:
    given = TABLE[name][0]
    verdict = verdict_of(given)
    links = {link.part: link for link in chain_of(given, verdict)}
    assert list(links) == list(Part)
    assert links[verdict.part].light is not Light.GREEN or verdict.light is Light.GREEN
    assert all(link.code in ENTRIES for link in links.values())


@cache
def everything() -> list[Facts]:
    """Return facts in all combinations of what matters, also those that should not be."""
    statuses = (PAYING, OWING, WAITING, "cancelado", "new_word")
    states = ("none", "active", "suspended", "absent", "unknown", "pending_user")
    troubles = (("", ""), ("connect_timeout", "unavailable"), ("login_missing", "rejected"))
    ways = (None, WAY, PAUSED, replace(WAY, active=False))
    accounts = [None] + [
        AccountFacts(status, applied, settled=settled, due_at=due_at, code=code, kind=kind)
        for status, applied, settled, due_at, (code, kind) in product(
            ("pending", "active", "blocked", "parked", "waiting_user"), states, (True, False), (None, LATER), troubles
        )
    ]
    return [facts(status, one, way=way) for status, one, way in product(statuses, accounts, ways)]


def test_every_combination_has_one_verdict_with_words_and_a_chain() -> None:
    codes, wrong = set(), []
    for given in everything():
        found = verdict_of(given)
        codes.add(found.code)
        if found.watches and given.account is not None and given.account.applied != "active":
            wrong.append((given.account, found.code))
    assert codes <= set(ENTRIES)
    assert not [code for code in codes if not ENTRIES[code].cause]
    assert not wrong, "nobody is said to watch of whom the platform has not accepted it"


def test_all_verdicts_and_links_are_made_somewhere_and_have_words_and_a_message_is_for_a_real_one() -> None:
    made = {verdict_of(given).code for given in everything()} | {code for _facts, code, *_rest in TABLE.values()}
    made |= {verdict_unsold(one).code for one in UNSOLD.values()}
    told = {code for code in ENTRIES if code.startswith("why_")}
    assert told - made == set()
    assert set(CUSTOMER) <= told


def test_again_at_is_not_before_the_platform_may_be_asked() -> None:
    assert verdict_of(facts(account=FRESH, way=SILENT)).again_at == LATER
    assert verdict_of(facts(account=FRESH, way=PAUSED)).again_at is None
    assert verdict_of(facts(account=due("connect_timeout", "unavailable", due_at=LATER))).again_at == LATER


def test_whoever_watches_while_a_change_waits_is_said_to_watch() -> None:
    waiting = sent("active", settled=False, due_at=LATER, code="connect_timeout", kind="unavailable")
    assert (verdict_of(facts(account=waiting)).code, verdict_of(facts(account=waiting)).watches) == (
        "why_retrying",
        True,
    )


UNSOLD: Mapping[str, Unsold] = {
    "why_erased": Unsold(erased=True),
    "why_no_service": Unsold(),
    "why_service_over": Unsold("cancelado"),
    "why_package_removed": Unsold(PAYING, removed=("Films", TODAY)),
    "why_nothing_sold_locked": Unsold(PAYING, locks=True),
    "why_nothing_sold_plan": Unsold(PAYING, carries=2, locks=True),
    "why_nothing_sold": Unsold(PAYING),
}


@pytest.mark.parametrize("code", UNSOLD)
def test_where_nothing_is_sold_the_reason_is_told(code: str) -> None:
    found: Verdict = verdict_unsold(UNSOLD[code])
    assert found.code == code
    links = chain_unsold(found, UNSOLD[code].status)
    assert [link.part for link in links] == list(Part)
    assert all(link.code in ENTRIES for link in links)
