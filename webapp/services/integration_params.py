"""An integration's parameters: judged, sealed where secret, compared with what is stored."""

from collections.abc import Collection, Mapping

from webapp.decide.params import INTEGRATION, is_secret, nearest, param_flaws, specs_for
from webapp.gateways import webhook
from webapp.gateways.contract import Traits
from webapp.models import Integration, IntegrationParam
from webapp.services.audit import MASK
from webapp.services.errors import Problem
from webapp.services.hub import current_hub

SIGNING_SECRET = "segredo"


def param_place(integration_id: int, name: str) -> str:
    """Return where a secret param is sealed."""
    return f"integration_param:sealed:{integration_id}:{name}"


def public_params(integration: Integration) -> dict[str, str | None]:
    """Return params by name; a secret's value is None."""
    return {param.name: None if param.sealed else param.value for param in integration.params}


def secret_names_set(integration: Integration) -> set[str]:
    """Return the names of secrets that have a value."""
    return {param.name for param in integration.params if param.sealed}


def masked_params(integration: Integration, fresh: Collection[str] = ()) -> dict[str, str]:
    """Return params as the history may keep them.

    Args:
        fresh: names that have a new value now; a secret among them is seen to have changed.
    """
    return {
        param.name: (f"{MASK} (new)" if param.name in fresh else MASK) if param.sealed else param.value
        for param in integration.params
    }


def with_made_secrets(traits: Traits, params: Mapping[str, str], kept: set[str]) -> dict[str, str]:
    """Return the params with a signing secret, made here when a webhook has none."""
    made = dict(params)
    if traits.key == webhook.KEY and not params.get(SIGNING_SECRET) and SIGNING_SECRET not in kept - params.keys():
        made[SIGNING_SECRET] = webhook.new_secret()
    return made


def param_problems(traits: Traits, params: Mapping[str, str], kept: set[str]) -> list[Problem]:
    """Return what the gateway would not understand, by ``params.NAME``."""
    flaws = param_flaws(traits, params, INTEGRATION, kept)
    return [Problem(f"params.{flaw.field}", flaw.code, flaw.params) for flaw in flaws]


def unknown_problems(traits: Traits, names: Collection[str]) -> list[Problem]:
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


def forget_secrets(integration: Integration, given: Collection[str]) -> None:
    """Remove stored secrets that are not given anew: those of one platform are never sent to another."""
    for param in [row for row in integration.params if row.sealed and row.name not in given]:
        integration.params.remove(param)


def store_params(integration: Integration, traits: Traits, params: Mapping[str, str]) -> set[str]:
    """Make the stored params equal to these; return the names of those that differed.

    A secret that is left out keeps its value, an empty one is removed. What is not secret and
    left out is removed. The integration must have its id already.
    """
    kept = {name for name in secret_names_set(integration) if is_secret(traits, name)} - params.keys()
    given = {name: value if is_secret(traits, name) else value.strip() for name, value in params.items()}
    wanted = {name: value for name, value in given.items() if value}
    changed = {name for name, value in wanted.items() if _store(integration, traits, name, value)}
    gone = [param for param in integration.params if param.name not in wanted and param.name not in kept]
    for param in gone:
        integration.params.remove(param)
    return changed | {param.name for param in gone}


def _store(integration: Integration, traits: Traits, name: str, value: str) -> bool:
    known = {param.name: param for param in integration.params}
    param = known.get(name)
    if param is not None and _opened(integration.id, param) == value and bool(param.sealed) == is_secret(traits, name):
        return False
    if param is None:
        param = IntegrationParam(name=name, position=1 + max((row.position for row in known.values()), default=-1))
        integration.params.append(param)
    secret = is_secret(traits, name)
    param.sealed = current_hub().vault.seal(value, param_place(integration.id, name)) if secret else None
    param.value = "" if secret else value
    return True


def _opened(integration_id: int, param: IntegrationParam) -> str:
    if not param.sealed:
        return param.value
    return str(current_hub().vault.open(param.sealed, param_place(integration_id, param.name)))
