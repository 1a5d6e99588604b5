"""Signing in: the first proof, what is counted, what the history says.

Guessing is stopped without handing anybody the means to lock out an operator:

* A browser in which the operator signed in before carries a signed cookie and counts by itself: strangers cannot fill
  its count. So do passkeys, which cannot be guessed at all.
* All other browsers are strangers. Their wrong tries count by e-mail, by address, by both, and over the whole hub.
  While an e-mail is being guessed, its operator gets in from a known browser, by a passkey, or by a link of an
  administrator.
* An unknown e-mail is counted, hashed and answered just like a known one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_security import hash_password
from sqlalchemy import func, select, update

from webapp.extensions import db, security
from webapp.models import Event, Operator
from webapp.services import audit, guesses, passwords
from webapp.services.errors import Busy
from webapp.services.guesses import Limit, Refused, Taken
from webapp.services.metrics.process import SIGN_INS
from webapp.services.transactions import begin

# Of strangers. 100 in a day is what NIST SP 800-63B-4, 3.2.2, allows in all (read November 2026).
BY_ADDRESS = Limit("sign_in_address", 30, 300)
BY_PLACE = Limit("sign_in_place", 8, 300)
BY_EMAIL = Limit("sign_in_email", 10, 900)
BY_EMAIL_DAY = Limit("sign_in_email_day", 100, 86_400)
# One wrong try costs 65 ms of a processor: so many a minute are a tenth of one, however many addresses ask.
BY_HUB = Limit("sign_in_hub", 90, 60)
# Of one known browser and one operator.
BY_BROWSER = Limit("sign_in_browser", 10, 900)
BY_BROWSER_DAY = Limit("sign_in_browser_day", 50, 86_400)
# Of one signed-in session that is asked again who sits there.
BY_SESSION = Limit("prove", 10, 900)
BY_SESSION_DAY = Limit("prove_day", 50, 86_400)
# Codes of six digits, three of which are right at any moment: 40 a day make one in 8,000 days.
BY_CODE = Limit("second_factor", 8, 900)
BY_CODE_DAY = Limit("second_factor_day", 40, 86_400)
# Only counts: how often e-mails of nobody were tried.
UNKNOWN = Limit("sign_in_unknown", 10**9, 86_400)


@dataclass(frozen=True)
class Visitor:
    """Where a sign-in comes from.

    Attributes:
        address: as the proxies that the settings trust tell it; of IPv6 the network that one customer gets.
        browser: what the browser's signed cookie calls it; empty = it never signed anybody in.
        known: ids of the operators who signed in there before.
    """

    address: str
    browser: str = ""
    known: frozenset[int] = field(default_factory=frozenset)

    def lane_of(self, operator_id: int) -> str:
        """Return what tries for an operator are counted under; empty = with those of all strangers."""
        return self.browser if operator_id in self.known else ""


@dataclass(frozen=True)
class Answer:
    """What became of a try.

    Attributes:
        operator_id: whose it was; None = wrong, whatever was wrong about it.
        wait_s: the try was refused unseen, as will be all for so many seconds.
        proved: which of the operator's passwords it was, for ``is_current``: when it was set.
    """

    operator_id: int | None = None
    wait_s: int = 0
    proved: str = ""


@dataclass(frozen=True)
class _Claimed:
    """The operator whose e-mail was typed, as read before the password is looked at."""

    id: int
    email: str
    password: str
    active: bool
    set_at: str


def enter_by_password(email: str, password: str, visitor: Visitor) -> Answer:
    """Tell whose e-mail and password these are. Uses transactions of its own and leaves none open.

    Raises:
        Busy: too many are signing in at this moment; ask to try again in a few seconds.
    """
    typed = _normal_email(email)
    # Whoever carries no cookie is a stranger to everybody: refused, before the database is asked who that is.
    claimed = _find(typed) if visitor.known else None
    known = claimed is not None and claimed.id in visitor.known
    taken = guesses.take(_familiar(claimed.id, visitor) if claimed and known else _strange(typed, visitor))
    if isinstance(taken, Refused):
        SIGN_INS.labels("refused").inc()
        return Answer(wait_s=taken.wait_s)
    claimed = claimed or _find(typed)
    try:
        right, stronger = _look(password, claimed, known=known)
    except Busy:
        guesses.give_back(taken)
        raise
    if not right or claimed is None:
        SIGN_INS.labels("wrong").inc()
        _note_failure(claimed, taken, visitor)
        return Answer()
    guesses.give_back(taken)
    if stronger:
        _keep_hash(claimed, stronger)
    return Answer(claimed.id, proved=claimed.set_at)


def is_current(operator_id: int, proved: str) -> bool:
    """Tell whether the password that was proved is still the operator's; waits for who is changing it.

    Call it after the session was begun: then either this finds the new password, or the change ends the session.

    Args:
        proved: of ``Answer``; empty = no password was asked for.
    """
    begin(reads_only=False)
    row = db.session.execute(
        select(Operator.__table__.c.password_set_at).where(Operator.id == operator_id).with_for_update(read=True)
    ).one()
    db.session.rollback()
    return not proved or proved == _moment(row.password_set_at)


def prove_by_password(operator_id: int, session_id: int, password: str) -> Answer:
    """Tell whether this is the password of who is signed in; for a fresh sign-in.

    Raises:
        Busy: see ``enter_by_password``.
    """
    taken = guesses.take([guesses.place(limit, str(session_id)) for limit in (BY_SESSION, BY_SESSION_DAY)])
    if isinstance(taken, Refused):
        return Answer(wait_s=taken.wait_s)
    begin(reads_only=True)
    row: Any = db.session.execute(select(Operator.email, Operator.password).where(Operator.id == operator_id)).one()
    db.session.rollback()
    with passwords.hashing(known=True):
        right = passwords.is_right(password, row.password)
    if not right:
        _note_wrong(operator_id, row.email, taken, {})
        return Answer()
    guesses.give_back(taken)
    return Answer(operator_id)


def take_code_try(operator_id: int, lane: str) -> Taken | Refused:
    """Count a try of a second factor before it is looked at.

    Args:
        lane: a known browser's (``Visitor.lane_of``) or a session's own count, which nobody else can fill.
    """
    return guesses.take([guesses.place(limit, str(operator_id), lane) for limit in (BY_CODE, BY_CODE_DAY)])


def note_code_failure(operator_id: int, taken: Taken, visitor: Visitor) -> None:
    """Write a wrong second factor into the history, the first of each window only."""
    SIGN_INS.labels("wrong_code").inc()
    if taken.counts[0] > 1:
        return
    begin(reads_only=False)
    email = db.session.scalar(select(Operator.email).where(Operator.id == operator_id)) or ""
    _record("sign_in.code_failed", operator_id, email, {"address": visitor.address})
    db.session.commit()


def note_entry(operator_id: int, ways: list[str], visitor: Visitor) -> bool:
    """Write a sign-in into the history, and commit.

    Returns:
        Whether the operator should be told: the browser is not known, and it is not the first sign-in of all.
    """
    begin(reads_only=False)
    before = select(Event.id).where(Event.object_type == "operator", Event.object_id == operator_id)
    first = db.session.scalar(before.where(Event.action == "sign_in.done").limit(1)) is None
    email = db.session.scalar(select(Operator.email).where(Operator.id == operator_id)) or ""
    new = operator_id not in visitor.known and not first
    SIGN_INS.labels("done").inc()
    said = {"sign_in_ways": sorted(ways), "address": visitor.address, "new_browser": new}
    with audit.acting_as(email):
        _record("sign_in.done", operator_id, email, said)
    db.session.commit()
    return new


def email_keys(email: str) -> tuple[tuple[Limit, str], ...]:
    """Return under which keys wrong tries of strangers for an e-mail are counted; for who watches them."""
    return tuple((limit, guesses.key_hash(limit.name, _normal_email(email))) for limit in (BY_EMAIL, BY_EMAIL_DAY))


def _normal_email(text: str) -> str:
    """One key for all spellings that lead to the same operator; else each spelling had tries of its own."""
    try:
        return str(security.mail_util.normalize(text.strip()[:320])).lower()
    except ValueError:
        return text.strip()[:320].lower()


def _find(typed: str) -> _Claimed | None:
    begin(reads_only=True)
    row: Any = db.session.scalar(select(Operator).where(func.lower(Operator.email) == typed))
    found = _claimed(row) if row is not None else None
    db.session.rollback()
    return found


def _claimed(row: Any) -> _Claimed:
    return _Claimed(row.id, row.email, row.password or "", bool(row.active), _moment(row.password_set_at))


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment is not None else "-"


def _familiar(operator_id: int, visitor: Visitor) -> list[guesses.Place]:
    return [guesses.place(limit, visitor.browser, str(operator_id)) for limit in (BY_BROWSER, BY_BROWSER_DAY)]


def _strange(typed: str, visitor: Visitor) -> list[guesses.Place]:
    return [
        guesses.place(BY_EMAIL, typed), guesses.place(BY_EMAIL_DAY, typed), guesses.place(BY_ADDRESS, visitor.address),
        guesses.place(BY_PLACE, visitor.address, typed), guesses.place(BY_HUB, ""),
    ]  # fmt: skip


def _look(password: str, claimed: _Claimed | None, *, known: bool) -> tuple[bool, str]:
    """Return whether the password is right, and a new hash when that which is kept was made with other costs."""
    kept = claimed.password if claimed is not None and claimed.active else ""
    with passwords.hashing(known=known):
        right = passwords.is_right(password, kept)
        outdated = right and passwords.is_outdated(kept)
        return right, hash_password(passwords.normal(password)) if outdated else ""


def _keep_hash(claimed: _Claimed, stronger: str) -> None:
    """Keep a hash with the costs of now, unless the password was changed meanwhile."""
    begin(reads_only=False)
    same = update(Operator).where(Operator.id == claimed.id, Operator.password == claimed.password)
    db.session.execute(same.values(password=stronger), execution_options={"synchronize_session": False})
    db.session.commit()


def _note_failure(claimed: _Claimed | None, taken: Taken, visitor: Visitor) -> None:
    """Write wrong passwords into the history: the first of a window, and that after which none is looked at."""
    if claimed is not None:
        _note_wrong(claimed.id, claimed.email, taken, {"address": visitor.address})
    elif _is_worth_a_line(taken):
        _note_unknown(visitor)


def _note_wrong(operator_id: int, email: str, taken: Taken, said: dict[str, Any]) -> None:
    if not _is_worth_a_line(taken):
        return
    begin(reads_only=False)
    limit, count = taken.places[0].limit, taken.counts[0]
    action = "sign_in.blocked" if count == limit.times else "sign_in.failed"
    _record(action, operator_id, email, {**said, "tries": count})
    db.session.commit()


def _is_worth_a_line(taken: Taken) -> bool:
    return taken.counts[0] in (1, taken.places[0].limit.times)


def _note_unknown(visitor: Visitor) -> None:
    """Write that e-mails of nobody are tried: after 1, 10, 100 ... of them in a day, and as dear as for a known one.

    What was typed is not kept: it may be a password.
    """
    counted = guesses.take([guesses.place(UNKNOWN, "")])
    if isinstance(counted, Refused) or not guesses.is_tenfold(counted.counts[0]):
        return
    begin(reads_only=False)
    audit.record("sign_in.unknown", "operator", None, after={"address": visitor.address, "tries": counted.counts[0]})
    db.session.commit()


def _record(action: str, operator_id: int, email: str, said: dict[str, Any]) -> None:
    audit.record(action, "operator", operator_id, email, after=said)
