"""Recipes while they are being written: what is wrong with one, what it would send, one operation for real."""

from dataclasses import asdict

from webapp.api.auth import ADMIN_SCOPE, needs
from webapp.api.blueprint import bp
from webapp.api.problems import words
from webapp.api.schemas.common import failure
from webapp.api.schemas.gateways import (
    DRAFT,
    RECIPE_TEXT,
    TRIAL,
    TRIAL_IN,
    DraftInput,
    DraftOut,
    RecipeProblemOut,
    TrialInput,
    TrialOut,
)
from webapp.services import recipe_trials
from webapp.services.recipe_trials import TrialResult


@bp.post("/recipes/check")
@needs(ADMIN_SCOPE)
@bp.input(DraftInput, example={"text": RECIPE_TEXT, "key": "own_tv"})
@bp.output(DraftOut, example=DRAFT)
def check_recipe(json_data: DraftInput) -> DraftOut:
    """Say everything that is wrong with a recipe, by line; nothing is kept."""
    draft = recipe_trials.read_draft(json_data.text, json_data.key)
    return DraftOut(
        ok=not draft.problems,
        problems=[
            RecipeProblemOut(
                line=one.line,
                key=one.key,
                code=one.code,
                message=str(words(one.code, one.params)),
                severity=one.severity,
            )
            for one in (*draft.problems, *draft.hints)
        ],
        operations=[str(one) for one in draft.operations],
    )


@bp.post("/recipes/preview")
@needs(ADMIN_SCOPE)
@bp.input(TrialInput, example=TRIAL_IN)
@bp.output(TrialOut, example=TRIAL)
def preview_recipe(json_data: TrialInput) -> TrialOut:
    """Render the request of one operation, masked; nothing is sent, nothing is kept."""
    return _result(recipe_trials.preview_operation(json_data.text, json_data.operation, json_data.values))


@bp.post("/recipes/try")
@needs(ADMIN_SCOPE)
@bp.input(TrialInput, example=TRIAL_IN)
@bp.output(TrialOut, example=TRIAL)
def try_recipe(json_data: TrialInput) -> TrialOut:
    """Send one operation to the platform for real, for a made-up subscriber, and tell how it ended."""
    return _result(recipe_trials.try_operation(json_data.text, json_data.operation, json_data.values))


def _result(result: TrialResult) -> TrialOut:
    return TrialOut(
        ok=result.ok,
        outcome=str(result.outcome),
        error=failure(result.code or None, result.params),
        remote_ids=dict(result.remote_ids),
        exchange=asdict(result.exchange) if result.exchange is not None else None,
    )
