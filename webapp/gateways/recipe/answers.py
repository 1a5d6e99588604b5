"""How an answer is read: the recipe's own rules first, then the common meaning of statuses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp.gateways.classify import (
    classify,
    parse_json,
    parse_text,
    read_json,
    retry_after_s,
    short,
    visible_field,
    visible_message,
)
from webapp.gateways.contract import Operation, Outcome
from webapp.gateways.errors import (
    AuthFailed,
    Capacity,
    ContractBroken,
    GatewayError,
    InProgress,
    OutcomeUnknown,
    Rejected,
    Throttled,
    Unavailable,
)
from webapp.gateways.http import HttpResponse
from webapp.gateways.recipe.expressions import Getter, TemplateProblem, compile_path, holds
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.schema import NO_DEFAULTS, Defaults
from webapp.gateways.recipe.schema_calls import Call, OutcomeRule

Picker = Callable[[dict[str, Any]], Any]

ADOPT = "adopt"
WAIT_S = 30.0
_GOOD = {
    "ok": Outcome.OK,
    "already": Outcome.ALREADY,
    "gone": Outcome.GONE,
    "pending_user": Outcome.PENDING_USER,
    ADOPT: ADOPT,
}
_BAD: dict[str, tuple[type[GatewayError], str]] = {
    "retry": (Unavailable, "platform_retry"),
    "auth": (AuthFailed, "credentials_refused"),
    "rejected": (Rejected, "platform_rejected"),
    "capacity": (Capacity, "capacity_used_up"),
    "unknown": (OutcomeUnknown, "platform_unclear"),
    "contract_broken": (ContractBroken, "platform_broken"),
}


@dataclass(frozen=True)
class Answer:
    """An answer that was judged good. ``view`` is what the recipe's paths look at."""

    outcome: Outcome | str
    view: dict[str, Any]
    response: HttpResponse


def path_getter(expression: str | None, problems: Problems, at: Location) -> Getter | None:
    """Compile a path, or note the problem at its key; None for none."""
    if not expression:
        return None
    try:
        return compile_path(expression)
    except TemplateProblem as problem:
        problems.add(at, problem.code, **problem.params)
        return None


@dataclass
class ItemRule:
    """One rule of what an answer, or one result in it, means."""

    words: OutcomeRule
    when: Getter | None
    message: Getter | None

    def matches(self, status: int, view: dict[str, Any]) -> bool:
        """Tell whether the rule holds for an answer; ``view`` is what its path looks at."""
        if self.words.status and status not in self.words.status:
            return False
        return self.when is None or holds(self.when(view))


@dataclass
class Judge:
    """Judges the answers of one call. Thread-safe.

    Attributes:
        form: ``json``, ``text`` or ``any``: what the body must be for the answer to count.
        success: the only statuses of success; empty = all of 2xx.
    """

    operation: Operation
    repeat_safe: bool
    form: str
    empty_ok: bool
    ok: Getter | None
    success: frozenset[int] = frozenset()
    rules: list[ItemRule] = field(default_factory=list)
    error_paths: list[Getter] = field(default_factory=list)

    def judge(self, response: HttpResponse, now: Callable[[], datetime], pick: Picker | None = None) -> Answer:
        """Return a good answer, raise what a bad one means.

        Args:
            pick: finds, in what the paths look at, the one ``item`` that the call is about.

        Raises:
            GatewayError: see ``gateways/errors.py``.
        """
        body, broken = self._body(response)
        view = {
            "status": response.status,
            "headers": {name.lower(): value for name, value in response.headers.items()},
            "body": body,
        }
        if pick is not None:
            view["item"] = pick(view)
        for rule in self.rules:
            if rule.matches(response.status, view):
                return Answer(self._apply(rule, response, view, now), view, response)
        if not self._succeeded(response.status):
            self._classify(response, view, now)
        if broken is not None:
            raise broken
        if self.ok is not None and not holds(self.ok(view)):
            raise self._refused(response, view)
        return Answer(Outcome.OK, view, response)

    def judge_item(self, rules: Iterable[ItemRule], answer: Answer, item: Any, now: Callable[[], datetime]) -> Answer:
        """Return the answer about one subscriber of a batch, raise what a bad one means.

        Raises:
            GatewayError: as ``judge``, for this subscriber alone.
        """
        view = {**answer.view, "item": item}
        for rule in rules:
            if rule.matches(answer.response.status, view):
                return Answer(self._apply(rule, answer.response, view, now), view, answer.response)
        return Answer(answer.outcome, view, answer.response)

    def _succeeded(self, status: int) -> bool:
        return status in self.success if self.success else 200 <= status < 300

    def _body(self, response: HttpResponse) -> tuple[Any, ContractBroken | None]:
        if not self._succeeded(response.status) or self.form == "any":
            return read_json(response), None
        if response.status == 204 or (self.empty_ok and not response.body.strip()):
            return None, None
        try:
            return (parse_text if self.form == "text" else parse_json)(response), None
        except ContractBroken as broken:
            return None, broken

    def _classify(self, response: HttpResponse, view: dict[str, Any], now: Callable[[], datetime]) -> None:
        try:
            classify(response, repeat_safe=self.repeat_safe, operation=self.operation, now=now())
        except GatewayError as error:
            error.params["message"] = self._message(response, view)
            raise
        # One of 2xx that the recipe does not count as a success: what it means is not known.
        params = {"status": response.status}
        raise ContractBroken("status_unexpected", params=params, exchange=response.exchange)

    def _apply(
        self, rule: ItemRule, response: HttpResponse, view: dict[str, Any], now: Callable[[], datetime]
    ) -> Outcome | str:
        if rule.words.is_ in _GOOD:
            return _GOOD[rule.words.is_]
        text = rule.message(view) if rule.message else None
        message = short(response, str(text)) if text is not None else self._message(response, view)
        params = {"status": response.status, "message": message}
        if rule.words.is_ == "wait":
            code, wait_s = rule.words.code or "in_progress", rule.words.wait_s or WAIT_S
            raise InProgress(code, retry_after_s=wait_s, params=params, exchange=response.exchange)
        if rule.words.is_ == "throttled":
            wait = retry_after_s(response.headers, now())
            raise Throttled(
                rule.words.code or "throttled", retry_after_s=wait, params=params, exchange=response.exchange
            )
        kind, code = _BAD[rule.words.is_]
        field_name = rule.words.field or (visible_field(response) if kind is Rejected else None)
        raise kind(rule.words.code or code, params=params, exchange=response.exchange, field=field_name)

    def _refused(self, response: HttpResponse, view: dict[str, Any]) -> GatewayError:
        """A 2xx that says no. With a reason it is about this subscriber, without one about the contract."""
        message = self._message(response, view)
        kind: type[GatewayError] = Rejected if message else ContractBroken
        code = "platform_rejected" if message else "answer_not_ok"
        return kind(code, params={"status": response.status, "message": message}, exchange=response.exchange)

    def _message(self, response: HttpResponse, view: dict[str, Any]) -> str:
        for path in self.error_paths:
            found = path(view)
            if isinstance(found, str | int) and found != "":
                return short(response, str(found))
        return visible_message(response)


def build_judge(
    call: Call, operation: Operation, problems: Problems, at: Location, *,
    repeat_safe: bool, shared: Defaults = NO_DEFAULTS,
) -> Judge:  # fmt: skip
    """Compile what a call, and all calls of the recipe together, say about their answers."""
    own = build_rules(call.outcomes, problems, (*at, "outcomes"))
    common = build_rules(shared.outcomes, problems, ("defaults", "outcomes"))
    ok = call.ok if call.ok is not None else shared.ok
    empty_ok = call.empty_ok if call.empty_ok is not None else shared.empty_ok
    return Judge(
        operation=operation,
        repeat_safe=repeat_safe,
        form=call.answer or shared.answer or "json",
        empty_ok=bool(empty_ok),
        ok=path_getter(ok, problems, (*at, "ok")),
        success=frozenset(call.success_status or shared.success_status),
        rules=[*own, *common],
        error_paths=_all_paths((*call.error_path, *shared.error_path), problems, (*at, "error_path")),
    )


def build_rules(rules: Iterable[OutcomeRule], problems: Problems, at: Location) -> list[ItemRule]:
    """Compile outcome rules; one that would hold for every answer is a problem."""
    found = []
    for index, rule in enumerate(rules):
        if not rule.status and not rule.when:
            problems.add((*at, index), "recipe_value", found=f"is = {rule.is_}", allowed="status | when")
        when = path_getter(rule.when, problems, (*at, index, "when"))
        found.append(ItemRule(rule, when, path_getter(rule.message, problems, (*at, index, "message"))))
    return found


def _all_paths(expressions: Iterable[str], problems: Problems, at: Location) -> list[Getter]:
    return [path for text in expressions if (path := path_getter(text, problems, at)) is not None]
