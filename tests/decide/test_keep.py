"""What is kept for an account after an undo: never less than this, whatever the status asks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decide.builders import HOOK, inputs, sale
from webapp.decide.desired import desired_state
from webapp.decide.policy import STATUSES, Content, at_least, content_for


def _fingerprint(text: str) -> str:
    return text


@pytest.mark.parametrize(
    ("status", "keep", "content", "over"),
    [
        ("suspenso_debito", "", Content.SUSPENDED, False),
        ("suspenso_debito", "active", Content.ACTIVE, False),
        ("suspenso_debito", "suspended", Content.SUSPENDED, True),
        ("cancelado", "active", Content.ACTIVE, False),
        ("cancelado", "suspended", Content.SUSPENDED, False),
        ("servico_habilitado", "active", Content.ACTIVE, True),
        ("servico_habilitado", "suspended", Content.ACTIVE, True),
        # It takes nothing away, and asks for nothing: the keep stands for whatever comes next.
        ("aguardando_instalacao", "active", Content.KEEP, False),
    ],
)
def test_an_account_never_falls_below_what_is_kept(status: str, keep: str, content: Content, over: bool) -> None:
    desired = desired_state(inputs(status=status, keep=keep), _fingerprint)
    assert (desired.content, desired.keep_over) == (content, over)


def test_each_right_is_kept_but_not_one_that_the_sale_no_longer_has() -> None:
    ended = sale(id=32, ends_on=date(2026, 11, 1))
    removed = sale(id=33, removed=True)
    wanted = inputs(traits=HOOK, status="suspenso_debito", keep="active", sales=(sale(), ended, removed))
    units = {unit.key: unit.content for unit in desired_state(wanted, _fingerprint).units}
    assert units == {"31:full": Content.ACTIVE, "32:full": Content.ABSENT, "33:full": Content.ABSENT}


def test_nothing_is_kept_for_whom_no_package_is_left() -> None:
    wanted = inputs(status="suspenso_debito", keep="active", sales=(sale(removed=True),))
    assert desired_state(wanted, _fingerprint).content is Content.ABSENT


def test_a_holiday_does_not_take_what_is_kept() -> None:
    paused = inputs(keep="active", dates=inputs().dates.__class__(pause_from=date(2026, 11, 1)))
    assert desired_state(paused, _fingerprint).content is Content.ACTIVE


@given(st.sampled_from([*STATUSES, "a_new_word"]), st.sampled_from(["active", "suspended"]), st.booleans())
def test_keeping_never_takes_anything_away(status: str, keep: str, follow: bool) -> None:
    order = [Content.ABSENT, Content.SUSPENDED, Content.ACTIVE]
    asked = content_for(status, follow_status=follow, rules={})
    held = at_least(asked, keep)
    if asked is Content.KEEP:
        assert held is Content.KEEP
    else:
        assert order.index(held) == max(order.index(asked), order.index(Content(keep)))
    assert at_least(asked, "") is asked
