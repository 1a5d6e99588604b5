"""Tries a recipe that is being written: what it would send, or one operation for real."""

import re
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.gateways.contract import Connection, Gateway, Operation, Traits
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.recipe import trial
from webapp.gateways.recipe.problems import RecipeError
from webapp.gateways.recipe.trial import EXAMPLE, PARAMS, REMOTE, TrialResult
from webapp.services import audit
from webapp.services.hub import current_hub
from webapp.services.recipes import RecipeRefused, compile_text, root_id

__all__ = ["EXAMPLE", "PARAMS", "REMOTE", "TrialResult", "operations_of", "preview_operation", "remote_names",
           "traits_of_text", "try_operation"]  # fmt: skip

_REMOTE_NAME = re.compile(r"\bremote\.([a-z][a-z0-9_]*)")


def traits_of_text(text: str) -> Traits | None:
    """Return what a recipe declares; None while it has problems."""
    try:
        return compile_text(text).traits
    except RecipeError:
        return None


def operations_of(traits: Traits) -> list[Operation]:
    """Return the operations that can be tried: those with a call of their own."""
    return [operation for operation in Operation if operation in traits.capabilities]


def remote_names(text: str) -> list[str]:
    """Return the ids of the platform that a recipe's templates ask for, in their order."""
    return list(dict.fromkeys(_REMOTE_NAME.findall(text)))


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
    try:
        gateway = compile_text(text)
    except RecipeError as error:
        raise RecipeRefused(error.problems) from error
    policy = EgressPolicy(current_hub().settings.egress_allow)
    return gateway, trial.connection_from(gateway.traits, values, policy, utc_now)


def _closed(connection: Connection, attempt: Callable[[], TrialResult]) -> TrialResult:
    try:
        return attempt()
    finally:
        connection.http.close()
