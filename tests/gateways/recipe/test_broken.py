"""Broken recipes: each message names the file, the line, the key, what was found and what is allowed."""

import pytest

from webapp.gateways.recipe.loader import DEEPEST, LARGEST_FILE, examine_recipe, read_recipe
from webapp.gateways.recipe.problems import RecipeError
from webapp.messages import ENTRIES, explain, recipes_checks

GOOD = """\
key = "demo"
label = "Demo TV"
status = "observed"
guarantee = "exactly_one"
product_source = "list"

[environments.production]
label = "Production"
values = { base = "https://api.example.com" }

[environments.sandbox]
label = "Sandbox"
values = { base = "https://sandbox.example.com" }

[params.token]
label = "Token"
kind = "secret"
required = true
per_environment = true

[auth]
kind = "header"
headers = { Authorization = "Bearer {{ params.token }}" }

[account]
login = "email"
remote = { id = "id" }
state = "status"
states = { on = "active", off = "suspended" }

[operations.list_products]
url = "{{ environment.base }}/products"
items = "body"

[[operations.create.steps]]
name = "person"
method = "POST"
url = "{{ environment.base }}/people"
json = { email = "{{ account.login }}" }
remote = { id = "body.id" }

[[operations.create.steps]]
name = "products"
method = "PUT"
url = "{{ environment.base }}/people/{{ remote.id }}/products"
json = { products = "{{ account.products }}" }
outcomes = [
  { status = [409], is = "already" },
  { status = [202], is = "wait", wait_s = 5 },
]

[operations.update]
method = "PUT"
url = "{{ environment.base }}/people/{{ remote.id }}/products"
json = { products = "{{ account.products }}" }

[operations.suspend]
method = "POST"
url = "{{ environment.base }}/people/{{ remote.id }}/off"

[operations.enable]
method = "POST"
url = "{{ environment.base }}/people/{{ remote.id }}/on"

[operations.cancel]
method = "DELETE"
url = "{{ environment.base }}/people/{{ remote.id }}"
answer = "any"

[operations.find]
url = "{{ environment.base }}/people"
query = { email = "{{ account.login }}" }
items = "body.people"
absent = "body.people == `[]`"

[operations.list]
url = "{{ environment.base }}/people"
query = { page = "{{ page.number }}" }
items = "body.people"
pager = { kind = "page", size = 50 }
"""
NAMES = "list_products, find, list"
SENDING = "create, update, suspend, enable, cancel, resend_activation, notify"
START = "https://..., {{ params.NAME }}/..., {{ environment.NAME }}/..."
WAITERS = "operations.create, update, suspend, enable, cancel, resend_activation, notify"
OUTCOMES = (
    "ok, already, gone, adopt, retry, throttled, auth, rejected, wait, capacity, pending_user, unknown, contract_broken"
)
CONNECTION = "environment, hub, now, params, token"
SUBJECT = "account, customer, environment, hub, key, now, others, params, remote, saved, service, token"

# What is replaced, by what; then line, key, code, found, allowed.
BROKEN = [
    # Words that are not there, missing, or do not fit.
    ('status = "observed"', 'status = "seen"', 3, "status", "recipe_value", "seen", "published, observed, assumed"),
    ('guarantee = "exactly_one"\n', "", 0, "guarantee", "recipe_word_missing", "-", "guarantee"),
    ('label = "Demo TV"', 'lable = "Demo TV"', 0, "label", "recipe_word_missing", "-", "label"),
    ('key = "demo"', 'key = "Demo TV"', 1, "key", "recipe_value", "Demo TV", "^[a-z][a-z0-9_]{0,58}$"),
    ("required = true", "requird = true", 18, "params.token.requird", "recipe_word_unknown", "requird",
     "choice_labels, choices, default, example, help, immutable, kind, label, per_environment, required, scope, where"),
    ("required = true", 'required = "sim"', 18, "params.token.required", "recipe_value", "sim", "true, false"),
    ('kind = "secret"', 'kind = "hidden"', 17, "params.token.kind", "recipe_value", "hidden",
     "text, url, number, secret, boolean, choice"),
    ("size = 50 }", "size = 0 }", 80, "operations.list.pager.size", "recipe_value", "0", ">= 1"),
    ("size = 50 }", 'size = "many" }', 80, "operations.list.pager.size", "recipe_value", "many", "1, 2, 3"),
    ("size = 50 }", "sise = 50 }", 80, "operations.list.pager.sise", "recipe_word_unknown", "sise",
     "kind, last, max_pages, next, pause_s, size, start, until"),
    ('off = "suspended"', 'off = "asleep"', 29, "account.states.off", "recipe_value", "asleep",
     "active, suspended, absent, pending_user, unknown"),
    ('method = "DELETE"', 'method = "ERASE"', 66, "operations.cancel.method", "recipe_value", "ERASE",
     "GET, POST, PUT, PATCH, DELETE, HEAD"),
    ("status = [409]", "status = 409", 48, "operations.create.steps.1.outcomes.0.status", "recipe_value", "409",
     "[...]"),
    ("status = [202]", "status = [2020]", 49, "operations.create.steps.1.outcomes.1.status.0", "recipe_value", "2020",
     "<= 599"),
    ('is = "already"', 'is = "exists"', 48, "operations.create.steps.1.outcomes.0.is", "recipe_value", "exists",
     OUTCOMES),
    ("{ status = [409], is", "{ is", 48, "operations.create.steps.1.outcomes.0", "recipe_value", "is = already",
     "status | when"),
    ('label = "Sandbox"', 'label = ["Sandbox"]', 12, "environments.sandbox.label", "recipe_value", "['Sandbox']",
     '"..."'),
    ('json = { email = "{{ account.login }}" }', 'query = { email = ["x"] }', 39,
     "operations.create.steps.0.query.email",
     "recipe_value", "['x']", '"..."'),
    ('label = "Sandbox"', 'label = "Sandbox"\nvalue = {}', 13, "environments.sandbox.value", "recipe_word_unknown",
     "value", "label, values"),
    # TOML itself.
    ("required = true", "required = yes", 18, "required", "recipe_not_toml", "required = yes (Invalid value)",
     "TOML 1.0"),
    ("required = true", "required = true\nrequired = true", 19, "required", "recipe_not_toml",
     "required = true (Cannot overwrite a value)", "TOML 1.0"),
    # Templates and paths.
    ("{{ params.token }}", "{{ params.tokn }}", 23, "auth.headers.Authorization", "recipe_name", "params.tokn",
     "environment, token"),
    ("{{ params.token }}", "{{ customer.name }}", 23, "auth.headers.Authorization", "recipe_name", "customer",
     CONNECTION),
    ("{{ remote.id }}/off", "{{ remote.ticket }}/off", 59, "operations.suspend.url", "recipe_name", "remote.ticket",
     "id"),
    ("{{ account.login }}\" }\nremote", "{{ sale.id }}\" }\nremote", 39, "operations.create.steps.0.json.email",
     "recipe_name", "sale", SUBJECT),
    ('{ email = "{{ account.login }}" }\nitems', '{ email = "{{ account.login.upper() }}" }\nitems', 72,
     "operations.find.query.email", "recipe_template_node", "account.login.upper()",
     "name.field | filter, a ~ b, a if b else c, and, or, not, =="),
    ('items = "body.people"\nabsent', 'items = "body.["\nabsent', 73, "operations.find.items", "recipe_path",
     "body.[", None),
    # Words that do not fit together.
    ("/people/{{ remote.id }}/on", "/people/{{ batch }}/on", 63, "operations.enable.url", "recipe_name", "batch",
     SUBJECT),
    ('[operations.suspend]\nmethod = "POST"\nurl = "{{ environment.base }}/people/{{ remote.id }}/off"\n', "", 31,
     "operations.suspend", "recipe_operation_missing", "-",
     "[operations.suspend], aliases = { suspend = ... }, local = [suspend]"),
    ('[operations.update]\nmethod = "PUT"\nurl = "{{ environment.base }}/people/{{ remote.id }}/products"\n'
     'json = { products = "{{ account.products }}" }\n', "", 31, "operations.update", "recipe_update_missing",
     "account.products", "[operations.update], local = [update]"),
    ('product_source = "list"', 'product_source = "list"\naliases = { suspend = "cancel" }', 6, "aliases.suspend",
     "recipe_operation_twice", "aliases.suspend, operations.suspend", "1"),
    ('product_source = "list"', 'product_source = "list"\naliases = { notify = "resend_activation" }', 6,
     "aliases.notify",
     "recipe_value", "resend_activation", "create, update, suspend, enable, cancel"),
    ('product_source = "list"', 'product_source = "list"\naliases = { find = "cancel" }', 6, "aliases.find",
     "recipe_value", "find", SENDING),
    ('product_source = "list"', 'product_source = "list"\nlossless_aliases = ["enable"]', 6, "lossless_aliases.0",
     "recipe_value", "enable", "-"),
    ('product_source = "list"', 'product_source = "list"\nlocal = ["notify", "update"]', 6, "local.1",
     "recipe_operation_twice", "local, operations.update", "1"),
    ('product_source = "list"', 'product_source = "list"\nlocal = ["check"]', 6, "local.0", "recipe_value", "check",
     SENDING),
    ('product_source = "list"', 'product_source = "manual"', 5, "product_source", "recipe_source_unfit", "manual",
     "list, per_customer"),
    ('product_source = "list"', 'product_source = "generic"', 5, "product_source", "recipe_source_unfit", "generic",
     'generic_product = { code = "...", name = "..." }'),
    ('product_source = "list"', 'product_source = "list"\ngeneric_product = { code = "A", name = "B" }', 6,
     "generic_product", "recipe_source_unfit", "list", 'product_source = "generic"'),
    ('product_source = "list"', 'product_source = "list"\nboolean_params = ["noggin"]', 6, "boolean_params.0",
     "recipe_value", "noggin", "token"),
    ('product_source = "list"', 'product_source = "list"\nhonours_key = true', 6, "honours_key", "recipe_key_unsent",
     "true", "idempotency_header, {{ key }}"),
    ('method = "DELETE"', 'method = "DELETE"\nidempotency_header = "X-Key"', 67, "operations.cancel.idempotency_header",
     "recipe_key_unhonoured", "X-Key", "honours_key = true"),
    ('[account]\n', '[remote_ids]\nticket = {}\n\n[account]\n', 26, "remote_ids.ticket", "recipe_remote_unlearned",
     "ticket", "id"),
    ('[account]\n', '[remote_ids.id]\nof = "right"\n\n[account]\n', 26, "remote_ids.id.of", "recipe_value",
     'of = "right", unit = "account"', 'of = "account" | unit = "entitlement"'),
    ('values = { base = "https://sandbox.example.com" }', "values = {}", 13, "environments.sandbox.values.base",
     "recipe_word_missing", "-", "base"),
    ('kind = "secret"', 'kind = "text"', 15, "params.token", "recipe_secret_in_clear", 'kind = "text"',
     'kind = "secret"'),
    ('kind = "secret"', 'kind = "choice"', 15, "params.token.choices", "recipe_word_missing", "-", "choices"),
    ('kind = "secret"', 'kind = "choice"\nchoices = ["a", "b"]\ndefault = "c"', 19, "params.token.default",
     "recipe_value",
     "c", "a, b"),
    ('kind = "secret"', 'kind = "secret"\nchoices = [\n  "a",\n  "b",\n]', 18, "params.token.choices", "recipe_value",
     'kind = "secret"', 'kind = "choice"'),
    ('method = "DELETE"', 'method = "DELETE"\nbatch = { by = "1", each = "{{ customer.document }}" }', 67,
     "operations.cancel.batch", "recipe_batch_unsent", "-", "{{ batch }}"),
    ('absent = "body.people == `[]`"', 'outcomes = [{ status = [202], is = "wait" }]', 74,
     "operations.find.outcomes.0.is",
     "recipe_wait_unlimited", "wait", WAITERS),
    ('absent = "body.people == `[]`"\n', "", 70, "operations.find.absent", "recipe_absent_missing", "-",
     'absent, { ..., is = "gone" }'),
    ('query = { page = "{{ page.number }}" }\n', "", 79, "operations.list.pager", "recipe_pager_idle", 'kind = "page"',
     '{{ page.number }} | kind = "none"'),
    ('states = { on = "active", off = "suspended" }\n', "", 25, "account.states", "recipe_states_missing", "-", None),
    ('"{{ environment.base }}/products"', '"api.example.com/products"', 32, "operations.list_products.url",
     "recipe_url_start", "api.example.com/products", START),
    ('"{{ environment.base }}/people/{{ remote.id }}/on"', '"{{ remote.id }}/on"', 63, "operations.enable.url",
     "recipe_url_start", "{{ remote.id }}/on", START),
    ('"{{ environment.base }}/products"', '"https://user@example.com/products"', 32, "operations.list_products.url",
     "recipe_url_start", "https://user@example.com/products", START),
    ('kind = "header"\nheaders = { Authorization = "Bearer {{ params.token }}" }', 'kind = "header"', 22, "auth.kind",
     "recipe_word_missing", "header", "headers"),
    ('kind = "header"\n', 'kind = "token"\nrequest = { url = "https://api.example.com/token" }\n', 22, "auth.kind",
     "recipe_token_unsent", "token", 'headers = { Authorization = "Bearer {{ token }}" }'),
    ('[account]\n', '[events]\nwhen = "json.changed"\n\n[account]\n', 25, "events", "recipe_word_missing", "-",
     "login, document, reference, remote"),
    ('[account]\n', '[callback]\nallowed = { status = 200, json = {}, text = "OK" }\n\n[account]\n', 26,
     "callback.allowed.text", "recipe_value", "json, text", "json | text"),
    ('product_source = "list"', 'product_source = "list"\nlogin_param = "usuario"', 6, "login_param", "recipe_value",
     "usuario", "token"),
    ('kind = "secret"', 'kind = "choice"\nchoices = ["a", "b"]\nchoice_labels = ["A"]', 19,
     "params.token.choice_labels", "recipe_value", "1", "2"),
    ('answer = "any"', 'answer = "any"\nmatch = [{ path = "item.id", is = "1" }]', 65, "operations.cancel.items",
     "recipe_word_missing", "-", "items"),
    ('"{{ account.login }}" }\nremote', '"{{ account.password }}" }\nremote', 39,
     "operations.create.steps.0.json.email",
     "recipe_password_unmade", "account.password", "[password], service.password"),
    ('name = "products"', 'name = "person"', 43, "operations.create.steps.1.name", "recipe_value", "person",
     "a name of its own"),
]  # fmt: skip


def problems_of(text):
    with pytest.raises(RecipeError) as caught:
        read_recipe(text, "own.toml")
    return caught.value.problems


def test_the_good_one_has_no_problem_and_no_hint():
    examined = examine_recipe(GOOD)
    assert (examined.problems, examined.hints) == ((), ())


@pytest.mark.parametrize(("old", "new", "line", "key", "code", "found", "allowed"), BROKEN)
def test_problem_names_file_line_key_what_was_found_and_what_is_allowed(old, new, line, key, code, found, allowed):
    assert old in GOOD
    problems = problems_of(GOOD.replace(old, new, 1))
    told = [(one.file, one.line, one.key, one.code, one.params["found"]) for one in problems]
    assert ("own.toml", line, key, code, found) in told
    assert not allowed or allowed in [one.params["allowed"] for one in problems if one.key == key]


@pytest.mark.parametrize("code", sorted({case[4] for case in BROKEN} | set(recipes_checks.ENTRIES)))
def test_every_problem_has_words_that_show_its_values(code):
    assert code in ENTRIES
    values = {"found": "WAS", "allowed": "MAY", "operation": "suspend", "name": "token", "limit": 1}
    assert "(" + "found" not in str(explain(code, values))


def test_all_problems_are_told_at_once_by_line():
    text = GOOD.replace("{{ remote.id }}/off", "{{ remote.x }}/off").replace("{{ page.number }}", "{{ page.nr }}")
    assert [problem.line for problem in problems_of(text)] == [59, 78]


def test_same_fault_of_all_calls_is_told_once():
    text = GOOD + '\n[defaults]\noutcomes = [{ when = "body.[", is = "retry" }]\n'
    assert [problem.key for problem in problems_of(text)] == ["defaults.outcomes.0.when"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD + "#" * LARGEST_FILE, "recipe_too_large"),
        ("x = " + "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "recipe_too_deep"),
        ("x = " + "[" * 5000 + "]" * 5000, "recipe_not_toml"),
        (".".join("x" * 2000) + " = 1", "recipe_too_deep"),
    ],
)
def test_text_that_is_too_large_or_too_deep_is_refused_before_it_is_looked_at(text, code):
    assert [problem.code for problem in problems_of(text)] == [code]


def test_more_steps_than_anybody_needs_are_refused():
    step = '\n[[operations.notify.steps]]\nname = "s{}"\nurl = "https://api.example.com/"\n'
    text = GOOD + "".join(step.format(number) for number in range(39))
    problem = problems_of(text)[0]
    assert (problem.code, problem.params) == ("recipe_too_many_steps", {"found": 41, "allowed": "<= 40"})


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "code"),
    [
        ('"{{ environment.base }}/products"', '"http://api.example.com/"', 32, "operations.list_products.url",
         "recipe_hint_plain_http"),
        ("/people\"\nquery = { email", "/people?k={{ params.token }}\"\nquery = { email", 71, "operations.find.url",
         "recipe_hint_secret_in_url"),
        ('[auth]\n', '[params.region]\nlabel = "Region"\n\n[auth]\n', 21, "params.region", "recipe_hint_param_unused"),
    ],
)  # fmt: skip
def test_hint_is_told_and_stops_nothing(old, new, line, key, code):
    examined = examine_recipe(GOOD.replace(old, new, 1))
    assert examined.recipe is not None
    assert [(hint.line, hint.key, hint.code, hint.severity) for hint in examined.hints] == [(line, key, code, "hint")]


def test_events_without_a_look_up_are_a_hint():
    text = 'key = "p"\nlabel = "P"\nstatus = "observed"\nguarantee = "exactly_one"\n[events]\nlogin = "json.mail"\n'
    examined = examine_recipe(text)
    assert [(hint.line, hint.code) for hint in examined.hints] == [(5, "recipe_hint_events_unread")]
    assert examined.recipe is not None


def test_passive_recipe_needs_no_call_at_all():
    text = 'key = "p"\nlabel = "P"\nstatus = "observed"\nguarantee = "exactly_one"\n'
    assert read_recipe(text + 'local = ["create", "update", "suspend", "enable", "cancel"]\n').calls == {}


@pytest.mark.parametrize(
    ("guarantee", "words", "kept"),
    [
        ("exactly_one", "", False),
        ("at_most_one", "", True),
        ("exactly_one", "repeat_safe = true", True),
        ("exactly_one", 'idempotency_header = "X-Key"', True),
        ("exactly_one", "repeat_safe = false", False),
    ],
)
def test_guarantee_is_believed_only_when_something_keeps_it(guarantee, words, kept):
    key = "honours_key = true\n" if "idempotency" in words else ""
    text = (
        f'key = "p"\nlabel = "P"\nstatus = "observed"\nguarantee = "{guarantee}"\n{key}'
        'local = ["suspend", "enable", "cancel"]\n'
        f'[operations.create]\nurl = "https://api.example.com/"\nmethod = "POST"\n{words}\n'
    )
    codes = [problem.code for problem in examine_recipe(text).problems]
    assert codes == ([] if kept else ["recipe_guarantee_unkept"])
