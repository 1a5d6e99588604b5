"""All gateways by key; the provider's own recipes win, broken ones replace nothing."""

import pytest

from webapp.gateways import registry
from webapp.gateways.contract import Guarantee, Operation, Trust, Unit
from webapp.gateways.recipe.problems import RecipeProblem

BUNDLED = (registry.BUNDLED / "nx_play.toml").read_text("utf-8")


@pytest.fixture(autouse=True)
def _bundled_again():
    yield
    registry.load()


def test_both_gateways_are_there():
    assert {"nx_play", "outros"} <= {gateway.traits.key for gateway in registry.all_gateways()}


def test_unknown_key_is_named():
    with pytest.raises(registry.UnknownGateway, match="nowhere"):
        registry.get_gateway("nowhere")


def test_own_file_replaces_the_bundled_recipe(tmp_path):
    (tmp_path / "nx_play.toml").write_text(BUNDLED.replace("/products", "/v2/produtos").replace("NX Play", "NX novo"))
    registry.load(tmp_path)
    assert registry.get_gateway("nx_play").traits.label == "NX novo"
    assert registry.problems() == []


def test_own_file_may_add_a_platform(tmp_path):
    (tmp_path / "mine.toml").write_text(BUNDLED.replace('key = "nx_play"', 'key = "mine"'))
    registry.load(tmp_path)
    assert registry.get_gateway("mine") is not registry.get_gateway("nx_play")


def test_broken_own_file_is_told_and_the_bundled_one_stays(tmp_path):
    (tmp_path / "nx_play.toml").write_text(BUNDLED.replace('method = "PUT"', 'method = "PUSH"'))
    (tmp_path / "worse.toml").write_bytes(b"\xff\xfe = ")
    registry.load(tmp_path)
    first, second = registry.problems()
    assert isinstance(first, RecipeProblem)
    assert (first.file, first.key) == ("nx_play.toml", "operations.update.method")
    assert BUNDLED.splitlines()[first.line - 1] == 'method = "PUT"'
    assert second.code == "recipe_unreadable"
    assert registry.get_gateway("nx_play").traits.label == "NX Play"


def test_missing_folder_is_no_problem(tmp_path):
    registry.load(tmp_path / "none")
    assert registry.problems() == []


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
