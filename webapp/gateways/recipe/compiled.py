"""A recipe made ready: every template and path compiled, every word turned into what the engine runs."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.gateways.callback import CallbackContract
from webapp.gateways.contract import Connection, Operation, Traits
from webapp.gateways.recipe.callbacks import (
    Admission,
    EventReader,
    compile_admission,
    compile_callback,
    compile_events,
)
from webapp.gateways.recipe.compiled_auth import CompiledAuth, compile_auth
from webapp.gateways.recipe.compiled_calls import CallCompiler, CompiledOperation
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.readers import AccountReader, ProductReader, account_reader, product_reader
from webapp.gateways.recipe.schema import RecipeWords
from webapp.gateways.recipe.scope import Names
from webapp.gateways.recipe.traits import names_of, traits_of


@dataclass(frozen=True)
class Recipe:
    """A recipe, ready. Immutable; shared by threads.

    Attributes:
        required: params that the integration must have, by the name that templates use.
        source: the TOML.
    """

    traits: Traits
    names: Names
    calls: Mapping[Operation, CompiledOperation]
    auth: CompiledAuth
    account: AccountReader
    product: ProductReader
    callback: CallbackContract
    admission: Admission
    events: EventReader | None
    required: tuple[str, ...]
    source: str = ""

    def missing_param(self, conn: Connection) -> str | None:
        """Return the first required param that the integration lacks, by the name under which it is kept."""
        environment = self.names.environment_of(conn.params)
        kept = (self.names.own_name(name, environment) for name in self.required)
        return next((name for name in kept if not conn.params.get(name, "").strip()), None)


def compile_recipe(words: RecipeWords, problems: Problems, source: str) -> Recipe:
    """Compile a recipe whose shape is right; faults in templates and paths go to ``problems``."""
    names = names_of(words)
    compiler = CallCompiler(words, names, problems)
    calls = {
        operation: compiler.compile(operation, call)
        for operation in Operation
        if (call := words.operations.call(operation)) is not None
    }
    auth = compile_auth(words.auth, names, problems)
    return Recipe(
        traits=traits_of(words, calls, auth),
        names=names,
        calls=calls,
        auth=auth,
        account=account_reader(words.account, problems),
        product=product_reader(words.product, problems),
        callback=compile_callback(words.callback, problems),
        admission=compile_admission(words.callback, names, problems),
        events=compile_events(words.events, problems),
        required=tuple(
            name for name, param in words.params.items() if param.required and param.scope != "package"
        ),
        source=source,
    )  # fmt: skip
