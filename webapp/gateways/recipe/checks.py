"""What concerns several words of a recipe at once: what they promise together, and what they leave open."""

import re
from collections.abc import Iterable

from webapp.gateways.contract import Guarantee, Operation, ProductSource, Unit
from webapp.gateways.recipe.checks_calls import check_calls
from webapp.gateways.recipe.problems import Problems
from webapp.gateways.recipe.schema import Param, RecipeWords
from webapp.gateways.recipe.schema_calls import Answered, FindCall, OperationCall
from webapp.gateways.recipe.texts import names_in, names_used, templates_in

SENT = (
    Operation.CREATE, Operation.UPDATE, Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL,
    Operation.RESEND_ACTIVATION, Operation.NOTIFY,
)  # fmt: skip
# Who makes accounts must be able to stop, resume and end them: a customer's debt and wish decide.
_NEEDED = (Operation.SUSPEND, Operation.ENABLE, Operation.CANCEL)
# The hub itself reads these of an integration or a sale: see ``contract.PasswordRule`` and ``login_fields``.
_OF_THE_HUB = frozenset({"usuario", "email"})
_SECRET_NAME = re.compile(r"(^|_)(token|secret|segredo|senha|password|passwd|api_?key|chave)$")


def check_words(words: RecipeWords, problems: Problems) -> None:
    """Note what does not fit together; the words by themselves and their templates were checked before."""
    _check_aliases(words, problems)
    _check_local(words, problems)
    _check_needed(words, problems)
    _check_guarantee(words, problems)
    _check_key(words, problems)
    _check_products(words, problems)
    _check_remote_ids(words, problems)
    _check_environments(words, problems)
    _check_params(words, problems)
    _check_password(words, problems)
    check_calls(words, problems)


def _has(words: RecipeWords, operation: Operation) -> bool:
    return words.operations.call(operation) is not None or operation in words.aliases or operation in words.local


def _creates(words: RecipeWords) -> OperationCall | None:
    call = words.operations.call(words.aliases.get(Operation.CREATE, Operation.CREATE))
    return call if isinstance(call, OperationCall) else None


def _names(operations: Iterable[Operation]) -> str:
    return ", ".join(operation.value for operation in operations) or "-"


def _check_aliases(words: RecipeWords, problems: Problems) -> None:
    sent = [operation for operation in SENT if words.operations.call(operation) is not None]
    for operation, target in words.aliases.items():
        at = ("aliases", operation.value)
        if operation not in SENT:
            problems.add(at, "recipe_value", found=operation.value, allowed=_names(SENT))
        if target not in sent:
            problems.add(at, "recipe_value", found=target.value, allowed=_names(sent))
        if words.operations.call(operation) is not None:
            found = f"aliases.{operation.value}, operations.{operation.value}"
            problems.add(at, "recipe_operation_twice", operation=operation.value, found=found, allowed="1")
    for index, operation in enumerate(words.lossless_aliases):
        if operation not in words.aliases:
            problems.add(
                ("lossless_aliases", index), "recipe_value", found=operation.value, allowed=_names(words.aliases)
            )


def _check_local(words: RecipeWords, problems: Problems) -> None:
    for index, operation in enumerate(words.local):
        at = ("local", index)
        if operation not in SENT:
            problems.add(at, "recipe_value", found=operation.value, allowed=_names(SENT))
        places = [f"local, operations.{operation.value}"] if words.operations.call(operation) is not None else []
        places += [f"local, aliases.{operation.value}"] if operation in words.aliases else []
        for found in places:
            problems.add(at, "recipe_operation_twice", operation=operation.value, found=found, allowed="1")


def _check_needed(words: RecipeWords, problems: Problems) -> None:
    needed = list(_NEEDED) if _has(words, Operation.CREATE) else []
    if not needed and _has(words, Operation.CANCEL):
        needed = [Operation.CREATE]
    for operation in needed:
        if not _has(words, operation):
            name = operation.value
            allowed = f"[operations.{name}], aliases = {{ {name} = ... }}, local = [{name}]"
            problems.add(("operations", name), "recipe_operation_missing", operation=name, found="-", allowed=allowed)
    sends = ("account", "products") in names_used(_creates(words))
    if words.unit is Unit.ACCOUNT and sends and not _has(words, Operation.UPDATE):
        allowed = "[operations.update], local = [update]"
        problems.add(("operations", "update"), "recipe_update_missing", found="account.products", allowed=allowed)


def _check_guarantee(words: RecipeWords, problems: Problems) -> None:
    create = _creates(words)
    if words.guarantee is not Guarantee.EXACTLY_ONE or create is None or words.operations.find is not None:
        return
    if words.honours_key or _is_repeatable(create):
        return
    allowed = f"[operations.find], honours_key, repeat_safe | {Guarantee.AT_MOST_ONE.value}"
    problems.add(("guarantee",), "recipe_guarantee_unkept", found=words.guarantee.value, allowed=allowed)


def _is_repeatable(create: OperationCall) -> bool:
    """Tell whether all of a create may be repeated, each step by its own word or the operation's."""
    steps = [step.repeat_safe if step.repeat_safe is not None else create.repeat_safe for step in create.steps]
    reading = [step.reads or step.method in ("GET", "HEAD") and step.repeat_safe is None for step in create.steps]
    if not steps:
        return bool(create.repeat_safe)
    return all(safe or reads for safe, reads in zip(steps, reading, strict=True))


def _check_key(words: RecipeWords, problems: Problems) -> None:
    create = _creates(words)
    sends = create is not None and _sends_key(create)
    if words.honours_key and not sends:
        problems.add(("honours_key",), "recipe_key_unsent", found="true", allowed="idempotency_header, {{ key }}")
    for operation in SENT:
        call = words.operations.call(operation)
        if not words.honours_key and isinstance(call, OperationCall):
            for at, found in _key_headers(operation, call):
                problems.add(at, "recipe_key_unhonoured", found=found, allowed="honours_key = true")


def _sends_key(create: OperationCall) -> bool:
    headers = (create.idempotency_header, *(step.idempotency_header for step in create.steps))
    return any(headers) or ("key", "") in names_used(create)


def _key_headers(operation: Operation, call: OperationCall) -> Iterable[tuple[tuple[str | int, ...], str]]:
    at = ("operations", operation.value)
    if call.idempotency_header:
        yield (*at, "idempotency_header"), call.idempotency_header
    for index, step in enumerate(call.steps):
        if step.idempotency_header:
            yield (*at, "steps", index, "idempotency_header"), step.idempotency_header


def _check_products(words: RecipeWords, problems: Problems) -> None:
    source = words.product_source
    reads = source in (ProductSource.LIST, ProductSource.PER_CUSTOMER)
    if reads and words.operations.list_products is None:
        allowed = f"[operations.list_products] | product_source = {ProductSource.MANUAL.value}"
        problems.add(("product_source",), "recipe_source_unfit", found=source.value, allowed=allowed)
    if not reads and words.operations.list_products is not None:
        problems.add(("product_source",), "recipe_source_unfit", found=source.value, allowed="list, per_customer")
    if source is ProductSource.GENERIC and words.generic_product is None:
        allowed = 'generic_product = { code = "...", name = "..." }'
        problems.add(("product_source",), "recipe_source_unfit", found=source.value, allowed=allowed)
    if source is not ProductSource.GENERIC and words.generic_product is not None:
        problems.add(
            ("generic_product",), "recipe_source_unfit", found=source.value, allowed='product_source = "generic"'
        )


def _check_remote_ids(words: RecipeWords, problems: Problems) -> None:
    learned = _learned(words)
    for name, remote in words.remote_ids.items():
        if remote.of == "right" and words.unit is not Unit.ENTITLEMENT:
            problems.add(
                ("remote_ids", name, "of"), "recipe_value", found='of = "right", unit = "account"',
                allowed='of = "account" | unit = "entitlement"',
            )  # fmt: skip
        if name not in learned:
            problems.add(("remote_ids", name), "recipe_remote_unlearned", found=name, allowed=_sorted(learned))
    used = {field for root, field in names_used(words) if root == "remote" and field}
    for name in sorted(used & words.account.remote.keys() - learned):
        problems.add(("account", "remote", name), "recipe_remote_unlearned", found=name, allowed=_sorted(learned))


def _learned(words: RecipeWords) -> set[str]:
    """Return the ids that some answer brings. Where accounts stand is of use only when accounts are read."""
    operations = words.operations
    found: set[str] = set()
    if operations.find or operations.list_ or operations.list_changes:
        found |= words.account.remote.keys()
    for call in vars(operations).values():
        if isinstance(call, Answered):
            found |= call.remote.keys()
        if isinstance(call, OperationCall | FindCall):
            found |= {name for step in call.steps for name in step.remote}
    return found


def _sorted(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "-"


def _check_environments(words: RecipeWords, problems: Problems) -> None:
    values = {name for environment in words.environments.values() for name in environment.values}
    for key, environment in words.environments.items():
        for name in sorted(values - environment.values.keys()):
            problems.add(("environments", key, "values", name), "recipe_word_missing", found="-", allowed=name)
    for name, param in words.params.items():
        if param.per_environment and not words.environments:
            at = ("params", name, "per_environment")
            problems.add(at, "recipe_environments_missing", found="true", allowed="[environments.NAME]")


def _check_params(words: RecipeWords, problems: Problems) -> None:
    declared = _sorted(words.params)
    for index, name in enumerate(words.boolean_params):
        if name not in words.params:
            problems.add(("boolean_params", index), "recipe_value", found=name, allowed=declared)
    if words.login_param and words.login_param not in words.params:
        problems.add(("login_param",), "recipe_value", found=words.login_param, allowed=declared)
    used = {field for root, field in names_used(words) if root == "params"}
    for name, param in words.params.items():
        _check_param(name, param, problems)
        if name not in used | _OF_THE_HUB | {words.login_param, *words.login_fields}:
            problems.hint(("params", name), "recipe_hint_param_unused", found=name, allowed=f"{{{{ params.{name} }}}}")


def _check_password(words: RecipeWords, problems: Problems) -> None:
    """Without its table no password is made, and nothing would be sent in its place."""
    if words.password is not None:
        return
    for at, text in templates_in(words):
        if ("account", "password") in names_in(text):
            problems.add(at, "recipe_password_unmade", found="account.password", allowed="[password], service.password")


def _check_param(name: str, param: Param, problems: Problems) -> None:
    at = ("params", name)
    if param.kind == "choice" and not param.choices:
        problems.add((*at, "choices"), "recipe_word_missing", found="-", allowed="choices")
    if param.kind != "choice" and param.choices:
        problems.add((*at, "choices"), "recipe_value", found=f'kind = "{param.kind}"', allowed='kind = "choice"')
    if param.choice_labels and len(param.choice_labels) != len(param.choices):
        found, allowed = str(len(param.choice_labels)), str(len(param.choices))
        problems.add((*at, "choice_labels"), "recipe_value", found=found, allowed=allowed)
    fitting = {"choice": param.choices, "boolean": ("true", "false")}.get(param.kind, ())
    if param.default and fitting and param.default not in fitting:
        problems.add((*at, "default"), "recipe_value", found=param.default, allowed=", ".join(fitting))
    if param.kind == "text" and _SECRET_NAME.search(name):
        problems.add(at, "recipe_secret_in_clear", name=name, found='kind = "text"', allowed='kind = "secret"')
