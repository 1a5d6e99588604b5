"""What a source declares and does: the one contract between the hub and any ERP or spreadsheet.

A source is stateless and shared by threads; everything that belongs to one configured source comes in as a
``SourceConnection``. It raises only from ``gateways/errors.py``, reads and never writes there, and keeps only
the fields below: what else an ERP sends is dropped before anybody sees it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from webapp.gateways.contract import CallbackRequest, CheckStep, ParamSpec, Secret, TokenStore

if TYPE_CHECKING:
    from webapp.gateways.http import HttpClient

__all__ = [
    "CallbackRequest", "Changes", "CheckStep", "CustomerRecord", "Named", "PackageRecord", "ParamSpec", "Record",
    "RecordProblem", "SourceAbility", "ReadPage", "Secret", "ServiceRecord", "ServiceRef", "Source",
    "SourceConnection", "SourceLimits", "SourceTraits",
]  # fmt: skip


class SourceAbility(StrEnum):
    """What a source can do; a missing one is declared, never a silent nothing."""

    CHECK = "check"
    STATUSES = "statuses"
    FULL = "full"
    CHANGES = "changes"
    FIND = "find"
    HINT = "hint"


@dataclass(frozen=True)
class Named:
    """A word or id of the source, and its text for people."""

    external: str
    label: str = ""


@dataclass(frozen=True)
class CustomerRecord:
    """A person or company as the source has it; empty = unknown there, which never erases what we have."""

    code: str
    name: str
    document: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True)
class PackageRecord:
    """A package on a service as the source has it. ``package.external`` is its code there, else its id."""

    package: Named
    value: Decimal | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    active: bool = True


@dataclass(frozen=True)
class ServiceRecord:
    """One contracted plan.

    Attributes:
        code: the source's own id of the service, as text.
        status: as the source says it; empty ``external`` = the source did not say, which is unknown.
        password: None where it is not wanted or not there.
        city: where it is installed; empty where the source does not say, which never erases what a person typed.
        packages: None = this reading says nothing about packages.
    """

    code: str
    plan: Named
    status: Named
    login: str = ""
    password: Secret | None = None
    address: str = ""
    city: str = ""
    value: Decimal | None = None
    due_day: int | None = None
    sold_on: date | None = None
    packages: tuple[PackageRecord, ...] | None = None


@dataclass(frozen=True)
class RecordProblem:
    """Something in a record that could not be understood; ``value`` never holds a password."""

    field: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    value: str = ""


@dataclass(frozen=True)
class Record:
    """One service with its customer; without ``service`` it is about the customer alone.

    Attributes:
        changed_at: when it last changed there, where the source says so.
        registered_at: when it was made there, where the source says so.
        place: where it stood, for people: ``row 12``, ``page 3``.
        problems: a record with problems is shown and not applied.
    """

    customer: CustomerRecord
    service: ServiceRecord | None = None
    changed_at: datetime | None = None
    registered_at: datetime | None = None
    place: str = ""
    problems: tuple[RecordProblem, ...] = ()


@dataclass(frozen=True)
class ReadPage:
    """One page of a whole reading.

    Attributes:
        number: counts from 0.
        digest: of the ids on it; an equal one again means that the source goes round in a circle.
        rows: how many rows the source sent on it (customers, say), which may differ from ``records``.
        total: how many rows the source says there are in all; None = it does not say.
        last: the source says, or its paging proves, that nothing comes after it.
        served_at: when the source's server made the answer (Date less Age), where it says so.
    """

    records: tuple[Record, ...]
    number: int
    digest: str
    rows: int
    total: int | None = None
    last: bool = False
    served_at: datetime | None = None


@dataclass(frozen=True)
class ServiceRef:
    """Names one service, or all services of one customer, so that they can be looked at again."""

    service_code: str = ""
    customer_code: str = ""
    document: str = ""


@dataclass(frozen=True)
class Changes:
    """What changed lately.

    Attributes:
        refs: to be looked at again.
        not_paying: codes of all services that are suspended there now; None = it cannot tell.
            Who is believed suspended and is not in it has probably paid, and the other way round.
        cursor: where the next look begins; never later than the present.
    """

    refs: tuple[ServiceRef, ...]
    cursor: str
    not_paying: frozenset[str] | None = None


@dataclass(frozen=True)
class SourceLimits:
    """How politely it is read.

    Attributes:
        page_size: rows of a page; ``pace_s`` seconds between two calls.
        full_per_day: whole readings that the schedule may begin in 24 hours.
        light_every_s: advised seconds between looks at recent changes; None = it cannot.
    """

    page_size: int = 500
    pace_s: float = 0.5
    full_per_day: int = 4
    light_every_s: int | None = None
    connect_timeout_s: float = 5.0
    total_timeout_s: float = 60.0
    max_body_bytes: int = 32_000_000


@dataclass(frozen=True)
class SourceTraits:
    """What a kind of source is.

    Attributes:
        help: one English sentence (a msgid) for the choice of kinds.
        statuses: word of the source -> status of ours (``decide.policy.STATUSES``), the default mapping.
        undecided: words that are policy: the administrator must choose (IXC's N, say).
        lists_ended: False where services that ended vanish from a whole reading. Absence proves nothing anyway.
        published: how surely its API is known: published, observed or assumed; as recipes say it.
    """

    key: str
    label: str
    help: str
    params: tuple[ParamSpec, ...] = ()
    abilities: frozenset[SourceAbility] = frozenset()
    statuses: Mapping[str, str] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
    limits: SourceLimits = SourceLimits()
    lists_ended: bool = True
    published: str = "published"

    def can(self, ability: SourceAbility) -> bool:
        """Tell whether it can do this."""
        return ability in self.abilities


@dataclass
class SourceConnection:
    """One configured source.

    Attributes:
        params: declared params; secrets among them are ``Secret``.
        now: the present in UTC; a source never reads the clock itself.
        timezone: in which the source's dates and times are meant.
        keeps_passwords: False = a password in an answer is dropped where it is read.
        hook_secret: what an inbound message must be signed with or carry; empty = the address alone is the secret.
    """

    source_id: int
    params: Mapping[str, str]
    http: "HttpClient"
    now: Callable[[], datetime]
    sleep: Callable[[float], object]
    timezone: ZoneInfo
    tokens: TokenStore | None = None
    keeps_passwords: bool = False
    hook_secret: str = ""
    cache: dict[str, Any] = field(default_factory=dict)


class Source(Protocol):
    """A kind of ERP. Must: raise only ``GatewayError``; call only through ``connection.http``; send nothing
    that changes anything there; mask. Must not: keep fields that the contract has not.
    """

    traits: SourceTraits

    def check(self, connection: SourceConnection) -> list[CheckStep]:
        """Try address and credentials without changing anything; never raises."""

    def statuses(self, connection: SourceConnection) -> tuple[Named, ...]:
        """Return the status words of this ERP, where it can list them."""

    def read(self, connection: SourceConnection) -> Iterator[ReadPage]:
        """Read everything, page by page, at the pace of ``limits``; the page with ``last`` proves the end.

        Raises:
            GatewayError: the reading is over and not whole; what was read is good for positive changes only.
        """

    def read_changes(self, connection: SourceConnection, cursor: str) -> Changes:
        """Return what changed since the cursor; an empty one means lately."""

    def find(
        self, connection: SourceConnection, refs: Sequence[ServiceRef]
    ) -> Iterator[tuple[ServiceRef, list[Record]]]:
        """Look at these again, one by one, at the pace of ``limits``; an empty list = there is none.

        Raises:
            GatewayError: those not yielded are unknown.
        """

    def read_hint(
        self, connection: SourceConnection, request: CallbackRequest, body: bytes
    ) -> tuple[ServiceRef, ...] | None:
        """Return whom a message is about; None when it is not admitted (signature, shape).

        Args:
            body: the bytes as they came, over which a signature stands.
        """
