"""What concerns several words of the calls: where they go, what their answers can mean, who waits for what."""

import re
from collections.abc import Iterator

from webapp.gateways.contract import Operation
from webapp.gateways.recipe.compiled_auth import FETCHING
from webapp.gateways.recipe.problems import Location, Problems
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import (
    Answered,
    Call,
    FindCall,
    ListCall,
    OperationCall,
    OutcomeRule,
    ProductsCall,
)
from webapp.gateways.recipe.texts import auth_calls, calls_of, names_used

MOST_STEPS = 40

# A value may follow at once: it is encoded, so it cannot change what stands before it.
_CONSTANT_START = re.compile(r"^https?://[^/?#@]+(?:[/?#]|$)", re.I)
_VALUE_START = re.compile(r"^\{\{\s*(params|environment)\b")
_START = "https://..., {{ params.NAME }}/..., {{ environment.NAME }}/..."
_PAGED = ("page", "offset", "cursor", "last_page")


def check_calls(words: RecipeWords, problems: Problems) -> None:
    """Note what does not fit together in the calls, the log-in, the callback and the events."""
    for at, call in calls_of(words):
        _check_url(call, words, problems, at)
        if isinstance(call, Answered) and call.match and not call.items:
            problems.add((*at, "items"), "recipe_word_missing", found="-", allowed="items")
    _check_steps(words, problems)
    _check_outcomes(words, problems)
    _check_batches(words, problems)
    _check_reading(words, problems)
    _check_auth(words, problems)
    _check_passive(words, problems)


def _check_url(call: Call, words: RecipeWords, problems: Problems, at: Location) -> None:
    url = call.url.strip()
    if url and not _CONSTANT_START.match(url) and not _VALUE_START.match(url):
        problems.add((*at, "url"), "recipe_url_start", found=url[:80], allowed=_START)
    if url.lower().startswith("http://"):
        problems.hint((*at, "url"), "recipe_hint_plain_http", found=url[:80], allowed="https://")
    secrets = {name for name, param in words.params.items() if param.kind == "secret"}
    named = names_used({"url": url, "query": call.query})
    for name in sorted(field for root, field in named if root == "params" and field in secrets):
        problems.hint((*at, "url"), "recipe_hint_secret_in_url", found=f"params.{name}", allowed="headers, form, json")


def _check_steps(words: RecipeWords, problems: Problems) -> None:
    count = sum(len(call.steps) for _at, call in _stepped(words))
    if count > MOST_STEPS:
        problems.add(("operations",), "recipe_too_many_steps", found=count, allowed=f"<= {MOST_STEPS}")


def _stepped(words: RecipeWords) -> Iterator[tuple[Location, OperationCall | FindCall]]:
    for operation in Operation:
        call = words.operations.call(operation)
        if isinstance(call, OperationCall | FindCall):
            yield ("operations", operation.value), call


def _check_outcomes(words: RecipeWords, problems: Problems) -> None:
    for at, rules, may_wait in _outcomes(words):
        for index, rule in enumerate(rules):
            _check_rule(rule, words, problems, (*at, index), may_wait=may_wait)


def _check_rule(rule: OutcomeRule, words: RecipeWords, problems: Problems, at: Location, *, may_wait: bool) -> None:
    if rule.is_ == "wait" and not may_wait:
        allowed = "operations.create, update, suspend, enable, cancel, resend_activation, notify"
        problems.add((*at, "is"), "recipe_wait_unlimited", found="wait", allowed=allowed)
    if rule.wait_s is not None and rule.is_ != "wait":
        problems.add((*at, "wait_s"), "recipe_value", found=f'is = "{rule.is_}"', allowed='is = "wait"')
    if rule.is_ == "adopt" and words.operations.find is None:
        problems.add((*at, "is"), "recipe_adopt_blind", found="adopt", allowed="[operations.find]")


def _outcomes(words: RecipeWords) -> Iterator[tuple[Location, tuple[OutcomeRule, ...], bool]]:
    """Yield every list of outcomes, with its place and whether something there has a time limit."""
    yield ("defaults", "outcomes"), words.defaults.outcomes, False
    for at, call in auth_calls(words):
        yield (*at, "outcomes"), call.outcomes, False
    for operation in Operation:
        own = words.operations.call(operation)
        if own is not None:
            yield from _outcomes_of(own, ("operations", operation.value))


def _outcomes_of(call: Call, at: Location) -> Iterator[tuple[Location, tuple[OutcomeRule, ...], bool]]:
    acts = isinstance(call, OperationCall)
    yield (*at, "outcomes"), call.outcomes, acts
    for index, step in enumerate(call.steps if isinstance(call, OperationCall | FindCall) else ()):
        yield (*at, "steps", index, "outcomes"), step.outcomes, acts
        if step.undo is not None:
            yield (*at, "steps", index, "undo", "outcomes"), step.undo.outcomes, False
    if isinstance(call, OperationCall) and call.batch is not None:
        yield (*at, "batch", "outcomes"), call.batch.outcomes, False


def _check_batches(words: RecipeWords, problems: Problems) -> None:
    for at, call in _stepped(words):
        if isinstance(call, OperationCall) and call.batch is not None:
            sent = call.steps[-1] if call.steps else call
            if ("batch", "") not in names_used(sent):
                problems.add((*at, "batch"), "recipe_batch_unsent", found="-", allowed="{{ batch }}")
            if call.batch.results and not call.batch.match:
                problems.add((*at, "batch", "match"), "recipe_word_missing", found="-", allowed="match")


def _check_reading(words: RecipeWords, problems: Problems) -> None:
    operations = words.operations
    if operations.find is not None and not _can_say_absent(operations.find, words):
        allowed = 'absent, { ..., is = "gone" }'
        problems.add(("operations", "find", "absent"), "recipe_absent_missing", found="-", allowed=allowed)
    for operation in (Operation.LIST_PRODUCTS, Operation.LIST, Operation.LIST_CHANGES):
        call = operations.call(operation)
        if isinstance(call, ListCall | ProductsCall):
            _check_pager(call, problems, ("operations", operation.value))
    account = words.account
    if (operations.list_ or operations.list_changes) and not (account.login or account.reference or account.remote):
        allowed = "login, reference, remote"
        problems.add(("account",), "recipe_word_missing", found="-", allowed=allowed)
    if not account.states and any(_state_paths(words)):
        allowed = "states = { WORD = active | suspended | absent | pending_user }"
        problems.add(("account", "states"), "recipe_states_missing", found="-", allowed=allowed)


def _can_say_absent(find: FindCall, words: RecipeWords) -> bool:
    rules = [*find.outcomes, *words.defaults.outcomes, *(rule for step in find.steps for rule in step.outcomes)]
    return bool(find.absent or find.match) or any(rule.is_ == "gone" for rule in rules)


def _state_paths(words: RecipeWords) -> Iterator[str | None]:
    yield words.account.state
    for call in vars(words.operations).values():
        if isinstance(call, Answered):
            yield call.state
        if isinstance(call, OperationCall | FindCall):
            yield from (step.state for step in call.steps)


def _check_pager(call: ListCall | ProductsCall, problems: Problems, at: Location) -> None:
    kind = call.pager.kind
    if kind in _PAGED and not any(root == "page" for root, _field in names_used(call)):
        problems.add((*at, "pager"), "recipe_pager_idle", found=f'kind = "{kind}"', allowed=_page_words(kind))


def _page_words(kind: str) -> str:
    name = {"offset": "offset", "cursor": "cursor"}.get(kind, "number")
    return f'{{{{ page.{name} }}}} | kind = "none"'


def _check_auth(words: RecipeWords, problems: Problems) -> None:
    auth = words.auth
    needed = {
        "header": ("headers", auth.headers),
        "query": ("query", auth.query),
        "basic": ("username", auth.username),
        "signature": ("headers, query", auth.headers or auth.query),
    }
    name, value = needed.get(auth.kind, ("", "-"))
    if not value:
        problems.add(("auth", "kind"), "recipe_word_missing", found=auth.kind, allowed=name)
    if auth.kind in FETCHING and not _shows_token(words):
        allowed = 'headers = { Authorization = "Bearer {{ token }}" }'
        problems.add(("auth", "kind"), "recipe_token_unsent", found=auth.kind, allowed=allowed)


def _shows_token(words: RecipeWords) -> bool:
    auth = words.auth
    return ("token", "") in names_used([auth.headers, auth.query, words.defaults, words.operations])


def _check_passive(words: RecipeWords, problems: Problems) -> None:
    callback, events = words.callback, words.events
    for name in ("allowed", "denied", "suspended"):
        reply = getattr(callback, name, None)
        if reply is not None and reply.json_ is not None and reply.text is not None:
            problems.add(("callback", name, "text"), "recipe_value", found="json, text", allowed="json | text")
    if callback is not None and bool(callback.secret_header) != bool(callback.secret):
        lacking = "secret" if callback.secret_header else "secret_header"
        problems.add(("callback", lacking), "recipe_word_missing", found="-", allowed=lacking)
    if events is not None and words.operations.find is None:
        problems.hint(("events",), "recipe_hint_events_unread", found="-", allowed="[operations.find]")
    if events is not None and not (events.login or events.document or events.reference or events.remote):
        allowed = "login, document, reference, remote"
        problems.add(("events",), "recipe_word_missing", found="-", allowed=allowed)
