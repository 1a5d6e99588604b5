"""Tries a recipe that is being written: what it would send, or one operation for real."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation, Traits
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.recipe import trial
from webapp.gateways.recipe.problems import RecipeProblem
from webapp.gateways.recipe.trial import EXAMPLE, PARAMS, REMOTE, TrialResult
from webapp.services import audit
from webapp.services.hub import current_hub
from webapp.services.recipe_texts import compile_text, inspect_text
from webapp.services.recipes import root_id

__all__ = ["EXAMPLE", "PARAMS", "REMOTE", "Draft", "TrialResult", "preview_operation", "read_draft", "try_operation"]


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
    gateway, connection = _opened(text, values)
    return _closed(connection, lambda: trial.preview(gateway, connection, operation, trial.subject_from(values)))


def try_operation(text: str, operation: Operation, values: Mapping[str, str]) -> TrialResult:
    """Send one operation to the platform for real, tell how it ended, and keep in the history that it was done.

    Args:
        values: as for ``preview_operation``.

    Raises:
        RecipeRefused: mend the recipe first; nothing was sent.
    """
    gateway, connection = _opened(text, values)
    subject, key = trial.subject_from(values), f"try-{secrets.token_hex(8)}"
    # A platform may take its time: no transaction waits for it.
    db.session.rollback()
    result = _closed(connection, lambda: trial.run(gateway, connection, operation, subject, key))
    host = urlsplit(result.exchange.url).hostname if result.exchange is not None else None
    after = {"operation": operation.value, "host": host or "", "outcome": result.outcome}
    recipe = gateway.traits.key
    audit.record("recipe.try", "recipe", root_id(recipe), recipe, after=after)
    db.session.commit()
    return result


def _opened(text: str, values: Mapping[str, str]) -> tuple[Gateway, Connection]:
    gateway = compile_text(text)
    policy = EgressPolicy(current_hub().settings.egress_allow)
    return gateway, trial.connection_from(gateway.traits, values, policy, utc_now)


def _closed(connection: Connection, attempt: Callable[[], TrialResult]) -> TrialResult:
    try:
        return attempt()
    finally:
        connection.http.close()
