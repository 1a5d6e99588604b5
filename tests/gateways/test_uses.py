"""Which fact goes to which platform: read from what is sent."""

import pytest

from webapp.gateways import registry
from webapp.gateways.contract import Gateway
from webapp.gateways.uses import Use, gathered, hosts_of, uses_of


def gateways() -> list[Gateway]:
    return list(registry.bundled().values())


@pytest.mark.parametrize("gateway", gateways(), ids=lambda one: one.traits.key)
def test_every_fact_that_a_recipe_ever_names_stands_in_the_map_or_is_only_compared(gateway: Gateway) -> None:
    mapped = {use.fact for use in uses_of(gateway)}
    # The product is no fact about a person.
    named = {fact for fact in gateway.traits.sends if not fact.startswith("product.")}
    assert named - mapped == set()


def test_a_recipe_tells_fact_call_place_and_name() -> None:
    uses = uses_of(registry.get_gateway("nx_play"))
    assert Use("customer.document", "create", "json", "document") in uses
    assert Use("account.login", "find", "query", "email") in uses
    assert not [use for use in uses if use.operation == "suspend"]


def test_an_event_of_outros_tells_its_own_fields() -> None:
    found = {use.fact: use.name for use in uses_of(registry.get_gateway("outros")) if use.operation == "cancel"}
    assert found["customer.document"] == "cliente_servico.cliente.cpf_cnpj"
    assert found["service.id"] == "cliente_servico.id_cliente_servico"
    assert "service.password" not in found


def test_facts_are_gathered_with_operations_in_their_own_order() -> None:
    uses = [Use("customer.name", "update", "json", "b"), Use("customer.name", "create", "url", "")]
    (one,) = gathered(uses)
    assert (one.fact, one.operations, one.names) == ("customer.name", ("create", "update"), ("b", "url"))


@pytest.mark.parametrize(
    ("key", "params", "hosts"),
    [
        ("nx_play", {"api_url": "https://user:pw@nx.example.com:8443/v1?x=1"}, ["nx.example.com:8443"]),
        ("celetihub", {}, ["api.celetihub.com.br", "api.homologacao.celetihub.com.br"]),
        ("outros", {"url": "https://hook.example.com/a", "campo": "no address"}, ["hook.example.com"]),
    ],
)
def test_servers_come_from_the_params_and_the_recipe_without_path_or_password(
    key: str, params: dict[str, str], hosts: list[str]
) -> None:
    assert hosts_of(registry.get_gateway(key), params) == hosts
