"""The passive side of a recipe: how a platform's question is read and answered, and what it tells unasked."""

from webapp.gateways.callback import DEFAULT, CallbackContract
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.schema import CallbackWords


def compile_callback(words: CallbackWords | None, problems: Problems) -> CallbackContract:
    """Compile the callback's words; none = the default contract."""
    if words is None:
        return DEFAULT
    return CallbackContract(words.login_fields, words.password_fields, words.product_fields)
