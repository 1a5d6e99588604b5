"""Parameters of an integration or a source: judged, sealed where secret, compared with what is stored."""

from collections.abc import Collection, Mapping
from typing import Any

from webapp.decide.params import INTEGRATION, Declares, is_secret, nearest, param_flaws, specs_for
from webapp.gateways import webhook
from webapp.gateways.contract import Traits
from webapp.models import Integration, IntegrationParam, Source, SourceParam
from webapp.services.audit import MASK
from webapp.services.errors import Problem
from webapp.services.hub import current_hub

SIGNING_SECRET = "segredo"
Owner = Integration | Source
Row = IntegrationParam | SourceParam


def param_place(integration_id: int, name: str) -> str:
    """Return where a secret param is sealed."""
    return _place(IntegrationParam, integration_id, name)


def source_param_place(source_id: int, name: str) -> str:
    """Return where a secret param of a source is sealed."""
    return _place(SourceParam, source_id, name)


def public_params(owner: Owner) -> dict[str, str | None]:
    """Return params by name; a secret's value is None."""
    return {param.name: None if param.sealed else param.value for param in owner.params}


def secret_names_set(owner: Owner) -> set[str]:
    """Return the names of secrets that have a value."""
    return {param.name for param in owner.params if param.sealed}


def masked_params(owner: Owner, fresh: Collection[str] = ()) -> dict[str, str]:
    """Return params as the history may keep them.

    Args:
        fresh: names that have a new value now; a secret among them is seen to have changed.
    """
    return {
        param.name: (f"{MASK} (new)" if param.name in fresh else MASK) if param.sealed else param.value
        for param in owner.params
    }


def with_made_secrets(traits: Traits, params: Mapping[str, str], kept: set[str]) -> dict[str, str]:
    """Return the params with a signing secret, made here when a webhook has none."""
    made = dict(params)
    if traits.key == webhook.KEY and not params.get(SIGNING_SECRET) and SIGNING_SECRET not in kept - params.keys():
        made[SIGNING_SECRET] = webhook.new_secret()
    return made


def param_problems(traits: Declares, params: Mapping[str, str], kept: set[str]) -> list[Problem]:
    """Return what would not be understood, by ``params.NAME``."""
    flaws = param_flaws(traits, params, INTEGRATION, kept)
    return [Problem(f"params.{flaw.field}", flaw.code, flaw.params) for flaw in flaws]


def unknown_problems(traits: Declares, names: Collection[str]) -> list[Problem]:
    """Return only what is wrong with the names, for a form that is not complete yet."""
    problems = param_problems(traits, dict.fromkeys(names, ""), set())
    return [problem for problem in problems if problem.code.startswith("param_unknown")]


def lookalikes(traits: Traits, names: Collection[str]) -> dict[str, str]:
    """Return free params that look like a declared one: name -> the name that was probably meant.

    A gateway that takes free params cannot refuse them; ``header:NAME`` and ``query:NAME`` say clearly what they are.
    """
    known = [spec.name for spec in specs_for(traits, INTEGRATION)]
    free = [name for name in names if traits.free_params and name not in known and ":" not in name]
    return {name: meant for name in free if (meant := nearest(name, known))}


def forget_secrets(owner: Owner, given: Collection[str]) -> None:
    """Remove stored secrets that are not given anew: those of one platform are never sent to another."""
    for param in [row for row in owner.params if row.sealed and row.name not in given]:
        _remove(owner, param)


def store_params(owner: Owner, traits: Declares, params: Mapping[str, str]) -> set[str]:
    """Make the stored params equal to these; return the names of those that differed.

    A secret that is left out keeps its value, an empty one is removed. What is not secret and
    left out is removed. The owner must have its id already.
    """
    kept = {name for name in secret_names_set(owner) if is_secret(traits, name)} - params.keys()
    given = {name: value if is_secret(traits, name) else value.strip() for name, value in params.items()}
    wanted = {name: value for name, value in given.items() if value}
    changed = {name for name, value in wanted.items() if _store(owner, traits, name, value)}
    gone = [param for param in owner.params if param.name not in wanted and param.name not in kept]
    for param in gone:
        _remove(owner, param)
    return changed | {param.name for param in gone}


def _store(owner: Owner, traits: Declares, name: str, value: str) -> bool:
    known: dict[str, Row] = {param.name: param for param in owner.params}
    param = known.get(name)
    if param is not None and _opened(owner.id, param) == value and bool(param.sealed) == is_secret(traits, name):
        return False
    if param is None:
        param = _add(owner, name, 1 + max((row.position for row in known.values()), default=-1))
    secret = is_secret(traits, name)
    param.sealed = current_hub().vault.seal(value, _place(type(param), owner.id, name)) if secret else None
    param.value = "" if secret else value
    return True


def _add(owner: Owner, name: str, position: int) -> Row:
    if isinstance(owner, Source):
        added = SourceParam(name=name, position=position)
        owner.params.append(added)
        return added
    param = IntegrationParam(name=name, position=position)
    owner.params.append(param)
    return param


def _remove(owner: Owner, param: Row) -> None:
    rows: list[Any] = owner.params
    rows.remove(param)


def _opened(owner_id: int, param: Row) -> str:
    if not param.sealed:
        return param.value
    return str(current_hub().vault.open(param.sealed, _place(type(param), owner_id, param.name)))


def _place(row: type[Row], owner_id: int, name: str) -> str:
    return f"{row.__tablename__}:sealed:{owner_id}:{name}"
