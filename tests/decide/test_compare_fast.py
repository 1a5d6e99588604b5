"""The fast comparison and the exact one say the same, whatever stands there: it is a way, not another opinion."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.decide.believed import Believed
from webapp.decide.believed_index import MISSED, SETTLED, Index
from webapp.decide.compare import EVERY_STATE, NO_STATE, Difference, Found, in_order, sort_out
from webapp.decide.compare_rights import sort_out_rights
from webapp.decide.fast_compare import FastCompare
from webapp.gateways.contract import Observed, RemoteState

ACTIVE_ONLY = frozenset({RemoteState.ACTIVE})
Exact = Callable[[Iterable[Believed], Iterable[Observed], frozenset[RemoteState]], Found]


def reference_of(account_id: int) -> str:
    return f"sin-a-{account_id}"


# So few of everything that contradictions are the rule.
account_ids = st.integers(1, 4)
logins = st.sampled_from(["", "ana@example.com", "Ana@example.com", "rui@example.com", "eva@example.com"])
documents = st.sampled_from(["", "52998224725", "529.982.247-25", "11144477735"])
codes = st.sampled_from(["FULL", "KIDS"])
ids = st.dictionaries(st.sampled_from(["id", "person"]), st.sampled_from(["1", "2", "3"]), max_size=2)
own = st.dictionaries(st.just("right"), st.sampled_from(["r1", "r2", "r3"]), max_size=1)
states = st.sampled_from(["active", "suspended", "absent", "none", "unknown", "pending_user"])
references = st.one_of(st.just(""), account_ids.map(reference_of), st.just("sin-b-1"), st.just("sin-a-99"))
products = st.lists(codes, unique=True, max_size=2).map(lambda found: tuple(sorted(found)))
observed = st.lists(
    st.builds(
        Observed, logins, st.sampled_from(list(RemoteState)),
        st.dictionaries(st.sampled_from(["id", "person", "right"]), st.sampled_from(["1", "2", "3", "r1", "r2"]),
                        max_size=2),
        references, documents, st.none() | products,
    ),
    max_size=6,
)  # fmt: skip
covers = st.sampled_from([EVERY_STATE, NO_STATE, ACTIVE_ONLY, ACTIVE_ONLY | {RemoteState.SUSPENDED}])


@st.composite
def people(draw: st.DrawFn, units: Callable[[st.DrawFn, int], list[dict[str, object]]]) -> list[Believed]:
    """Return lines of one to four accounts; what belongs to an account is the same in all of its lines."""
    lines = []
    for account_id in range(1, draw(st.integers(1, 4)) + 1):
        grave = draw(st.booleans())
        whole: dict[str, object] = {
            "account_id": account_id, "login": draw(logins), "reference": reference_of(account_id),
            "remote_ids": draw(ids), "settled": draw(st.booleans()), "document": draw(documents),
            "grave_login": draw(logins) if grave else "", "confirmed": draw(st.booleans()),
        }  # fmt: skip
        lines += [Believed(**{**whole, **unit}) for unit in units(draw, account_id)]
    return lines


def whole_account(draw: st.DrawFn, account_id: int) -> list[dict[str, object]]:
    return [
        {
            "state": draw(states), "content": draw(st.sampled_from(["active", "absent"])),
            "products": draw(products), "fading": draw(st.booleans()), "grave_ids": draw(ids),
        }
    ]  # fmt: skip


def some_rights(draw: st.DrawFn, account_id: int) -> list[dict[str, object]]:
    return [
        {
            "state": draw(states), "content": draw(st.sampled_from(["active", "absent"])), "own_ids": draw(own),
            "products": (draw(codes),), "unit": f"{number}:x", "fading": draw(st.booleans()), "grave_ids": draw(own),
        }
        for number in range(draw(st.integers(0, 3)))
    ]  # fmt: skip


def index_of(believed: Sequence[Believed], *, per_right: bool) -> Index:
    index = Index(reference_of, per_right=per_right)
    # Neither in the order of their ids, nor all at once.
    for account_id in sorted({line.account_id for line in believed}, key=lambda each: (each % 2, each)):
        lines = [line for line in believed if line.account_id == account_id]
        line, flags = lines[0], (SETTLED if lines[0].settled else 0) | (0 if lines[0].confirmed else MISSED)
        place = len(index.account_ids)
        whole = (line.account_id, line.login, line.document, line.remote_ids, flags)
        if per_right:
            index.add(*whole)
        else:
            index.add_all(*([one] for one in (*whole, line.state, line.products)))
        for line in lines:
            if per_right:
                index.add_right(line.state, line.products[0], line.own_ids)
            if line.grave_ids or line.grave_login:
                index.add_grave(place, line.grave_ids, line.grave_login)
    return index


def fast(
    believed: Sequence[Believed], observed: Iterable[Observed], covers: frozenset[RemoteState], exact: Exact,
    size: int = 1,
) -> tuple[list[Difference], FastCompare]:  # fmt: skip
    """Compare fast, then exactly what is left, as small groups as there can be."""
    fast_compare = FastCompare(index_of(believed, per_right=exact is sort_out_rights))
    fast_compare.take_all(observed)
    found = list(exact([], fast_compare.strangers, covers).differences)
    for group in fast_compare.groups(covers, size):
        lines = [line for line in believed if line.account_id in group.account_ids]
        found += exact(lines, group.observed, covers).differences
    return in_order(found), fast_compare


@settings(max_examples=120, deadline=None)
@given(people(whole_account), observed, covers)
def test_fast_and_exact_say_the_same_of_whole_accounts(
    believed: list[Believed], observed: list[Observed], covers: frozenset[RemoteState]
) -> None:
    assert fast(believed, observed, covers, sort_out)[0] == sort_out(believed, observed, covers).differences


@settings(max_examples=120, deadline=None)
@given(people(some_rights), observed, covers)
def test_fast_and_exact_say_the_same_of_single_rights(
    believed: list[Believed], observed: list[Observed], covers: frozenset[RemoteState]
) -> None:
    exact = sort_out_rights(believed, observed, covers).differences
    assert fast(believed, observed, covers, sort_out_rights)[0] == exact


def person(account_id: int) -> Believed:
    return Believed(
        account_id, f"p{account_id}@example.com", reference_of(account_id), {"id": f"7{account_id}"}, "active",
        "active", ("FULL",), True, document="52998224725",
    )  # fmt: skip


def seen(line: Believed) -> Observed:
    """Return the account just as we believe it to be."""
    return Observed(
        line.login, RemoteState.ACTIVE, line.remote_ids, line.reference, line.document, line.products
    )  # fmt: skip


OTHER = seen(person(3))
# What people and platforms do to an account that agreed.
CHANGES: list[Callable[[Observed], list[Observed]]] = [
    lambda one: [one],
    lambda one: [],
    lambda one: [one, one],
    lambda one: [one, replace(one, remote_ids={"id": "99"})],
    lambda one: [replace(one, state=RemoteState.SUSPENDED)],
    lambda one: [replace(one, login=OTHER.login)],
    lambda one: [replace(one, remote_ids=OTHER.remote_ids)],
    lambda one: [replace(one, reference=OTHER.reference)],
    lambda one: [replace(one, reference=OTHER.reference, remote_ids={})],
    lambda one: [replace(one, reference="", remote_ids={})],
    lambda one: [replace(one, login=one.login.upper(), document="529.982.247-25")],
    lambda one: [replace(one, login="new@example.com", reference="sin-b-4")],
    lambda one: [replace(one, document="11144477735")],
    lambda one: [replace(one, products=None, document="")],
    lambda one: [replace(one, products=("FULL", "KIDS"))],
    lambda one: [replace(one, remote_ids={**one.remote_ids, "extra": "1"})],
]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(CHANGES), min_size=4, max_size=4), st.permutations(range(4)), st.integers(1, 3))
def test_fast_and_exact_say_the_same_of_accounts_that_nearly_agree(
    changes: list[Callable[[Observed], list[Observed]]], order: list[int], size: int
) -> None:
    believed = [person(number) for number in range(1, 5)]
    shown = [change(seen(line)) for change, line in zip(changes, believed, strict=True)]
    observed = [one for place in order for one in shown[place]]
    exact = sort_out(believed, observed, EVERY_STATE).differences
    assert fast(believed, observed, EVERY_STATE, sort_out, size)[0] == exact


def test_accounts_that_agree_are_forgotten_and_only_the_others_are_compared_exactly() -> None:
    believed = [person(number) for number in range(1, 100)]
    observed = [seen(line) for line in believed]
    observed[50] = replace(observed[50], state=RemoteState.SUSPENDED)
    found, fast_compare = fast(believed, observed[:-1], EVERY_STATE, sort_out, size=10)
    assert [(item.account_id, item.situation) for item in found] == [(99, "missing"), (51, "state")]
    assert [group.account_ids for group in fast_compare.groups(EVERY_STATE, 10)] == [[51, 99]]
    assert (fast_compare.tally.agreed, fast_compare.tally.contradicting, fast_compare.compared) == (97, 1, 98)
    assert fast_compare.states == {"active": 97, "suspended": 1}


def test_account_that_earlier_readings_lacked_is_noticed_when_it_shows_again() -> None:
    believed = [replace(person(1), confirmed=False), person(2), replace(person(3), confirmed=False)]
    found = fast(believed, map(seen, believed[:2]), EVERY_STATE, sort_out)[1]
    assert found.seen_again() == [1]
