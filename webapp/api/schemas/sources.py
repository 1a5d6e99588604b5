"""Sources of subscribers, what their words mean here, their pulls, and alerts."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.api.schemas.integrations import StepOut
from webapp.services.inputs import NO_NUL, Input, ShortText, SourceInput

PullMode = Literal["full", "light", "hint", "file"]
PullStatus = Literal["reading", "ready", "applying", "done", "staged", "held", "refused", "failed", "stopped"]
Direction = Literal["positive", "neutral", "negative"]
ItemOutcome = Literal["planned", "applied", "held", "staged", "refused", "skipped"]
WordKind = Literal["status", "plan", "package"]

KIND: dict[str, Any] = {
    "key": "hubsoft",
    "label": "HubSoft",
    "published": "published",
    "abilities": ["changes", "check", "find", "full"],
    "params": [
        {"name": "password", "label": "Password", "kind": "secret", "required": True, "secret": True, "choices": []}
    ],
    "statuses": {"servico_habilitado": "servico_habilitado"},
}
SOURCE_IN = {
    "kind": "hubsoft",
    "description": "ERP",
    "active": True,
    "precedence": 1,
    "code_prefix": "",
    "full_interval_s": 28800,
    "light_interval_s": 60,
    "params": {"url": "https://erp.example.com", "username": "hub", "password": "s3cret"},
}
SOURCE = {
    **SOURCE_IN,
    "id": 2,
    "params": {"url": "https://erp.example.com", "username": "hub", "password": None},
    "secret_params_set": ["password"],
    "hook_url": None,
    "paused": None,
    "created_at": AT,
}
WORD = {
    "kind": "status",
    "external": "bloqueado",
    "label": "Bloqueado",
    "target": "suspenso_debito",
    "confirmed": True,
    "suggestion": None,
    "seen_count": 12,
    "seen_at": AT,
}
PULL: dict[str, Any] = {
    "id": 101,
    "source_id": 2,
    "mode": "full",
    "dry_run": False,
    "trigger": "api",
    "status": "staged",
    "started_at": AT,
    "finished_at": AT,
    "records": 10000,
    "total": 10000,
    "applied": 10000,
    "counts": {"created": 3, "updated": 12, "unchanged": 9985, "staged": 40},
    "findings": [{"code": "pull_staged", "cause": "40 services would be suspended.", "remedy": "...", "effects": []}],
    "checksum": "c0ffee",
    "error": None,
    "file_name": "",
    "requested_by": "token:erp",
    "approved_by": "",
    "approved_at": None,
}
PULL_ITEM: dict[str, Any] = {
    "id": 201,
    "position": 17,
    "customer_code": "1234",
    "service_code": "17711",
    "name": "Maria da Silva",
    "direction": "negative",
    "outcome": "staged",
    "changes": [
        {"what": "status", "field": "status", "before": "servico_habilitado", "after": "suspenso_debito"},
    ],
    "problems": [],
}
ALERT: dict[str, Any] = {
    "id": 301,
    "code": "source_unreachable",
    "cause": "The source does not answer.",
    "remedy": "Test it.",
    "level": "fail",
    "object": {"type": "source", "id": 2, "label": "ERP"},
    "times": 3,
    "opened_at": AT,
    "last_at": AT,
    "closed_at": None,
    "closed_by": "",
}


class SourceParamOut(Out):
    """One parameter that a kind of source understands."""

    name: str
    label: str
    kind: str
    required: bool
    secret: bool
    choices: list[str]


class SourceKindOut(Out):
    """A kind of source. ``statuses``: its words and what they mean here, if nobody decides otherwise."""

    key: str
    label: str
    published: str
    abilities: list[str]
    params: list[SourceParamOut]
    statuses: dict[str, str]


class SourceKindPage(Out):
    """The kinds of source; all on one page."""

    items: list[SourceKindOut]
    next_cursor: str | None


class SourceIn(SourceInput):
    """A source as a whole. A secret that is left out, or null as it is read, keeps its value."""

    @field_validator("params", mode="before")
    @classmethod
    def _null_keeps(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


class SourceQuery(ListQuery):
    """Filters of the list of sources."""

    kind: str | None = Field(default=None, max_length=20)
    active: bool | None = None


class SourceOut(Out):
    """One configured source. Secrets are null; ``hook_url`` is one too, unless the token has the scope ``admin``."""

    id: int
    kind: str
    description: str
    active: bool
    precedence: int
    code_prefix: str
    full_interval_s: int
    light_interval_s: int | None
    params: dict[str, str | None]
    secret_params_set: list[str]
    hook_url: str | None
    paused: FailureOut | None
    created_at: datetime


class SourcePage(Out):
    """A page of sources."""

    items: list[SourceOut]
    next_cursor: str | None


class SourceTestOut(Out):
    """How a test of a source went; ``statuses`` are the words that it listed, where it can."""

    ok: bool
    took_ms: int
    steps: list[StepOut]
    statuses: list[str]


class WordQuery(ListQuery):
    """Filters of the words of a source."""

    kind: WordKind | None = None
    confirmed: bool | None = None


class WordOut(Out):
    """One word of a source. ``target``: a status of ours, the id of a plan or package, or ``ignore``.

    Only what is ``confirmed`` is acted upon; ``suggestion`` is what it probably means.
    """

    kind: WordKind
    external: str
    label: str
    target: str
    confirmed: bool
    suggestion: str | None
    seen_count: int
    seen_at: datetime | None


class WordPage(Out):
    """A page of words."""

    items: list[WordOut]
    next_cursor: str | None


class WordInput(Input):
    """What one word means; an empty target = undecided."""

    kind: WordKind
    external: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL)]
    target: ShortText
    was: ShortText | None = Field(
        default=None, description="What was decided when you looked: 409 when somebody decided otherwise meanwhile."
    )


class MappingInput(Input):
    """Decisions about words; words that are not named stay as they are."""

    items: list[WordInput] = Field(min_length=1, max_length=1000)


class ChangedOut(Out):
    """How many were changed or made."""

    changed: int


class PullInput(Input):
    """What is read: everything (``full``) or recent changes (``light``). A dry run compares and writes nothing."""

    mode: Literal["full", "light"] = "full"
    dry_run: bool = False


class PullQuery(ListQuery):
    """Filters of the list of pulls."""

    source_id: Id | None = None
    mode: PullMode | None = None
    status: PullStatus | None = None
    dry_run: bool | None = None


class PullFindingOut(Out):
    """One thing that the certificate found. ``effects``: what is held because of it."""

    code: str
    cause: str
    remedy: str
    effects: list[str]


class PullOut(Out):
    """One reading of a source, and what it led to.

    ``records`` of ``total`` are read, ``applied`` of them worked off. ``checksum``: of the changes that wait for an
    approval.
    """

    id: int
    source_id: int
    mode: PullMode
    dry_run: bool
    trigger: str
    status: PullStatus
    started_at: datetime
    finished_at: datetime | None
    records: int
    total: int | None
    applied: int
    counts: dict[str, int]
    findings: list[PullFindingOut]
    checksum: str
    error: FailureOut | None
    file_name: str
    requested_by: str
    approved_by: str
    approved_at: datetime | None


class PullPage(Out):
    """A page of pulls, newest first."""

    items: list[PullOut]
    next_cursor: str | None


class PullItemQuery(ListQuery):
    """Filters of the records of a pull."""

    direction: Direction | None = None
    outcome: ItemOutcome | None = None
    service_code: str | None = Field(default=None, max_length=60)


class PullItemOut(Out):
    """What one record of a pull changes, or why it does not. A password is masked."""

    id: int
    position: int
    customer_code: str
    service_code: str
    name: str
    direction: Direction
    outcome: ItemOutcome
    changes: list[dict[str, Any]]
    problems: list[FailureOut]


class PullItemPage(Out):
    """A page of records that change something or cannot be used, in their order."""

    items: list[PullItemOut]
    next_cursor: str | None


class PullApproval(Input):
    """The checksum of what was read; other changes must be approved anew."""

    checksum: str = Field(min_length=1, max_length=64)


class PullRejection(Input):
    """Why the changes are not wanted; kept in the history."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=NO_NUL)]


class AlertQuery(ListQuery):
    """Filters of the list of alerts."""

    open: bool | None = Field(default=None, description="True lists those that are open, false the closed ones.")
    level: Literal["warn", "fail"] | None = None
    object_type: str | None = Field(default=None, max_length=40)
    object_id: Id | None = None


class AlertObjectOut(Out):
    """What an alert is about."""

    type: str
    id: int
    label: str


class AlertOut(Out):
    """One cause of concern. ``times``: how often it came up while open."""

    id: int
    code: str
    cause: str
    remedy: str
    level: Literal["warn", "fail"]
    object: AlertObjectOut
    times: int
    opened_at: datetime
    last_at: datetime
    closed_at: datetime | None
    closed_by: str


class AlertPage(Out):
    """A page of alerts, newest first."""

    items: list[AlertOut]
    next_cursor: str | None
