"""Broken recipes: every problem names file, line, key, what was found and what is allowed."""

import pytest

from webapp.gateways.recipe.loader import read_recipe
from webapp.gateways.recipe.problems import RecipeError
from webapp.gateways.registry import BUNDLED
from webapp.messages import ENTRIES

GOOD = (BUNDLED / "nx_play.toml").read_text("utf-8")
BREAKS = [
    ('status = "assumed"', 'status = "guessed"', "status", "recipe_value"),
    ('status = "assumed"', "", "status", "recipe_word_missing"),
    ('key = "nx_play"', 'key = "NX Play"', "key", "recipe_value"),
    ('unit = "account"', 'unity = "account"', "unity", "recipe_word_unknown"),
    ('unit = "account"', 'unit = "customer"', "unit", "recipe_value"),
    ("concurrency = 16", "concurrency = 0", "limits.concurrency", "recipe_value"),
    ("concurrency = 16", 'concurrency = "many"', "limits.concurrency", "recipe_value"),
    ("min_length = 6", "minimum = 6", "password.minimum", "recipe_word_unknown"),
    ('kind = "secret"', 'kind = "geheim"', "params.token.kind", "recipe_value"),
    ("immutable = true", "frozen = true", "params.email.frozen", "recipe_word_unknown"),
    ('kind = "header"', 'kind = "oauth"', "auth.kind", "recipe_value"),
    ('kind = "header"', 'kind = "token"', "auth.request", "recipe_word_missing"),
    ("{{ params.token }}", "{{ params.tokn }}", "auth.headers.Authorization", "recipe_name"),
    ('suspended = "suspended"', 'suspended = "asleep"', "account.states.suspended", "recipe_value"),
    ('items = "body.products"', "", "operations.list_products.items", "recipe_word_missing"),
    ('items = "body.products"', 'items = "body.["', "operations.list_products.items", "recipe_path"),
    ('method = "PUT"', 'method = "PUSH"', "operations.update.method", "recipe_value"),
    ('method = "PUT"', 'methode = "PUT"', "operations.update.methode", "recipe_word_unknown"),
    ("remote.id }}/suspend", "remote.ticket }}/suspend", "operations.suspend.url", "recipe_name"),
    ("{{ customer.phone }}", "{{ customer.fone }}", "operations.create.json.phone", "recipe_name"),
    ("noggin | text_bool", "noggin | boolean", "operations.create.json.noggin", "recipe_filter"),
    ("{{ customer.name }}", "{{ customer.name.upper() }}", "operations.create.json.name", "recipe_template_node"),
    ("{{ customer.name }}", "{% if 1 %}x{% endif %}", "operations.create.json.name", "recipe_template"),
    ('is = "adopt"', 'is = "adopted"', "operations.create.outcomes.0.is", "recipe_value"),
    ("{ status = [402], is", "{ is", "operations.create.outcomes.1", "recipe_value"),
    ('when = "body.error ==', 'when = "body.error =', "operations.create.outcomes.0.when", "recipe_path"),
    ('remote = { id = "body.id" }', 'remote = { ID = "body.id" }', "operations.create.remote.ID", "recipe_value"),
    ("size = 500", "size = 0", "operations.list.pager.size", "recipe_value"),
    ("{{ page.number }}", "{{ page.nr }}", "operations.list.query.page", "recipe_name"),
    ('absent = "body.total', 'absnt = "body.total', "operations.find.absnt", "recipe_word_unknown"),
    ("[operations.suspend]", "[operations.suspende]", "operations.suspende", "recipe_word_unknown"),
    ("[operations.list_products]", "[operations.list_produtos]", "operations.list_produtos", "recipe_word_unknown"),
    ('boolean_params = ["noggin"', 'boolean_params = ["nogin"', "boolean_params.0", "recipe_value"),
    ("honours_key = true", 'honours_key = true\naliases = { notify = "resend_activation" }', "aliases.notify",
     "recipe_value"),
    ('choices = ["login_autenticacao", ', 'choices = [] # ["login_autenticacao", ', "params.usuario.choices",
     "recipe_word_missing"),
]  # fmt: skip


def problems_of(text):
    with pytest.raises(RecipeError) as caught:
        read_recipe(text, "own.toml")
    return caught.value.problems


@pytest.mark.parametrize(("old", "new", "key", "code"), BREAKS)
def test_problem_names_line_key_found_and_allowed(old, new, key, code):
    assert old in GOOD
    text = GOOD.replace(old, new)
    problem = next(problem for problem in problems_of(text) if problem.key == key)
    assert (problem.file, problem.code) == ("own.toml", code)
    assert problem.params["allowed"]
    assert 0 <= problem.line <= len(text.splitlines())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('method = "PUT"', 'method = "PUSH"'),
        ("size = 500", "size = 0"),
        ("{{ customer.phone }}", "{{ customer.fone }}"),
    ],
)
def test_line_is_the_one_of_the_key(old, new):
    text = GOOD.replace(old, new, 1)
    problem = problems_of(text)[0]
    assert new in text.splitlines()[problem.line - 1]


def test_unknown_word_lists_the_words_allowed_there():
    problem = problems_of(GOOD.replace("min_length = 6", "minimum = 6"))[0]
    assert problem.params["allowed"] == "default_field, instead_of, min_length, pad_fields"


def test_all_problems_are_told_at_once():
    text = GOOD.replace('method = "PUT"', 'method = "PUSH"').replace("size = 500", "size = 0")
    assert len(problems_of(text)) == 2


@pytest.mark.parametrize("text", ["key = ", "key = 'a'\nkey = 'b'", "[[[", "\x00"])
def test_text_that_is_no_toml_is_told(text):
    assert problems_of(text)[0].code == "recipe_not_toml"


def test_every_problem_has_words():
    for code in {code for *_, code in BREAKS} | {"recipe_not_toml", "recipe_unreadable", "recipe_too_large"}:
        assert code in ENTRIES
