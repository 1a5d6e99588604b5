"""All gateways by key; the provider's own recipes win, one that cannot run gives way to nothing."""

import threading

import pytest

from webapp.gateways import registry
from webapp.gateways.contract import Guarantee, Operation, Trust, Unit
from webapp.gateways.registry import OwnRecipe

BUNDLED = (registry.BUNDLED / "nx_play.toml").read_text("utf-8")
CHANGED = BUNDLED.replace('label = "NX Play"', 'label = "NX novo"')
BROKEN = BUNDLED.replace('method = "PUT"', 'method = "PUSH"')


@pytest.fixture(autouse=True)
def _bundled_again():
    yield
    registry.load()


def install(*recipes):
    registry.load({one.key: one for one in recipes})


def test_both_gateways_are_there():
    assert {"nx_play", "outros"} <= {gateway.traits.key for gateway in registry.all_gateways()}


def test_unknown_key_is_named():
    with pytest.raises(registry.UnknownGateway, match="nowhere"):
        registry.get_gateway("nowhere")


def test_own_recipe_replaces_the_bundled_one_and_says_which_version_it_is():
    install(OwnRecipe(7, "nx_play", 3, CHANGED))
    traits = registry.get_gateway("nx_play").traits
    assert (traits.label, traits.sheet.origin, traits.sheet.version) == ("NX novo", "own", 3)
    assert registry.problems() == []


def test_own_recipe_may_add_a_platform():
    install(OwnRecipe(1, "mine", 1, BUNDLED.replace('key = "nx_play"', 'key = "mine"')))
    assert registry.get_gateway("mine") is not registry.get_gateway("nx_play")
    assert registry.get_gateway("nx_play").traits.sheet.origin == "bundled"


def test_own_recipe_that_cannot_run_is_told_and_nothing_runs_in_its_place():
    install(OwnRecipe(1, "nx_play", 1, BROKEN), OwnRecipe(2, "worse", 1, "= ="))
    first, second = registry.problems()
    assert (first.file, first.key) == ("nx_play.toml", "operations.update.method")
    assert BROKEN.splitlines()[first.line - 1] == 'method = "PUSH"'
    assert (second.file, second.code) == ("worse.toml", "recipe_not_toml")
    for key in ("nx_play", "worse"):
        with pytest.raises(registry.UnknownGateway):
            registry.get_gateway(key)


def test_problems_of_a_recipe_stay_when_others_change():
    broken = OwnRecipe(1, "nx_play", 1, BROKEN)
    install(broken)
    install(broken, OwnRecipe(2, "mine", 1, BUNDLED.replace('key = "nx_play"', 'key = "mine"')))
    assert [problem.key for problem in registry.problems()] == ["operations.update.method"]
    assert registry.get_gateway("mine")


@pytest.mark.parametrize(
    ("key", "code"), [("another", "recipe_key_differs"), ("outros", "recipe_key_reserved")]
)  # fmt: skip
def test_recipe_under_a_key_that_is_not_its_own_does_not_run(key, code):
    text = BUNDLED.replace('key = "nx_play"', 'key = "outros"') if key == "outros" else BUNDLED
    install(OwnRecipe(1, key, 1, text))
    assert [problem.code for problem in registry.problems()] == [code]


def test_removing_it_brings_the_bundled_one_back():
    install(OwnRecipe(1, "nx_play", 1, CHANGED))
    registry.load({})
    assert registry.get_gateway("nx_play").traits.label == "NX Play"


def test_stamp_is_new_after_every_load_and_an_unchanged_recipe_is_not_made_anew():
    own = OwnRecipe(1, "nx_play", 1, CHANGED)
    install(own)
    former, gateway = registry.stamp(), registry.get_gateway("nx_play")
    install(own)
    assert registry.stamp() != former
    assert registry.get_gateway("nx_play") is gateway


def test_whoever_asks_while_it_is_loaded_always_finds_a_gateway():
    install(OwnRecipe(1, "nx_play", 1, CHANGED))
    stop, lost = threading.Event(), []

    def ask():
        while not stop.is_set():
            try:
                registry.get_gateway("nx_play")
            except registry.UnknownGateway as error:
                lost.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    for number in range(20):
        install(OwnRecipe(number, "nx_play", number, CHANGED) if number % 2 else OwnRecipe(0, "other", 1, "x"))
    stop.set()
    thread.join()
    assert lost == []


def test_text_of_a_bundled_recipe_can_be_read_and_a_class_has_none():
    assert registry.bundled_text("nx_play") == BUNDLED
    assert registry.bundled_text("outros") is None
    assert registry.bundled_text("nowhere") is None


def test_nx_play_declares_what_the_product_relies_on():
    traits = registry.get_gateway("nx_play").traits
    assert (traits.trust, traits.unit, traits.guarantee) == (Trust.ASSUMED, Unit.ACCOUNT, Guarantee.EXACTLY_ONE)
    assert (traits.login_fields, traits.login_is_key, traits.honours_key) == (("email",), True, True)
    assert (traits.password.default_field, traits.password.min_length) == ("login_autenticacao", 6)
    assert traits.password.pad_fields == ("codigo_cliente",)
    assert traits.boolean_params == ("noggin", "paramount")
    assert traits.param("token").secret
    assert traits.param("email").immutable
    assert traits.param("usuario").scope == "both"
    assert traits.limits.key_ttl_s == 86400
    assert not traits.can(Operation.NOTIFY)


def test_outros_declares_what_the_product_relies_on():
    traits = registry.get_gateway("outros").traits
    assert (traits.unit, traits.guarantee) == (Unit.ENTITLEMENT, Guarantee.AT_LEAST_ONCE)
    assert traits.free_params
    assert traits.repeatable_create
    assert not traits.login_is_key
    assert traits.login_fields == ("login_autenticacao", "email", "codigo_cliente")
    assert not traits.can(Operation.FIND)
    assert {spec.name for spec in traits.params if spec.secret} == {"segredo", "segredo_anterior", "assinatura_hub"}
