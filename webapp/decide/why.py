"""Why somebody does not watch: one verdict for one package, from the facts alone. Pure.

The chain is walked as the work goes: what is sold, what the ERP says, what a person must answer, what holds the
whole platform, what is under way, what the platform shows. The first link that breaks is the verdict. What nobody
knows is said as unknown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.decide.policy import ENDED, NOT_PAYING, WAITING, Content
from webapp.decide.state import ABSENT, ACTIVE, PENDING_USER, SUSPENDED, UNKNOWN
from webapp.decide.why_facts import AccountFacts, Facts, Light, Part, WayFacts
from webapp.decide.why_verdict import Mend, Verdict, Who

Judge = Callable[[Facts], Verdict | None]
# A flaw of the subscriber's own data: the form is where it is mended.
_FIELD_CODES = frozenset({
    "login_missing", "login_shared", "password_field_empty", "password_too_short", "usuario_unknown", "not_a_switch",
    "email_placeholder", "value_unfit",
})  # fmt: skip
_FAULTS = frozenset({"planning_failed", "vault_closed", "internal_error", "gateway_missing"})
_OF_ANOTHER = "account_of_another"
_QUIET = "no_suspend_now"
_DEBT = {
    "suspenso_debito": "why_suspended_debt", "suspenso_parcialmente": "why_suspended_partly",
    "suspenso_pedido_cliente": "why_suspended_request",
}  # fmt: skip
_PARKED, _BLOCKED, _WAITING_USER = "parked", "blocked", "waiting_user"


def verdict_of(facts: Facts) -> Verdict:
    """Return the one verdict: the first link that breaks, or that all is well, or that nobody knows."""
    for judge in _JUDGES:
        found = judge(facts)
        if found is not None:
            return found
    return Verdict("why_unknown", Light.GREY, Part.THERE, Who.HERE, _looks(facts), _words(facts), watches=None)


def _of_package(facts: Facts) -> Verdict | None:
    sold, today = facts.sold, facts.situated.today
    if facts.way is None:
        return Verdict("why_no_platform", Light.GREY, Part.WANTED, Who.NOBODY, params=_words(facts), watches=None)
    if not sold.products:
        return _broken(facts, "why_package_empty", Part.WANTED, Who.ADMIN, Mend.OPEN_PACKAGE)
    if sold.ends_on is not None and sold.ends_on < today:
        return _broken(facts, "why_right_ended", Part.WANTED, Who.HERE, Mend.EDIT_SALE, day=sold.ends_on)
    if sold.starts_on is not None and sold.starts_on > today:
        return _slow(facts, "why_right_later", Part.WANTED, Who.HUB, Mend.EDIT_SALE, day=sold.starts_on)
    return None


def _of_status(facts: Facts) -> Verdict | None:
    """Judge what the status asks for; *active* goes on along the chain."""
    content = facts.asked[0]
    if content is Content.ABSENT:
        return _gone(facts)
    if content is Content.SUSPENDED:
        return _suspended(facts)
    return _kept(facts) if content is Content.KEEP else None


def _gone(facts: Facts) -> Verdict:
    mend = Mend.ASK_SOURCE if facts.source else Mend.ENABLE
    if facts.situated.status not in ENDED:
        return _broken(facts, "why_rule_ends", Part.WANTED, Who.ADMIN, Mend.OPEN_RULES)
    return _broken(facts, "why_service_ended", Part.SOURCE, _keeper(facts), mend)


def _suspended(facts: Facts) -> Verdict:
    """Suspended, or to be suspended: who still watches is told so."""
    account = facts.account
    if account is not None and account.applied == ACTIVE:
        return _still_watches(facts, account)
    if facts.asked[1].code == "cause_pause":
        until = facts.situated.dates.pause_until
        code = "why_paused" if until else "why_paused_open"
        return _slow(facts, code, Part.WANTED, Who.HERE, Mend.EDIT_SERVICE, day=until)
    if facts.status not in NOT_PAYING:
        return _broken(facts, "why_rule_suspends", Part.WANTED, Who.ADMIN, Mend.OPEN_RULES)
    mend = Mend.ASK_SOURCE if facts.source else Mend.ENABLE
    return _broken(facts, _DEBT.get(facts.status, "why_suspended_debt"), Part.SOURCE, _keeper(facts), mend)


def _still_watches(facts: Facts, account: AccountFacts) -> Verdict:
    if account.code == _QUIET:
        code = "why_suspension_waits"
    else:
        code = "why_suspension_coming" if account.due_at is not None else "why_still_watches"
    coming = account.due_at is not None
    return Verdict(
        code, Light.AMBER, Part.SENT, Who.HUB if coming else Who.HERE, Mend.NONE if coming else Mend.ORDER,
        _words(facts), again_at=_again_at(facts) if coming else None,
        trouble=None if account.code == _QUIET else _trouble(account), watches=True,
    )  # fmt: skip


def _kept(facts: Facts) -> Verdict | None:
    """What is there stays as it is; what is not there is not made."""
    account, status = facts.account, facts.status
    if account is not None and account.live:
        stays = account.applied == SUSPENDED
        return _broken(facts, "why_stays_suspended", Part.WANTED, Who.ADMIN, Mend.OPEN_RULES) if stays else None
    if status in WAITING:
        mend = Mend.ASK_SOURCE if facts.source else Mend.EDIT_SERVICE
        return _slow(facts, "why_waiting_delivery", Part.SOURCE, _keeper(facts), mend)
    if status in NOT_PAYING:
        mend = Mend.ASK_SOURCE if facts.source else Mend.ENABLE
        return _broken(facts, "why_not_made_unpaid", Part.SOURCE, _keeper(facts), mend)
    return Verdict(
        "why_status_unknown", Light.GREY, Part.SOURCE, Who.ADMIN, Mend.OPEN_RULES, _words(facts), watches=None
    )  # fmt: skip


def _of_person(facts: Facts) -> Verdict | None:
    """Judge what does not go on until a person has answered or mended."""
    account = facts.account
    if account is None:
        return _broken(facts, "why_account_missing", Part.SENT, Who.HERE, Mend.ORDER)
    if account.status == _PARKED and not account.settled:
        another = account.code == _OF_ANOTHER
        return _troubled(facts, account, "why_of_another" if another else "why_in_doubt", Who.HERE, Mend.SETTLE)
    if account.status == _BLOCKED and not account.settled:
        return _blocked(facts, account)
    return None


def _blocked(facts: Facts, account: AccountFacts) -> Verdict:
    code, who, mend = _stop_of(account)
    in_source = who is Who.HERE and mend is Mend.EDIT_DATA and facts.source is not None
    return _troubled(facts, account, code, Who.SOURCE if in_source else who, mend)


def _stop_of(account: AccountFacts) -> tuple[str, Who, Mend]:
    if account.code in _FIELD_CODES:
        return "why_field", Who.HERE, Mend.EDIT_DATA
    if account.code.startswith("constraint_"):
        return "why_platform_rule", Who.HERE, Mend.EDIT_DATA
    if account.code in _FAULTS:
        return "why_hub_fault", Who.ADMIN, Mend.TRY_NOW
    if account.kind == "unsupported" or account.code == "operation_unsupported":
        return "why_unsupported", Who.PLATFORM, Mend.TRY_NOW
    refused = account.kind == "rejected"
    return "why_refused" if refused else "why_blocked", Who.HERE, Mend.EDIT_DATA if refused else Mend.TRY_NOW


def _of_platform(facts: Facts) -> Verdict | None:
    """Judge what holds the whole platform; only who waits for it is concerned."""
    way, account = facts.way, facts.account
    if way is None or account is None or not facts.behind or account.leased:
        return None
    if not way.active:
        return _broken(facts, "why_way_inactive", Part.SENT, Who.ADMIN, Mend.OPEN_WAY)
    if way.observing:
        return _slow(facts, "why_observing", Part.SENT, Who.ADMIN, Mend.OBSERVING)
    if not way.hold:
        return None
    return _held(facts, way)


def _held(facts: Facts, way: WayFacts) -> Verdict:
    code = "why_way_silent" if way.silent else "why_way_paused"
    return Verdict(
        code, Light.AMBER if way.silent else Light.RED, Part.SENT, Who.HUB if way.silent else Who.ADMIN,
        Mend.NONE if way.silent else Mend.OPEN_WAY, _words(facts), again_at=_again_at(facts),
        trouble=(way.hold, way.hold_params), watches=_watches(facts),
    )  # fmt: skip


def _of_queue(facts: Facts) -> Verdict | None:
    """Judge what is on its way."""
    account = facts.account
    if account is None or not facts.behind:
        return None
    if account.leased:
        return _slow(facts, "why_being_sent", Part.SENT, Who.HUB)
    code, who, mend = _wait_of(facts, account)
    light = Light.RED if code == "why_capacity" else Light.AMBER
    return Verdict(
        code, light, Part.SENT, who, mend, _words(facts), since=account.at, again_at=_again_at(facts),
        trouble=_trouble(account), watches=_watches(facts),
    )  # fmt: skip


def _wait_of(facts: Facts, account: AccountFacts) -> tuple[str, Who, Mend]:
    if account.kind == "capacity":
        return "why_capacity", Who.PLATFORM, Mend.TRY_NOW
    if account.kind == "unknown":
        return "why_looking_up", Who.HUB, Mend.TRY_NOW
    if account.code:
        return "why_retrying", Who.HUB, Mend.TRY_NOW
    later = account.due_at is not None and account.due_at > facts.now
    return "why_queued_later" if later else "why_queued", Who.HUB, Mend.TRY_NOW if later else Mend.NONE


def _of_customer(facts: Facts) -> Verdict | None:
    account = facts.account
    if account is None or account.applied == ACTIVE:
        return None
    if account.applied != PENDING_USER and account.status != _WAITING_USER:
        return None
    return _slow(facts, "why_waits_customer", Part.THERE, Who.CUSTOMER, Mend.RESEND, since=account.applied_at)


def _of_reading(facts: Facts) -> Verdict | None:
    """Judge where the platform shows something else than what it accepted."""
    account = facts.account
    if account is None or not account.live:
        return None
    if account.run_id is not None:
        waits = account.run_waits
        return Verdict(
            "why_differs_staged" if waits else "why_differs_mending", Light.RED if waits else Light.AMBER,
            Part.THERE, Who.HERE if waits else Who.HUB, Mend.OPEN_RUN, _words(facts), watches=None,
        )  # fmt: skip
    if account.missing_since is not None:
        since = account.missing_since
        return _slow(facts, "why_missing_there", Part.THERE, Who.HERE, Mend.LOOK, since=since, watches=None)
    known = account.seen in (ACTIVE, SUSPENDED, ABSENT, PENDING_USER) and account.seen_at is not None
    later = account.seen_at is not None and account.seen_at == account.shown_at and account.shown_since_sent
    if known and later and account.seen != account.applied and account.applied == ACTIVE:
        return _broken(facts, "why_differs_there", Part.THERE, Who.HERE, Mend.RESEND, since=account.seen_at)
    return None


def _of_end(facts: Facts) -> Verdict | None:
    """All was done as wanted; or it was not, and nothing is on its way."""
    account = facts.account
    if account is None:
        return None
    if account.applied == ACTIVE:
        code = "why_fine" if account.shown_since_sent else "why_fine_unseen"
        return Verdict(
            code, Light.GREEN, Part.THERE, Who.CUSTOMER, _looks(facts), _words(facts), since=account.applied_at,
            watches=True,
        )  # fmt: skip
    if account.applied == UNKNOWN:
        return None
    return _broken(facts, "why_stuck", Part.SENT, Who.HERE, Mend.ORDER)


_JUDGES: tuple[Judge, ...] = (
    _of_package, _of_status, _of_person, _of_platform, _of_queue, _of_customer, _of_reading, _of_end,
)  # fmt: skip


def _words(facts: Facts, **more: Any) -> dict[str, Any]:
    account = facts.account
    known = {
        "status": facts.status, "shown_at": account.shown_at if account else None,
        "applied_at": account.applied_at if account else None, "source": facts.source.name if facts.source else "",
    }  # fmt: skip
    return {**facts.words, **known, **{name: value for name, value in more.items() if value is not None}}


def _broken(facts: Facts, code: str, part: Part, who: Who, mend: Mend = Mend.NONE, **more: Any) -> Verdict:
    since = more.pop("since", None)
    return Verdict(code, Light.RED, part, who, mend, _words(facts, **more), since=since)


def _slow(
    facts: Facts, code: str, part: Part, who: Who, mend: Mend = Mend.NONE, *, watches: bool | None = False, **more: Any
) -> Verdict:
    since = more.pop("since", None)
    seen = watches if watches is None else watches or _watches(facts)
    return Verdict(code, Light.AMBER, part, who, mend, _words(facts, **more), since=since, watches=seen)


def _troubled(facts: Facts, account: AccountFacts, code: str, who: Who, mend: Mend) -> Verdict:
    light = Light.AMBER if _watches(facts) else Light.RED
    return Verdict(
        code, light, Part.SENT, who, mend, _words(facts), since=account.at, trouble=_trouble(account),
        watches=None if account.status == _PARKED else _watches(facts),
    )  # fmt: skip


def _watches(facts: Facts) -> bool:
    """Tell whether what was last accepted lets the customer watch while the rest is on its way."""
    return facts.account is not None and facts.account.applied == ACTIVE


def _trouble(account: AccountFacts) -> tuple[str, Mapping[str, Any]] | None:
    return (account.code, account.params) if account.code else None


def _again_at(facts: Facts) -> datetime | None:
    """Return when it is tried next: not before the whole platform may be asked again."""
    account, way = facts.account, facts.way
    if account is None or account.due_at is None or (way is not None and way.hold and way.until is None):
        return None
    return max(account.due_at, way.until) if way is not None and way.until is not None else account.due_at


def _keeper(facts: Facts) -> Who:
    """Return who keeps the status."""
    return Who.SOURCE if facts.source is not None else Who.HERE


def _looks(facts: Facts) -> Mend:
    return Mend.LOOK if facts.way is not None and facts.way.finds and facts.account is not None else Mend.NONE
