"""What can be wrong with a reading of a platform: one rule for each cause. Pure.

Every rule answers with a finding, or None. The figures in a finding are what its message shows.
"""

from collections.abc import Callable

from webapp.decide.snapshot_facts import Effect, Finding, Snapshot, SnapshotBefore

Rule = Callable[[Snapshot, SnapshotBefore | None], Finding | None]
NOTHING = frozenset({Effect.ANYTHING})
# Who is absent may only not have been shown, and whoever is to lose content waits for a better reading.
HOLD = frozenset({Effect.MISSING, Effect.NEGATIVE})
ACTIVE, SUSPENDED, PENDING_USER, UNKNOWN = "active", "suspended", "pending_user", "unknown"
# A platform does not lose a tenth of its accounts between two readings; a handful of a few is no alarm.
FEWER_BELOW = 0.90
FEWER_FROM = 5
# Where no reading stands before this one: half of what we believe is there. In a small base that is an odd evening.
FEW_BELOW = 0.50
FEW_FROM = 20
# Accounts of nobody here, and ours not among them: the address or the token of another provider. One account of ours
# that somebody deleted, on a platform full of others, is none.
STRANGERS_FROM = 20
STRANGERS_ABOVE = 0.20
MATCHED_BELOW = 0.50
EXPECTED_FROM = 5
# All in one state that neither we nor the reading before know of: a word that changed its meaning, or a filter.
ONE_STATE_FROM = 20
ONE_STATE_ABOVE = 0.98
ONE_STATE_BEFORE = 0.80
CONTRADICTING_ABOVE = 0.20
# Ids, references and log-ins that point at different people: the platform numbered anew, or mixed its records.
CLASHES_FROM = 5
CLASHES_ABOVE = 0.05
# A word or two that nobody mapped is an odd account; one in five is a changed platform.
UNREADABLE_FROM = 5
UNREADABLE_ABOVE = 0.20
# What its first page showed a day ago is true no more.
LONGEST_S = 86_400.0
# What a person accepted may grow by so much before it is asked about anew.
MORE_ABOVE = 1.10


def incomplete(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """The end was not proved: whoever is missing may stand on a page that was not read."""
    if not now.complete:
        return Finding(now.reason or "listing_incomplete", NOTHING, dict(now.reason_params))
    counted = now.stated_total is None or now.stated_total == now.listed
    return None if counted else Finding("listing_count_differs", NOTHING)


def empty(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Nobody at all, although accounts are expected."""
    if not now.complete or now.listed or not now.expected:
        return None
    return Finding("listing_empty", NOTHING, {"expected": now.expected})


def strangers(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Others, and not ours: nothing of it may be laid beside our accounts, not even what looks good."""
    many = now.strangers > max(STRANGERS_FROM, now.listed * STRANGERS_ABOVE)
    if not many or now.expected < EXPECTED_FROM or now.matched >= now.expected * MATCHED_BELOW:
        return None
    params = {"strangers": now.strangers, "matched": now.matched, "expected": now.expected}
    return Finding("snapshot_strangers", NOTHING, params)


def fewer(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Clearly fewer than the last time. What we ended ourselves since then is not missed."""
    if before is None or not now.complete or not now.listed:
        return None
    due = before.listed - max(0, before.expected - now.expected)
    if now.listed >= due * FEWER_BELOW or due - now.listed < FEWER_FROM:
        return None
    return Finding("snapshot_fewer", HOLD, {"now": now.listed, "last": due, "missing": due - now.listed})


def few(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Half of what we believe is there is not shown, and no reading stands before this one to say what is usual."""
    if before is not None and "snapshot_few" not in before.accepted:
        return None
    if now.expected < FEW_FROM or now.matched >= now.expected * FEW_BELOW or not now.listed:
        return None
    return Finding("snapshot_few", HOLD, {"matched": now.matched, "expected": now.expected})


def one_state(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """All in one state, which many of them have neither with us nor in the last reading.

    Enabling whoever shall be active goes on: it does no harm where the word was not true. That all of them wait for
    their users is not taken over either, since nobody would be enabled any more.
    """
    many = now.matched >= ONE_STATE_FROM and now.contradicting > now.compared * CONTRADICTING_ABOVE
    if not many or not now.states:
        return None
    state = max(sorted(now.states), key=lambda each: now.states[each])
    count, last = now.states[state], sum(before.states.values()) if before is not None else 0
    was = before.states.get(state, 0) if before is not None else 0
    if count < now.matched * ONE_STATE_ABOVE or (last and was >= last * ONE_STATE_BEFORE):
        return None
    effects = HOLD | {Effect.BELIEF} if state == PENDING_USER else HOLD
    return Finding("snapshot_one_state", effects, {"state": state, "count": count, "was": was, "last": last})


def clashing(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Many that carry one account's id and another's reference or log-in."""
    if now.clashes <= max(CLASHES_FROM, now.matched * CLASHES_ABOVE):
        return None
    return Finding("snapshot_clashes", HOLD, {"count": now.clashes, "of": now.matched})


def unreadable(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """Many in a state that cannot be read: the others may be misread, too."""
    count = now.states.get(UNKNOWN, 0)
    if count <= max(UNREADABLE_FROM, now.matched * UNREADABLE_ABOVE):
        return None
    return Finding("snapshot_unreadable", HOLD | {Effect.BELIEF}, {"count": count, "of": now.matched})


def slow(now: Snapshot, before: SnapshotBefore | None) -> Finding | None:
    """It took so long that its beginning is old."""
    if now.took_s <= LONGEST_S:
        return None
    return Finding("snapshot_slow", HOLD, {"hours": round(now.took_s / 3600, 1)})


# Nothing was read that the others could be asked of.
UNREAD: tuple[Rule, ...] = (incomplete, empty)
RULES: tuple[Rule, ...] = (strangers, fewer, few, one_state, clashing, unreadable, slow)


def no_worse(now: Snapshot, before: SnapshotBefore) -> bool:
    """Tell whether a reading is still what a person accepted."""
    return (
        now.matched >= before.matched * FEWER_BELOW
        and now.strangers <= before.strangers * MORE_ABOVE + STRANGERS_FROM
        and now.clashes <= before.clashes * MORE_ABOVE
    )
