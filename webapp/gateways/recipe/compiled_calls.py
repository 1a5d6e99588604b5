"""Operations, their steps and their batches, compiled."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.gateways.classify import READS
from webapp.gateways.contract import Operation, ProductSource, RemoteState
from webapp.gateways.recipe.answers import ItemRule, Judge, build_judge, build_rules, path_getter
from webapp.gateways.recipe.expressions import Getter, Roots
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.readers import path_getters
from webapp.gateways.recipe.render import RequestTemplate, compile_native, compile_text, guarded
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import (
    Answered,
    Batch,
    Call,
    FindCall,
    IdentityRule,
    ListCall,
    OperationCall,
    Pager,
    ProductsCall,
    Step,
)
from webapp.gateways.recipe.scope import Names, Scope

TextRenderer = Callable[[Scope], str]
Rules = tuple[tuple[Getter, TextRenderer], ...]
ONLY_STEP = "call"
_ABOUT_NOBODY = frozenset({Operation.CHECK, Operation.LIST_PRODUCTS})
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class CompiledCall:
    """One request, ready to be sent and judged; and what its answer tells."""

    request: RequestTemplate
    judge: Judge
    read_only: bool
    key_header: str | None = None
    remote: Mapping[str, Getter] | None = None
    identity: Rules = ()
    state: Getter | None = None
    items: Getter | None = None
    match: Rules = ()


@dataclass(frozen=True)
class CompiledStep:
    """One step of an operation; see ``schema_calls.Step``."""

    name: str
    call: CompiledCall
    when: TextRenderer | None
    last_only: bool
    save: Mapping[str, Getter]
    undo: CompiledCall | None
    limit_s: float


@dataclass(frozen=True)
class CompiledBatch:
    """Several subscribers in one call; see ``schema_calls.Batch``."""

    size: int
    by: TextRenderer
    each: Callable[[Scope], Any]
    results: Getter | None
    match: Getter | None
    rules: tuple[ItemRule, ...]


@dataclass(frozen=True)
class CompiledPager:
    """How the next page is asked for; see ``schema_calls.Pager``."""

    words: Pager
    next: Getter | None
    last: Getter | None


@dataclass(frozen=True)
class CompiledOperation:
    """An operation, ready: at least one step, and what the last answer tells.

    ``repeat_safe``: all of it may be repeated, whatever became of it.
    """

    operation: Operation
    steps: tuple[CompiledStep, ...]
    repeat_safe: bool
    last_only: bool
    remote: Mapping[str, Getter]
    identity: Rules
    state: Getter | None
    items: Getter | None
    match: Rules
    absent: Getter | None
    total: Getter | None
    covers: frozenset[RemoteState]
    pager: CompiledPager
    batch: CompiledBatch | None

    @property
    def last(self) -> CompiledStep:
        """The step whose answer is the operation's."""
        return self.steps[-1]

    def most_calls(self, total_timeout_s: float) -> int:
        """Return how many calls it takes at the most, what is taken back included.

        Args:
            total_timeout_s: of an ordinary call; one that may last longer counts for several.
        """
        calls = [step.call for step in self.steps] + [step.undo for step in self.steps if step.undo is not None]
        return sum(math.ceil((call.request.timeout_s or total_timeout_s) / total_timeout_s) for call in calls)


class CallCompiler:
    """Compiles the operations of one recipe; faults go to ``problems``."""

    def __init__(self, words: RecipeWords, names: Names, problems: Problems) -> None:
        self._words = words
        self._names = names
        self._problems = problems

    def compile(self, operation: Operation, call: Call) -> CompiledOperation:
        """Return one operation, ready."""
        at: Location = ("operations", operation.value)
        steps = self._steps(operation, call, at)
        saved = frozenset(name for step in _step_words(call) for name in step.save)
        roots = self._roots(operation, saved, call)
        answered = call if isinstance(call, Answered) else Answered()
        listed = call if isinstance(call, FindCall | ListCall | ProductsCall) else None
        find = call if isinstance(call, FindCall) else None
        listing = call if isinstance(call, ListCall) else None
        acting = call if isinstance(call, OperationCall) else OperationCall()
        return CompiledOperation(
            operation=operation,
            steps=steps,
            repeat_safe=all(step.call.judge.repeat_safe for step in steps),
            last_only=acting.last_only,
            remote=path_getters(answered.remote, self._problems, (*at, "remote")),
            identity=self._rules(answered.identity, roots, (*at, "identity")),
            state=self._path(answered.state, (*at, "state")),
            items=self._path(listed.items if listed else None, (*at, "items")),
            match=self._rules(find.match if find else (), roots, (*at, "match")),
            absent=self._path(find.absent if find else None, (*at, "absent")),
            total=self._path(listing.total if listing else None, (*at, "total")),
            covers=frozenset((listing.covers if listing else ()) or RemoteState),
            pager=self._pager(call, at),
            batch=self._batch(acting.batch, roots, (*at, "batch")),
        )

    def _steps(self, operation: Operation, call: Call, at: Location) -> tuple[CompiledStep, ...]:
        words = _step_words(call)
        if not words:
            own = self._call(operation, call, self._roots(operation, frozenset(), call), at, safe=_declared_safe(call))
            limit_s = call.limit_s if isinstance(call, OperationCall) else Step(name=ONLY_STEP).limit_s
            return (CompiledStep(ONLY_STEP, own, None, False, {}, None, limit_s),)
        if call.url:
            self._problems.add((*at, "url"), "recipe_value", found="url, steps", allowed="url | steps")
        return tuple(self._step(operation, call, words, index, (*at, "steps", index)) for index in range(len(words)))

    def _step(self, operation: Operation, call: Call, words: Sequence[Step], index: int, at: Location) -> CompiledStep:
        step = words[index]
        saved = frozenset(name for former in words[:index] for name in former.save)
        roots = self._roots(operation, saved, call if index == len(words) - 1 else None)
        safe = step.repeat_safe if step.repeat_safe is not None else _declared_safe(call)
        self._check_step(step, words[:index], at)
        undo = self._call(operation, step.undo, roots, (*at, "undo"), safe=True) if step.undo else None
        when = (
            guarded(self._problems, (*at, "when"), lambda: compile_text(step.when or "", roots)) if step.when else None
        )
        return CompiledStep(
            step.name, self._call(operation, step, roots, at, safe=safe), when, step.last_only,
            path_getters(step.save, self._problems, (*at, "save")), undo, step.limit_s,
        )  # fmt: skip

    def _check_step(self, step: Step, former: Sequence[Step], at: Location) -> None:
        if step.name in {other.name for other in former}:
            self._problems.add((*at, "name"), "recipe_value", found=step.name, allowed="a name of its own")
        if step.save and not (step.repeat_safe or _reads(step)):
            # What is saved is not kept, so a resume asks for it again.
            self._problems.add((*at, "save"), "recipe_value", found="save", allowed="repeat_safe = true")

    def _call(self, operation: Operation, call: Call, roots: Roots, at: Location, *, safe: bool | None) -> CompiledCall:
        if not call.url:
            self._problems.add((*at, "url"), "recipe_word_missing", found="-", allowed="url")
        # Only a create makes a second account when it is repeated; the rest sets a state.
        repeat_safe = safe if safe is not None else operation is not Operation.CREATE
        step = call if isinstance(call, Step) else None
        answered = call if isinstance(call, Answered) else None
        reading = _reads(call)
        words = self._words
        request = RequestTemplate(
            call, roots, self._problems, at, shared=words.defaults, free=words.free_params
        )  # fmt: skip
        judge = build_judge(
            call, operation, self._problems, at, repeat_safe=repeat_safe or reading, shared=words.defaults
        )  # fmt: skip
        picking = answered if not isinstance(call, FindCall) else None
        return CompiledCall(
            request=request,
            judge=judge,
            read_only=operation in READS or reading,
            key_header=answered.idempotency_header if answered else None,
            remote=path_getters(step.remote, self._problems, (*at, "remote")) if step else None,
            identity=self._rules(step.identity, roots, (*at, "identity")) if step else (),
            state=self._path(step.state if step else None, (*at, "state")),
            items=self._path(picking.items if picking else None, (*at, "items")),
            match=self._rules(picking.match if picking else (), roots, (*at, "match")),
        )

    def _roots(self, operation: Operation, saved: frozenset[str], call: Call | None) -> Roots:
        about_nobody = operation in _ABOUT_NOBODY
        if operation is Operation.LIST_PRODUCTS and self._words.product_source is ProductSource.PER_CUSTOMER:
            return {**self._names.subject_roots(saved), **self._names.page_roots()}
        if operation in (Operation.LIST, Operation.LIST_CHANGES):
            return self._names.page_roots(since=operation is Operation.LIST_CHANGES)
        if about_nobody:
            return self._names.page_roots()
        batch = isinstance(call, OperationCall) and call.batch is not None
        return self._names.subject_roots(saved, batch=batch)

    def _rules(self, rules: Sequence[IdentityRule], roots: Roots, at: Location) -> Rules:
        found = []
        for index, rule in enumerate(rules):
            path = self._path(rule.path, (*at, index, "path"))
            own = guarded(
                self._problems,
                (*at, index, "is"),
                lambda text=rule.is_: compile_text(text, roots),  # type: ignore[misc]
            )
            if path is not None:
                found.append((path, own))
        return tuple(found)

    def _batch(self, batch: Batch | None, roots: Roots, at: Location) -> CompiledBatch | None:
        if batch is None:
            return None
        return CompiledBatch(
            size=batch.size,
            by=guarded(self._problems, (*at, "by"), lambda: compile_text(batch.by, roots)),
            each=compile_native(batch.each, roots, self._problems, (*at, "each")),
            results=self._path(batch.results, (*at, "results")),
            match=self._path(batch.match, (*at, "match")),
            rules=tuple(build_rules(batch.outcomes, self._problems, (*at, "outcomes"))),
        )

    def _pager(self, call: Call, at: Location) -> CompiledPager:
        words = call.pager if isinstance(call, ListCall | ProductsCall) else Pager(kind="none")
        for kind, name in (("cursor", "next"), ("last_page", "last")):
            if words.kind == kind and not getattr(words, name):
                self._problems.add((*at, "pager", name), "recipe_word_missing", found="-", allowed=name)
        return CompiledPager(
            words, self._path(words.next, (*at, "pager", "next")), self._path(words.last, (*at, "pager", "last"))
        )

    def _path(self, expression: str | None, at: Location) -> Getter | None:
        return path_getter(expression, self._problems, at)


def _step_words(call: Call) -> tuple[Step, ...]:
    return call.steps if isinstance(call, OperationCall | FindCall) else ()


def _declared_safe(call: Call) -> bool | None:
    return call.repeat_safe if isinstance(call, Answered) else None


def _reads(call: Call) -> bool:
    """Tell whether a call changes nothing there: it says so, or it is a step that gets and says nothing else."""
    if isinstance(call, Answered) and call.reads:
        return True
    return isinstance(call, Step) and call.method in _SAFE_METHODS and call.repeat_safe is not False
