"""What a recipe declares, as the rest of the hub sees it."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from webapp.gateways.contract import (
    Constraints,
    Limits,
    Operation,
    ParamSpec,
    PasswordRule,
    Sheet,
    Traits,
    Unit,
)
from webapp.gateways.recipe.compiled_auth import CompiledAuth
from webapp.gateways.recipe.compiled_calls import CompiledOperation
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.schema_calls import Answered, FindCall, OperationCall
from webapp.gateways.recipe.scope import ENVIRONMENT, Names

_EXPRESSION = re.compile(r"\{\{(.*?)\}\}", re.S)
_FACT = re.compile(r"\b(?:account|customer|service|sale|product)\.[a-z_]+")
# A token, and after one that was refused another, each with its call.
_TRIES = 2


def names_of(words: RecipeWords) -> Names:
    """Return what the templates of a recipe may name."""
    apart = frozenset(name for name, param in words.params.items() if param.per_environment)
    params = frozenset(words.params) | ({ENVIRONMENT} if words.environments else set())
    return Names(
        params=params,
        remote=frozenset(_remote_names(words)),
        defaults={name: param.default for name, param in words.params.items()},
        environments={key: environment.values for key, environment in words.environments.items()},
        apart=apart,
        entitlement=words.unit is Unit.ENTITLEMENT,
    )


def traits_of(words: RecipeWords, calls: Mapping[Operation, CompiledOperation], auth: CompiledAuth) -> Traits:
    """Return what the gateway declares."""
    create = calls.get(words.aliases.get(Operation.CREATE, Operation.CREATE))
    generic = words.generic_product
    return Traits(
        key=words.key,
        label=words.label,
        trust=words.status,
        unit=words.unit,
        params=tuple(_specs(words)),
        capabilities=frozenset(calls) | {Operation.CHECK},
        product_source=words.product_source,
        guarantee=words.guarantee,
        limits=Limits(**words.limits.model_dump()),
        aliases=words.aliases,
        login_fields=words.login_fields,
        login_param=words.login_param,
        login_is_key=words.login_is_key,
        password=PasswordRule(**words.password.model_dump()) if words.password else None,
        honours_key=words.honours_key,
        repeatable_create=Operation.CREATE in words.local or (create is not None and create.repeat_safe),
        boolean_params=words.boolean_params,
        free_params=words.free_params != "none",
        note=words.note,
        lossless=frozenset(words.lossless_aliases),
        local=frozenset(words.local),
        batch={operation: call.batch.size for operation, call in calls.items() if call.batch is not None},
        unit_ids=frozenset(name for name, remote in words.remote_ids.items() if remote.of == "right"),
        kept_ids=frozenset(name for name, remote in words.remote_ids.items() if remote.kept),
        sends=frozenset(_facts(words)),
        constraints=Constraints(**words.constraints.model_dump()),
        shared_users=words.shared_users,
        effect_delay_min=words.effect_delay_min,
        generic_product=(generic.code, generic.name) if generic else None,
        calls_per_job=_calls_per_job(calls, auth, words.limits.total_timeout_s),
        events=words.events is not None,
        redirect_fields=(auth.code.code_field, auth.code.state_field) if auth.code is not None else (),
        sheet=Sheet("bundled", words.version, words.confirmed_on, words.sources, words.ask),
    )


def _specs(words: RecipeWords) -> Iterator[ParamSpec]:
    environments = list(words.environments)
    if environments:
        yield ParamSpec(
            ENVIRONMENT, "Environment", "Which of the platform's environments this integration uses.", kind="choice",
            default=environments[0], choices=tuple(environments),
            choice_labels=tuple(environment.label for environment in words.environments.values()),
        )  # fmt: skip
    for name, param in words.params.items():
        facts = param.model_dump(exclude={"per_environment"})
        if not param.per_environment or not environments:
            yield ParamSpec(name=name, **facts)
            continue
        # Required only in the environment that is chosen: see ``Recipe.missing_param``.
        facts["required"] = False
        for environment in environments:
            own = name if environment == environments[0] else f"{name}_{environment}"
            label = f"{param.label} ({words.environments[environment].label})"
            yield ParamSpec(name=own, **{**facts, "label": label})


def _remote_names(words: RecipeWords) -> Iterator[str]:
    yield from words.remote_ids
    yield from words.account.remote
    for call in vars(words.operations).values():
        if isinstance(call, Answered):
            yield from call.remote
        if isinstance(call, OperationCall | FindCall):
            for step in call.steps:
                yield from step.remote


def _facts(words: RecipeWords) -> Iterator[str]:
    """Return the subscriber's facts that any template names."""
    for text in _strings(words.model_dump(by_alias=True)):
        for expression in _EXPRESSION.findall(text):
            yield from _FACT.findall(expression)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _calls_per_job(calls: Mapping[Operation, CompiledOperation], auth: CompiledAuth, total_timeout_s: float) -> int:
    longest = max((call.most_calls(total_timeout_s) for call in calls.values()), default=1)
    find = calls.get(Operation.FIND)
    look_up = len(find.steps) if find is not None else 0
    code = 1 + math.ceil(auth.code.wait_s / total_timeout_s) if auth.code is not None else 0
    return _TRIES * (1 + longest) + look_up + code
