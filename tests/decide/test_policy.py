"""From status to content: the whole table of the design."""

import pytest

from webapp.decide.policy import ENDED, NOT_PAYING, PAYING, STATUSES, WAITING, Content, content_for


@pytest.mark.parametrize("status", PAYING)
@pytest.mark.parametrize("follow", [True, False])
def test_paying_is_active_whatever_the_switch(status: str, follow: bool) -> None:
    assert content_for(status, follow_status=follow, rules={}) is Content.ACTIVE


@pytest.mark.parametrize("status", NOT_PAYING)
def test_debt_suspends_only_when_the_integration_follows_status(status: str) -> None:
    assert content_for(status, follow_status=True, rules={}) is Content.SUSPENDED
    assert content_for(status, follow_status=False, rules={}) is Content.KEEP


@pytest.mark.parametrize("status", WAITING)
def test_waiting_makes_nothing_and_touches_nothing(status: str) -> None:
    assert content_for(status, follow_status=True, rules={}) is Content.KEEP


@pytest.mark.parametrize("status", ENDED)
def test_ended_is_absent(status: str) -> None:
    assert content_for(status, follow_status=False, rules={}) is Content.ABSENT


@pytest.mark.parametrize("status", ["", "novo_status", "SUSPENSO", "cancelado "])
def test_an_unknown_word_changes_nothing(status: str) -> None:
    assert content_for(status, follow_status=True, rules={}) is Content.KEEP


@pytest.mark.parametrize("status", STATUSES)
def test_a_rule_of_the_integration_wins_over_every_row(status: str) -> None:
    assert content_for(status, follow_status=True, rules={status: "keep"}) is Content.KEEP
