"""What a reading of a source was like, what the comparison showed, and what was found wrong with it. Pure.

``decide/certificate.py`` judges; this is what it gets and what it says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

FULL, LIGHT, HINT, FILE = ("full", "light", "hint", "file")
# Said of a source that is new here, not of the reading: the next reading may well be measured by this one.
_STILL_A_BASE = frozenset({"first_reading", "status_words_unknown"})


class Effect(StrEnum):
    """What a finding forbids. ``NOTE``: nothing; ``NOTHING``: nothing at all may be applied."""

    NOTE = "note"
    NO_NEGATIVE = "no_negative"
    NO_CONTACT = "no_contact"
    NO_CREATE = "no_create"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Reading:
    """What was read.

    Attributes:
        mode: full, light, hint or file.
        complete: the source itself, or its paging, proved the end (light and hint: everybody asked about was answered).
        error_code: message code of what broke it off; empty = nothing did.
        rows: as the source counts them (customers, say); ``records`` as we do (services with their customer).
        distinct: different ids among the records; fewer than records = rows moved between pages, or stand twice.
        repeated_page: number of the first page that showed the same ids as an earlier one of this reading.
        first_total: rows that the source announced on its first page, ``last_total`` on its last; None = it does not.
        served_age_s: age of the oldest answer when it came (Date less Age against our clock); None = not said.
        clock_ahead_s: how far the source's own dates (of its answers, of its records) lie after our present; 0 = not.
        newest_registered: date of the newest record, ``newest_changed`` of the newest change; None = not said.
        highest_id: greatest service id where ids are numbers that grow; None = they are not.
        flawed: records that could not be understood, which are refused one by one anyway.
        same_first_page: its first page shows the same ids as that of the last pull.
    """

    mode: str
    complete: bool
    error_code: str = ""
    pages: int = 0
    rows: int = 0
    records: int = 0
    distinct: int = 0
    repeated_page: int | None = None
    first_total: int | None = None
    last_total: int | None = None
    served_age_s: float | None = None
    clock_ahead_s: float = 0.0
    newest_registered: datetime | None = None
    newest_changed: datetime | None = None
    highest_id: int | None = None
    flawed: int = 0
    same_first_page: bool = False

    @property
    def whole(self) -> bool:
        """It means to show everybody, so that it can be measured by the reading before."""
        return self.mode == FULL


@dataclass(frozen=True)
class Before:
    """The last whole reading that was good enough to measure by (``Certificate.base``).

    Attributes:
        statuses: status of ours -> services that had it; those with an unknown word are not in it.
    """

    rows: int
    records: int
    statuses: Mapping[str, int] = field(default_factory=dict)
    newest_registered: datetime | None = None
    newest_changed: datetime | None = None
    highest_id: int | None = None


@dataclass(frozen=True)
class Compared:
    """What the comparison with our own rows showed.

    Attributes:
        known: services linked to this source whose link is not missing already: whom the reading should show.
        matched: of them, those that it showed.
        new: records of services that are not linked yet (adopted ones are not new).
        absent: known less matched, in a whole reading.
        moved: new ones whose document belongs to a customer with an absent service: the same people under other ids.
        contacts_changed: field (name, document, email, phone) -> customers in whom it differs,
            both sides having a value.
        contacts_of: customers known here that the reading showed: the base of the shares.
        contacts_invalid: field -> records whose value cannot be one (placeholders are not counted).
        statuses: status of ours -> records that have it; ``unknown_words``: word -> records that have it, which keep
            the status that they have here.
        earlier_ends: days -> packages whose end would come so many days earlier; ``ends_of``: ends compared.
        judged: records that could be understood and are about somebody whom this hub sells to, all words mapped;
            ``refused``: of them, those that fit nobody here and were refused one by one.
        reowned: matched services that the source shows under another customer than they have here.
        contradicted: services of which a single look, fresher than this reading, said otherwise.
        live: services linked to this source that have not ended here; ``paying``: of them, those believed paying.
        negatives: records with a negative change; ``cancels``: of them, those that end or lose a package;
            ``stops``: of them, those that leave the paying statuses.
    """

    known: int = 0
    matched: int = 0
    new: int = 0
    absent: int = 0
    moved: int = 0
    contacts_changed: Mapping[str, int] = field(default_factory=dict)
    contacts_of: int = 0
    contacts_invalid: Mapping[str, int] = field(default_factory=dict)
    positives: int = 0
    negatives: int = 0
    cancels: int = 0
    stops: int = 0
    statuses: Mapping[str, int] = field(default_factory=dict)
    unknown_words: Mapping[str, int] = field(default_factory=dict)
    earlier_ends: Mapping[int, int] = field(default_factory=dict)
    ends_of: int = 0
    judged: int = 0
    refused: int = 0
    reowned: int = 0
    contradicted: int = 0
    live: int = 0
    paying: int = 0


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth a note. ``code`` is a key of ``webapp/messages``."""

    code: str
    effects: frozenset[Effect]
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """It keeps something back."""
        return bool(self.effects - {Effect.NOTE})


@dataclass(frozen=True)
class Certificate:
    """What a reading may be used for."""

    findings: tuple[Finding, ...] = ()

    def allows(self, effect: Effect) -> bool:
        """Tell whether what this effect forbids may be done: ``allows(Effect.NO_NEGATIVE)`` = negatives may go."""
        forbidden = {effect, Effect.NOTHING} - {Effect.NOTE}
        return not any(finding.effects & forbidden for finding in self.findings)

    @property
    def clean(self) -> bool:
        """Nothing is kept back."""
        return not any(finding.holds for finding in self.findings)

    @property
    def base(self) -> bool:
        """The next whole reading may be measured by this one."""
        return all(finding.code in _STILL_A_BASE for finding in self.findings if finding.holds)

    @property
    def causes(self) -> tuple[Finding, ...]:
        """The findings that keep something back, for alerts."""
        return tuple(finding for finding in self.findings if finding.holds)

    def plus(self, finding: Finding) -> "Certificate":
        """Return it with one more finding, as when a second look contradicts the reading."""
        return Certificate((*self.findings, finding))


def dump(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate as JSON."""
    return {
        "findings": [
            {"code": one.code, "effects": sorted(one.effects), "params": dict(one.params)}
            for one in certificate.findings
        ]
    }


def load(raw: Mapping[str, Any]) -> Certificate:
    """Return the certificate that ``dump`` wrote; other keys beside it are left alone."""
    return Certificate(
        tuple(
            Finding(one["code"], frozenset(map(Effect, one["effects"])), one["params"])
            for one in raw.get("findings", ())
        )
    )


def base_of(reading: Reading, compared: Compared) -> Before:
    """Return what the next reading is measured by."""
    return Before(
        reading.rows, reading.records, dict(compared.statuses),
        reading.newest_registered, reading.newest_changed, reading.highest_id,
    )  # fmt: skip


def dump_base(base: Before) -> dict[str, Any]:
    """Return a base as JSON."""
    return {
        "rows": base.rows,
        "records": base.records,
        "statuses": dict(base.statuses),
        "newest_registered": base.newest_registered and base.newest_registered.isoformat(),
        "newest_changed": base.newest_changed and base.newest_changed.isoformat(),
        "highest_id": base.highest_id,
    }


def load_base(raw: Mapping[str, Any]) -> Before:
    """Return the base that ``dump_base`` wrote."""
    registered, changed = raw["newest_registered"], raw["newest_changed"]
    return Before(
        raw["rows"], raw["records"], raw["statuses"],
        registered and datetime.fromisoformat(registered), changed and datetime.fromisoformat(changed),
        raw["highest_id"],
    )  # fmt: skip
