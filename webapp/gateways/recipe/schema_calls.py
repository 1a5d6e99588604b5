"""The words of one call: what is sent, in which steps, and how the answer is read."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from webapp.gateways.contract import RemoteState

Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,58}$")]
Template = str
Path = str
Status = Annotated[int, Field(ge=100, le=599)]
Scalar = str | int | float | bool

OUTCOMES = (
    "ok", "already", "gone", "adopt", "retry", "throttled", "auth", "rejected", "wait",
    "capacity", "pending_user", "unknown", "contract_broken",
)  # fmt: skip


class Words(BaseModel):
    """Parent of all tables of a recipe."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=False)


class OutcomeRule(Words):
    """When ``status`` and ``when`` both hold, the answer is what ``is`` says.

    ``wait``: taken and still worked on there; asked again after ``wait_s``, within the step's ``limit_s``.
    """

    status: tuple[Status, ...] = ()
    when: Path | None = None
    is_: Literal[OUTCOMES] = Field(alias="is")  # type: ignore[valid-type]
    code: Word | None = None
    message: Path | None = None
    field: str | None = None
    wait_s: float | None = Field(default=None, gt=0, le=86_400)


class IdentityRule(Words):
    """What the answer says at ``path`` must be ``is``, else it is about somebody else."""

    path: Path
    is_: Template = Field(alias="is")


class Call(Words):
    """One request, and how its answer is read. Paths are JMESPath over {status, headers, body}.

    Attributes:
        base: path over ``saved``: an object whose fields are sent, ``json`` on top of them.
        envelope: name of the field that the JSON body is put into.
        drop_empty: leave out of JSON, form and query what is empty.
        success_status: the only ones that are a success; none given = all of 2xx.
        answer: ``json``, ``text`` (the whole body is the value), or ``any`` (nothing depends on it).
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    url: Template = ""
    query: dict[str, Scalar] = Field(default_factory=dict)
    form: dict[str, Scalar] | None = None
    json_: Any = Field(default=None, alias="json")
    base: Path | None = None
    envelope: str | None = None
    drop_empty: bool = False
    headers: dict[str, Template] = Field(default_factory=dict)
    timeout_s: float | None = Field(default=None, gt=0, le=300)
    success_status: tuple[Status, ...] = ()
    ok: Path | None = None
    answer: Literal["json", "text", "any"] | None = None
    empty_ok: bool | None = None
    outcomes: tuple[OutcomeRule, ...] = ()
    error_path: tuple[Path, ...] = ()


class Answered(Call):
    """A call whose answer tells something of the account.

    Attributes:
        items: a list in the answer; the one element that ``match`` picks is ``item`` in the call's outcomes,
            remote, identity, state and save, or null when none does.
        reads: it changes nothing there, whatever its method, so it may be repeated.
    """

    items: Path | None = None
    match: tuple[IdentityRule, ...] = ()
    reads: bool = False
    remote: dict[Word, Path] = Field(default_factory=dict)
    identity: tuple[IdentityRule, ...] = ()
    state: Path | None = None
    idempotency_header: str | None = None
    repeat_safe: bool | None = None


class Step(Answered):
    """One of several calls of an operation, in their order.

    Attributes:
        when: template; the step is left out when it is empty or ``false``.
        last_only: left out while others stand on the same log-in (``shared_users``).
        save: values of the answer, for ``{{ saved.NAME }}`` of later steps; such a step is repeated on a resume.
        undo: sent when a later step is refused for good.
        limit_s: how long ``wait`` may go on before the outcome counts as unknown.
    """

    name: Word
    when: Template | None = None
    last_only: bool = False
    save: dict[Word, Path] = Field(default_factory=dict)
    undo: Call | None = None
    limit_s: float = Field(default=3600, gt=0, le=2_592_000)


class Batch(Words):
    """How many subscribers go in one call, and where each one's result stands.

    Attributes:
        by: template; who shares it may share a call, such as ``{{ product.code }}``.
        each: template of what stands for one subscriber; the call says ``{{ batch }}`` for all of them.
        results: path of a list with one result each; none = the answer counts for all.
        match: path in a result of what ``each`` was; a subscriber without a result is in doubt.
        outcomes: looked at per result, with ``item`` beside status, headers and body.
    """

    size: int = Field(default=50, ge=2, le=1000)
    by: Template
    each: Template
    results: Path | None = None
    match: Path = ""
    outcomes: tuple[OutcomeRule, ...] = ()


class OperationCall(Answered):
    """Creates, changes or ends an account: one call, or ``steps``.

    With steps, its other words speak of the last answer.
    ``last_only``: nothing is sent while others stand on the same log-in.
    """

    steps: tuple[Step, ...] = ()
    last_only: bool = False
    limit_s: float = Field(default=3600, gt=0, le=2_592_000)
    batch: Batch | None = None


class FindCall(Answered):
    """Looks one account up. Only ``absent``, or an outcome ``gone``, means that there is none.

    ``match`` picks among the items; ``identity`` refuses a wrong one.
    """

    steps: tuple[Step, ...] = ()
    items: Path
    absent: Path | None = None


class Pager(Words):
    """How the next page is asked for: ``{{ page.number }}``, ``size``, ``offset``, ``cursor``.

    Attributes:
        kind: ``page`` counts pages from ``start``, ``offset`` adds what was read, ``cursor`` takes it from the
            answer at ``next``, ``last_page`` reads the last page's number at ``last``, ``none`` = one answer.
        until: a page is the last when it is ``short``, or only when it is ``empty``.
    """

    kind: Literal["page", "offset", "cursor", "last_page", "none"] = "page"
    start: int = Field(default=1, ge=0)
    size: int = Field(default=100, ge=1, le=10_000)
    max_pages: int = Field(default=10_000, ge=1)
    until: Literal["short", "empty"] = "short"
    next: Path | None = None
    last: Path | None = None
    pause_s: float = Field(default=0, ge=0, le=60)


class ListCall(Call):
    """Reads all accounts. ``total`` is what the platform says there are; ``covers`` the states that it shows."""

    items: Path
    total: Path | None = None
    covers: tuple[RemoteState, ...] = ()
    pager: Pager = Pager(kind="none")


class ProductsCall(Call):
    """Reads the products; all of them, or those of one customer (``product_source = "per_customer"``)."""

    items: Path
    pager: Pager = Pager(kind="none")
