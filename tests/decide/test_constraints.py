"""What a platform does not allow beside each other: each rule, and what is not known."""

import pytest

from webapp.decide.constraints import Held, constraint_flaw
from webapp.gateways.contract import Constraints

CPF, CNPJ = "52998224725", "11222333000181"
FILM = Held("S1", "film", "Film", "premium")
SERIES = Held("S1", "series", "Series", "Premium")
BASIC = Held("S1", "basic", "Basic", "basic")
TYPED = Held("S1", "typed", "Typed by hand")
ELSEWHERE = Held("S2", "film", "Film", "premium")


def code(rules, own, others=(), document=CPF, *, shared=False, fresh=True):
    flaw = constraint_flaw(Constraints(**rules), document, own, others, shared_users=shared, fresh=fresh)
    return flaw.code if flaw else None


@pytest.mark.parametrize(
    ("rules", "own", "others", "expected"),
    [
        ({}, [FILM, SERIES], [ELSEWHERE], None),
        ({"one_product": True}, [FILM], [], None),
        ({"one_product": True}, [FILM, FILM], [], None),
        ({"one_product": True}, [FILM, BASIC], [], "constraint_one_product"),
        ({"one_product": True}, [BASIC], [ELSEWHERE], None),
        ({"one_account_per_customer": True}, [FILM], [], None),
        ({"one_account_per_customer": True}, [BASIC], [ELSEWHERE], "constraint_one_account"),
        ({"distinct_kinds": True}, [FILM, BASIC], [], None),
        ({"distinct_kinds": True}, [FILM, SERIES], [], "constraint_same_kind"),
        ({"distinct_kinds": True}, [SERIES], [ELSEWHERE], "constraint_same_kind"),
        ({"distinct_kinds": True}, [TYPED, TYPED], [], None),
        ({"basic_kind": "Basic"}, [FILM], [], "constraint_basic_missing"),
        ({"basic_kind": "Basic"}, [FILM, BASIC], [], None),
        ({"basic_kind": "Basic"}, [FILM], [BASIC], None),
        ({"basic_kind": "Basic"}, [FILM, TYPED], [], None),
        ({"basic_kind": "Basic"}, [], [], None),
    ],
)
def test_b8_each_rule_counts_what_the_customer_has(rules, own, others, expected):
    assert code(rules, own, others) == expected


def test_b8_with_shared_users_all_services_are_one_subscriber():
    assert code({"one_product": True}, [BASIC], [ELSEWHERE], shared=True) == "constraint_one_product"


@pytest.mark.parametrize(("document", "expected"), [(CPF, None), (CNPJ, "constraint_people_only"), ("", None)])
def test_b8_a_company_is_refused_where_only_people_are_taken(document, expected):
    assert code({"people_only": True}, [FILM], document=document) == expected


@pytest.mark.parametrize("rule", ["people_only", "one_account_per_customer"])
def test_what_is_there_already_is_not_judged_by_who_may_have_a_new_one(rule):
    assert code({rule: True}, [FILM], [ELSEWHERE], CNPJ, fresh=False) is None
