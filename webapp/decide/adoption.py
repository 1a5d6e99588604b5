"""What a hub takes over from a platform after a restore, and what would follow from it. Pure.

What we believe is old, what the platform shows counts: who is there is ours as shown, whatever we remember of
calls under way. Absence counts only in a complete listing. What would be taken away is left to a person.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from webapp.decide.outcome import adopted, merged_ids, not_found
from webapp.decide.policy import Content
from webapp.decide.state import ABSENT, ACCOUNT_UNIT, ACTIVE, LIVE, PENDING_USER, SUSPENDED, UNKNOWN, UnitState
from webapp.gateways.contract import Observed, Operation, RemoteState, Traits

CREATE, ENABLE, SUSPEND, CANCEL, NOTE, REPORT = "create", "enable", "suspend", "cancel", "note", "report"
TAKING = frozenset({SUSPEND, CANCEL})
# What an account's line is named by, where its rights need different things.
_WORST = (CANCEL, SUSPEND, CREATE, ENABLE, NOTE)
_BOTH = frozenset({RemoteState.ACTIVE, RemoteState.SUSPENDED})


@dataclass(frozen=True)
class Ours:
    """One account as it stands in the restored database, and what it shall be.

    Attributes:
        wanted: unit key -> content that rows ask for now.
        units: unit key -> what we believe; a unit that was never touched may be absent from it.
    """

    account_id: int
    reference: str
    login: str
    document: str
    remote_ids: Mapping[str, str]
    wanted: Mapping[str, str]
    units: Mapping[str, UnitState]

    def unit(self, key: str) -> UnitState:
        """Return what we believe of a unit."""
        return self.units.get(key, UnitState())

    @property
    def keys(self) -> list[str]:
        """All units, wanted or remembered."""
        return sorted(self.wanted.keys() | self.units.keys())


@dataclass(frozen=True)
class Shown:
    """What a platform showed of one account of ours.

    Attributes:
        units: unit key -> what was shown of it.
        unclear: something is there, and it cannot be told which right it is.
    """

    account: Observed
    units: Mapping[str, Observed]
    unclear: bool = False


@dataclass(frozen=True)
class Taking:
    """What is taken over for one account.

    Attributes:
        action: what follows from it: create, enable, suspend, cancel; note = only our belief changes.
        state: what the platform shows; ``after``: what shall be.
        units, remote_ids, login: the belief from now on.
        floor: what must stay until a person let it go: active, suspended; empty = nothing would be taken away.
        ask: whether it exists must be told by a person.
    """

    account_id: int
    action: str
    state: str
    after: str
    units: Mapping[str, UnitState]
    remote_ids: Mapping[str, str]
    login: str
    floor: str = ""
    ask: bool = False


@dataclass
class Finder:
    """Finds whose an observed account is. An account that contradicts itself is nobody's, and told of.

    Attributes:
        strangers: accounts of nobody here; ``clashes``: those that could be of two, with both ids.
    """

    ours: Mapping[int, Ours]
    our_marks: frozenset[str]
    strangers: int = 0
    clashes: list[tuple[str, int | None]] = field(default_factory=list)
    doubles: list[tuple[str, int]] = field(default_factory=list)
    shown: dict[int, Observed] = field(default_factory=dict)
    rights: dict[int, list[Observed]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ids = dict(_pairs(self.ours.values()))
        self._references = {one.reference: one.account_id for one in self.ours.values()}
        self._logins: dict[str, list[int]] = {}
        for one in self.ours.values():
            if one.login:
                self._logins.setdefault(one.login.lower(), []).append(one.account_id)

    def take(self, one: Observed) -> None:
        """Take in one account as the listing shows it."""
        if one.state is RemoteState.ABSENT:
            return
        account_id, clash = self._find(one)
        if clash:
            self.clashes.append((one.login, account_id))
        elif account_id is None:
            self.strangers += 1
        else:
            self._keep(account_id, one)

    def _keep(self, account_id: int, one: Observed) -> None:
        by_right = ACCOUNT_UNIT not in self.ours[account_id].keys
        if account_id in self.shown and not by_right:
            self.doubles.append((one.login, account_id))
            return
        self.shown.setdefault(account_id, one)
        if by_right:
            self.rights.setdefault(account_id, []).append(one)

    def _find(self, one: Observed) -> tuple[int | None, bool]:
        named = {self._ids[pair] for pair in one.remote_ids.items() if pair in self._ids}
        if one.reference in self._references:
            named.add(self._references[one.reference])
        if len(named) > 1:
            return min(named), True
        if named:
            account_id = named.pop()
            return account_id, not _same_person(one, self.ours[account_id])
        return self._by_login(one)

    def _by_login(self, one: Observed) -> tuple[int | None, bool]:
        """Find by log-in: also an account of ours of the lost time, whose number is another one now."""
        candidates = self._logins.get(one.login.lower(), []) if one.login else []
        same = [account_id for account_id in candidates if _same_person(one, self.ours[account_id])]
        if not candidates:
            return None, False
        of_another = bool(one.reference) and not self._is_ours(one.reference)
        if of_another or len(same) != 1:
            return candidates[0], True
        return same[0], False

    def _is_ours(self, reference: str) -> bool:
        return reference.rpartition("-")[0].rpartition("-")[2] in self.our_marks


def shown_of(ours: Ours, finder: Finder) -> Shown | None:
    """Return what was shown of an account, by its units; None = nothing."""
    one = finder.shown.get(ours.account_id)
    if one is None:
        return None
    if ACCOUNT_UNIT in ours.keys:
        return Shown(one, {ACCOUNT_UNIT: one})
    units: dict[str, Observed] = {}
    unclear = False
    for each in finder.rights[ours.account_id]:
        found = _rights_of(ours, each)
        unclear = unclear or found is None
        units |= dict.fromkeys(found or (), each)
    return Shown(one, units, unclear)


def take_over(ours: Ours, shown: Shown | None, traits: Traits, covers: frozenset[RemoteState] | None) -> Taking | None:
    """Return what is taken over for an account; None = it is as we believe, and nothing follows.

    Args:
        covers: states that a complete listing shows; None = there is no listing.
    """
    units = {key: _unit(ours, key, shown, covers, traits) for key in ours.keys}
    asked = {key for key in ours.wanted if _must_ask(ours.wanted[key], units[key], traits, covers)}
    units = {key: unit.with_(exists=True) if key in asked else unit for key, unit in units.items()}
    actions = {follows(Content(ours.wanted.get(key, Content.ABSENT)), unit.state) for key, unit in units.items()}
    unchanged = all(units[key] == ours.unit(key) for key in ours.keys)
    if unchanged and actions <= {""}:
        return None
    action = next((name for name in _WORST if name in actions), NOTE)
    remote_ids, login = ours.remote_ids, ours.login
    if shown is not None:
        rest = {name: value for name, value in shown.account.remote_ids.items() if name not in traits.unit_ids}
        remote_ids, login = merged_ids(ours.remote_ids, rest), shown.account.login or ours.login
    return Taking(
        ours.account_id, action, _whole(units.values()), _wanted(ours), units, remote_ids, login,
        floor_of(ours.wanted, units), bool(asked),
    )  # fmt: skip


def follows(wanted: Content, state: str) -> str:
    """Return what would be done with a unit in this state; empty = nothing."""
    if wanted is Content.KEEP:
        return ""
    if state not in LIVE:
        return CREATE if wanted is Content.ACTIVE else ""
    if wanted is Content.ABSENT:
        return CANCEL
    if wanted is Content.SUSPENDED:
        return "" if state == SUSPENDED else SUSPEND
    return "" if state in (ACTIVE, PENDING_USER) else ENABLE


def floor_of(wanted: Mapping[str, str], units: Mapping[str, UnitState]) -> str:
    """Return what must stay until a person let it go; empty = rows would take nothing away."""
    lost = {
        unit.state for key, unit in units.items()
        if follows(Content(wanted.get(key, Content.ABSENT)), unit.state) in TAKING
    }  # fmt: skip
    if lost & {ACTIVE, PENDING_USER, UNKNOWN}:
        return ACTIVE
    return SUSPENDED if lost else ""


def _unit(
    ours: Ours, key: str, shown: Shown | None, covers: frozenset[RemoteState] | None, traits: Traits
) -> UnitState:
    have, found = ours.unit(key), shown.units.get(key) if shown is not None else None
    if found is not None:
        return _as_shown(have, found, traits)
    if shown is not None and shown.unclear:
        return _in_doubt(have)
    if covers is None or not _tells(have, covers):
        return _in_doubt(have)
    gone = not_found(have, same_key=False).with_(progress=None, progress_payload="")
    return gone.with_(payload="", remote_ids={}) if have.live else gone


def _as_shown(have: UnitState, found: Observed, traits: Traits) -> UnitState:
    """Return the unit as shown; what agrees with our belief keeps what we know of its data."""
    taken = adopted(have, found)
    if found.state is RemoteState.UNKNOWN and have.live:
        taken = taken.with_(state=have.state)
    if taken.state == have.state and have.intent is None:
        taken = taken.with_(payload=have.payload)
    own = {name: value for name, value in found.remote_ids.items() if name in traits.unit_ids}
    return taken.with_(remote_ids=merged_ids(have.remote_ids, own)) if own else taken


def _in_doubt(have: UnitState) -> UnitState:
    """Return the unit of which nothing was seen: a create that was planned may have been done in the lost time."""
    if have.intent is None or have.intent.doubt or have.intent.operation != Operation.CREATE:
        return have
    return have.with_(intent=replace(have.intent, doubt=True))


def _tells(have: UnitState, covers: frozenset[RemoteState]) -> bool:
    """Tell whether a complete listing that does not show a unit says that it is not there."""
    return covers >= _BOTH or (have.state == ACTIVE and RemoteState.ACTIVE in covers)


def _must_ask(wanted: str, unit: UnitState, traits: Traits, covers: frozenset[RemoteState] | None) -> bool:
    """Tell whether only a person knows if it was made in the lost time; a repeat would make it twice."""
    if wanted != Content.ACTIVE or unit.maybe_there or traits.repeatable_create or traits.can(Operation.FIND):
        return False
    return covers is None or not covers >= _BOTH


def _rights_of(ours: Ours, one: Observed) -> list[str] | None:
    """Return the rights that an observed one is; None = it cannot be told."""
    own = [key for key, unit in ours.units.items() if set(unit.remote_ids.items()) & set(one.remote_ids.items())]
    if own:
        return own
    if one.products is None:
        return ours.keys if len(ours.keys) == 1 else None
    return [key for code in one.products for key in _right(ours, code)]


def _right(ours: Ours, code: str) -> list[str]:
    """Return the right of a product: a live one before one that is wanted, the latest sale last."""
    keys = [key for key in ours.keys if key.partition(":")[2] == code]
    live = [key for key in keys if ours.unit(key).live]
    wanted = [key for key in keys if ours.wanted.get(key) in (Content.ACTIVE, Content.SUSPENDED)]
    return (live or wanted or keys)[-1:]


def _same_person(one: Observed, ours: Ours) -> bool:
    return not (one.document and ours.document and one.document != ours.document)


def _whole(units: Iterable[UnitState]) -> str:
    states = {unit.state for unit in units}
    return next((state for state in (ACTIVE, PENDING_USER, SUSPENDED, UNKNOWN) if state in states), ABSENT)


def _wanted(ours: Ours) -> str:
    contents = set(ours.wanted.values())
    order = (Content.ACTIVE, Content.KEEP, Content.SUSPENDED)
    return str(next((content for content in order if content in contents), Content.ABSENT))


def _pairs(ours: Iterable[Ours]) -> Iterator[tuple[tuple[str, str], int]]:
    for one in ours:
        for pair in one.remote_ids.items():
            yield pair, one.account_id
        for unit in one.units.values():
            for pair in unit.remote_ids.items():
                yield pair, one.account_id
