"""The chain ERP -> wanted -> sent -> platform of one package: each link with its light and its words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.decide.policy import ENDED, NOT_PAYING, PAYING, WAITING, Content
from webapp.decide.state import ABSENT, ACTIVE, NONE, PENDING_USER, SUSPENDED
from webapp.decide.why_facts import Facts, Light, Part
from webapp.decide.why_verdict import Verdict

_CONTENT = {
    Content.ACTIVE: ("link_wanted_active", Light.GREEN), Content.SUSPENDED: ("link_wanted_suspended", Light.RED),
    Content.ABSENT: ("link_wanted_absent", Light.RED), Content.KEEP: ("link_wanted_keep", Light.AMBER),
}  # fmt: skip
_SHOWN = {
    ACTIVE: ("link_there_active", Light.GREEN), SUSPENDED: ("link_there_suspended", Light.RED),
    ABSENT: ("link_there_absent", Light.RED), PENDING_USER: ("link_there_pending", Light.AMBER),
}  # fmt: skip
_SENT = {
    ACTIVE: ("link_sent_active", Light.GREEN), SUSPENDED: ("link_sent_suspended", Light.RED),
    PENDING_USER: ("link_sent_pending", Light.AMBER), ABSENT: ("link_sent_ended", Light.RED),
    NONE: ("link_sent_nothing", Light.GREY),
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """One link of the chain.

    Attributes:
        code: of its sentence in ``messages/why.py``; ``why``: code and values of its reason, where there is one.
        at: when that was so; None = not known.
    """

    part: Part
    light: Light
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    why: tuple[str, Mapping[str, Any]] | None = None
    at: datetime | None = None


def chain_of(facts: Facts, verdict: Verdict) -> tuple[Link, ...]:
    """Return the four links. The one that decides never looks better than the verdict; what lies behind a break is
    told as it is, and grey where nothing is known of it.
    """
    links = (_source(facts), _wanted(facts), _sent(facts), _there(facts))
    return tuple(_as_judged(link, verdict) for link in links)


def _as_judged(link: Link, verdict: Verdict) -> Link:
    if link.part is not verdict.part or verdict.light is Light.GREEN or link.light is not Light.GREEN:
        return link
    return Link(link.part, verdict.light, link.code, link.params, link.why, link.at)


def _source(facts: Facts) -> Link:
    source, status = facts.source, facts.situated.status
    params = {**facts.words, "status": status, "source": source.name if source else ""}
    if source is None:
        return Link(Part.SOURCE, _status_light(status), "link_source_hand", params)
    if source.paused or not source.active:
        why = (source.paused, source.paused_params) if source.paused else None
        return Link(Part.SOURCE, _at_best(Light.AMBER, status), "link_source_unread", params, why, source.seen_at)
    if source.missing_since is not None:
        at = source.missing_since
        return Link(Part.SOURCE, _at_best(Light.AMBER, status), "link_source_missing", params, None, at)
    return Link(Part.SOURCE, _status_light(status), "link_source_says", params, None, source.seen_at)


def _status_light(status: str) -> Light:
    if status in PAYING:
        return Light.GREEN
    if status in (*NOT_PAYING, *ENDED):
        return Light.RED
    return Light.AMBER if status in WAITING else Light.GREY


def _at_best(light: Light, status: str) -> Light:
    found = _status_light(status)
    return light if found is Light.GREEN else found


def _wanted(facts: Facts) -> Link:
    sold, today = facts.sold, facts.situated.today
    params = {**facts.words, "status": facts.status}
    if facts.way is None:
        return Link(Part.WANTED, Light.GREY, "link_wanted_no_platform", params)
    if not sold.products:
        return Link(Part.WANTED, Light.RED, "link_wanted_nothing", params)
    if not sold.runs_on(today):
        ended = sold.ends_on is not None and sold.ends_on < today
        day = sold.ends_on if ended else sold.starts_on
        code = "link_wanted_ended" if ended else "link_wanted_later"
        return Link(Part.WANTED, Light.RED if ended else Light.AMBER, code, {**params, "day": day})
    content, cause = facts.asked
    code, light = _CONTENT[content]
    if content is Content.KEEP and facts.account is not None and facts.account.applied == ACTIVE:
        light = Light.GREEN
    return Link(Part.WANTED, light, code, params, (cause.code, cause.params))


def _sent(facts: Facts) -> Link:
    account, way = facts.account, facts.way
    if way is None or account is None:
        return Link(Part.SENT, Light.GREY, "link_sent_nothing", facts.words)
    why = (account.code, account.params) if account.code else None
    if account.status == "parked":
        return Link(Part.SENT, Light.RED, "link_sent_doubt", facts.words, why, account.at)
    if account.status == "blocked" and not account.settled:
        return Link(Part.SENT, Light.RED, "link_sent_stopped", facts.words, why, account.at)
    if facts.behind:
        return _on_its_way(facts, why)
    code, light = _SENT.get(account.applied, ("link_sent_unknown", Light.GREY))
    wanted_so = account.applied == SUSPENDED and facts.asked[0] is Content.SUSPENDED
    return Link(Part.SENT, Light.GREEN if wanted_so else light, code, facts.words, None, account.applied_at)


def _on_its_way(facts: Facts, why: tuple[str, Mapping[str, Any]] | None) -> Link:
    account, way = facts.account, facts.way
    assert account is not None
    assert way is not None
    if account.leased:
        return Link(Part.SENT, Light.AMBER, "link_sent_now", facts.words)
    if way.observing:
        return Link(Part.SENT, Light.AMBER, "link_sent_observing", facts.words)
    if way.hold:
        light = Light.AMBER if way.silent else Light.RED
        return Link(Part.SENT, light, "link_sent_held", facts.words, (way.hold, way.hold_params))
    code = "link_sent_retry" if account.code else "link_sent_queued"
    return Link(Part.SENT, Light.AMBER, code, facts.words, why, account.at)


def _there(facts: Facts) -> Link:
    account, way = facts.account, facts.way
    if way is None or account is None:
        return Link(Part.THERE, Light.GREY, "link_there_none", facts.words)
    if account.missing_since is not None:
        return Link(Part.THERE, Light.RED, "link_there_missing", facts.words, None, account.missing_since)
    if account.seen_at is not None and account.seen_at == account.shown_at and account.seen in _SHOWN:
        code, light = _SHOWN[account.seen]
        return Link(Part.THERE, light, code, facts.words, None, account.seen_at)
    if account.run_id is not None:
        return Link(Part.THERE, Light.RED, "link_there_differs", facts.words)
    if account.read_at is not None and account.shown_since_sent and account.applied in _SHOWN:
        code, light = _SHOWN[account.applied]
        return Link(Part.THERE, light, code, facts.words, None, account.read_at)
    unread = "link_there_unread" if way.finds or way.lists else "link_there_mute"
    return Link(Part.THERE, Light.GREY, unread, facts.words, None, account.shown_at)


def chain_unsold(verdict: Verdict, status: str, source: str = "") -> tuple[Link, ...]:
    """Return the four links where nothing is sold."""
    params = {"status": status, "source": source}
    first = Link(Part.SOURCE, Light.GREY, "link_source_none")
    if status:
        first = Link(Part.SOURCE, _status_light(status), "link_source_says" if source else "link_source_hand", params)
    wanted = Light.RED if status and verdict.part is Part.WANTED else Light.GREY
    return (
        first, Link(Part.WANTED, wanted, "link_wanted_unsold"), Link(Part.SENT, Light.GREY, "link_sent_nothing"),
        Link(Part.THERE, Light.GREY, "link_there_none"),
    )  # fmt: skip
