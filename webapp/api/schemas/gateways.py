"""Gateways: what each platform can do, and the provider's own recipes."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from webapp.api.paging import ListQuery
from webapp.api.schemas.common import AT, FailureOut, Out
from webapp.gateways.contract import Operation
from webapp.services.inputs import Code, Input, Name, Params, Text

Origin = Literal["built_in", "bundled", "own", "broken", "removed"]
RecipeText = Annotated[str, StringConstraints(min_length=1, max_length=200_000)]

PARAM = {
    "name": "token",
    "label": "Token",
    "help": "",
    "kind": "secret",
    "scope": "integration",
    "required": True,
    "secret": True,
    "default": "",
    "choices": [],
}
GATEWAY = {
    "key": "nx_play",
    "label": "NX Play",
    "origin": "bundled",
    "version": 1,
    "integrations": 2,
    "trust": "assumed",
    "unit": "account",
    "guarantee": "at_most_one",
    "product_source": "list",
    "operations": ["cancel", "create", "list_products", "suspend", "update"],
    "free_params": False,
    "params": [PARAM],
}
RECIPE_TEXT = 'key = "own_tv"\nlabel = "Own TV"\nstatus = "assumed"\n'
RECIPE_IN = {"text": RECIPE_TEXT, "reason": "New address", "base": "0.0"}
VERSION = {
    "key": "own_tv",
    "number": 3,
    "active": True,
    "reason": "New address",
    "actor": "token:erp",
    "created_at": AT,
}
RECIPE_PROBLEM = {
    "line": 5,
    "key": "operations.create.url",
    "code": "recipe_name_unknown",
    "message": "There is no value params.nothing.",
    "severity": "problem",
}
DRAFT: dict[str, Any] = {"ok": False, "problems": [RECIPE_PROBLEM], "operations": []}
TRIAL_IN = {"text": RECIPE_TEXT, "operation": "create", "values": {"params.token": "a-token"}}
TRIAL = {
    "ok": True,
    "outcome": "ok",
    "error": None,
    "remote_ids": {"id": "a1b2"},
    "exchange": {"method": "POST", "url": "https://tv.example.com/users", "request_body": "***"},
}


class GatewayQuery(ListQuery):
    """Filters of the list of gateways. It is short: one page holds all, and ``cursor`` is never needed."""

    search: str | None = Field(default=None, max_length=100, description="Part of key or label.")
    origin: Origin | None = None


class ParamOut(Out):
    """One parameter that a gateway understands, of an integration, of a sale (``package``), or of both."""

    name: str
    label: str
    help: str
    kind: str
    scope: str
    required: bool
    secret: bool
    default: str
    choices: list[str]
    example: str
    where: str


class GatewayOut(Out):
    """A kind of platform. One that is ``broken`` or ``removed`` has no params and can do nothing."""

    key: str
    label: str
    origin: Origin
    version: int
    integrations: int
    trust: str
    unit: str
    guarantee: str
    product_source: str
    operations: list[str]
    free_params: bool
    params: list[ParamOut]


class GatewayPage(Out):
    """The gateways, by label."""

    items: list[GatewayOut]
    next_cursor: str | None


class RecipeInput(Input):
    """The next version of a recipe. ``base`` is the ``edition`` on which it was begun; of a new one ``0.0``."""

    text: RecipeText
    reason: Name
    base: Code = "0.0"


class RecipeOut(Out):
    """The recipe that runs, as TOML. ``edition``: hand it back as ``base`` with the next version."""

    key: str
    text: str
    edition: str


class VersionOut(Out):
    """One version of the provider's own recipe."""

    key: str
    number: int
    active: bool
    reason: str
    actor: str
    created_at: datetime


class VersionTextOut(VersionOut):
    """One version with its text."""

    text: str


class VersionPage(Out):
    """The versions of a recipe, newest first."""

    items: list[VersionOut]
    next_cursor: str | None


class DraftInput(Input):
    """A recipe that is being written. ``key``: what it must be called; empty = as it likes."""

    text: RecipeText
    key: Text = ""


class RecipeProblemOut(Out):
    """What is wrong with a recipe, and where. A ``hint`` stops nothing; ``line`` 0: it cannot be told."""

    line: int
    key: str
    code: str
    message: str
    severity: str


class DraftOut(Out):
    """What is to be said about a recipe; ``operations`` can be tried."""

    ok: bool
    problems: list[RecipeProblemOut]
    operations: list[str]


class TrialInput(Input):
    """One operation of a recipe for a made-up subscriber. ``values`` by the names that recipes use."""

    text: RecipeText
    operation: Operation
    values: Params = Field(default_factory=dict)


class TrialOut(Out):
    """How it ended; ``exchange`` is what was sent and answered, masked."""

    ok: bool
    outcome: str
    error: FailureOut | None
    remote_ids: dict[str, str]
    exchange: dict[str, Any] | None
