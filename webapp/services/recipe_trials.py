"""Tries a recipe that is being written: what it would send, or one operation for real."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Gateway, Operation, Traits
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.recipe import trial
from webapp.gateways.recipe.problems import RecipeProblem
from webapp.gateways.recipe.trial import EXAMPLE, PARAMS, REMOTE, TrialResult
from webapp.services import audit
from webapp.services.hub import current_hub
from webapp.services.recipe_texts import compile_text, inspect_text
from webapp.services.recipes import root_id

__all__ = [
    "EXAMPLE",
    "PARAMS",
    "REMOTE",
    "Draft",
    "TrialResult",
    "preview_operation",
    "read_draft",
    "try_gateway",
    "try_operation",
]


@dataclass(frozen=True)
class Draft:
    """A recipe that is being written.

    Attributes:
        problems: by line; empty when it may run. ``hints`` stop nothing.
        traits: None while it has problems.
        operations: those with a call of their own, which can be tried.
        remote: ids of the platform that it knows of.
    """

    problems: Sequence[RecipeProblem] = ()
    hints: Sequence[RecipeProblem] = ()
    traits: Traits | None = None
    operations: Sequence[Operation] = ()
    remote: Sequence[str] = ()


def read_draft(text: str, key: str = "") -> Draft:
    """Read a recipe as far as it goes.

    Args:
        key: what the recipe must be called; empty = as it likes.
    """
    seen = inspect_text(text, key)
    if seen.gateway is None:
        return Draft(seen.problems, seen.hints)
    traits = seen.gateway.traits
    operations = [operation for operation in Operation if operation in traits.capabilities]
    return Draft((), seen.hints, traits, operations, sorted(seen.gateway.recipe.names.remote))


def preview_operation(text: str, operation: Operation, values: Mapping[str, str]) -> TrialResult:
    """Render what an operation would send, masked; nothing is sent and nothing is kept.

    Args:
        values: by the names that a recipe uses, such as ``params.token``; see ``trial.subject_from``.

    Raises:
        RecipeRefused: mend the recipe first.
    """
    return try_gateway(compile_text(text), operation, values, preview=True)


def try_operation(text: str, operation: Operation, values: Mapping[str, str]) -> TrialResult:
    """Send one operation to the platform for real, tell how it ended, and keep in the history that it was done.

    Args:
        values: as for ``preview_operation``.

    Raises:
        RecipeRefused: mend the recipe first; nothing was sent.
    """
    gateway = compile_text(text)
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    result = try_gateway(gateway, operation, values, preview=False)
    host = urlsplit(result.exchange.url).hostname if result.exchange is not None else None
    after = {"operation": operation.value, "host": host or "", "outcome": result.outcome}
    recipe = gateway.traits.key
    audit.record("recipe.try", "recipe", root_id(recipe), recipe, after=after)
    db.session.commit()
    return result


def try_gateway(gateway: Gateway, operation: Operation, values: Mapping[str, str], *, preview: bool) -> TrialResult:
    """Do one operation for a made-up subscriber, or only render it; the egress rules of the settings apply.

    It needs no database, and keeps nothing.

    Args:
        values: by the names that a recipe uses, such as ``params.token``.
    """
    policy = EgressPolicy(current_hub().settings.egress_allow)
    connection = trial.connection_from(gateway.traits, values, policy, utc_now)
    subject = trial.subject_from(values)
    try:
        if preview:
            return trial.preview(gateway, connection, operation, subject)
        # A key of its own: a platform that honours it would give its answer to the former try again.
        return trial.run(gateway, connection, operation, subject, f"try-{secrets.token_hex(8)}")
    finally:
        connection.http.close()
