"""A client that may reach loopback, connections on it, and made-up people."""

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from tests.gateways.people import NOW
from webapp.gateways.contract import Connection, Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient
from webapp.gateways.masking import Masker

LOOPBACK = (ip_network("127.0.0.0/8"),)
Connect = Callable[..., Connection]


@pytest.fixture
def make_client() -> Iterator[Callable[..., HttpClient]]:
    """Build clients that may reach loopback; all are closed at the end."""
    made: list[HttpClient] = []

    def make(**options: Any) -> HttpClient:
        policy = options.pop("policy", EgressPolicy(LOOPBACK))
        made.append(HttpClient(policy, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def connect(make_client: Callable[..., HttpClient]) -> Connect:
    """Build a connection as the services do: secrets are known to the masker."""

    def make(params: dict[str, str], free: dict[str, str] | None = None, **options: Any) -> Connection:
        values = [value for value in params.values() if isinstance(value, Secret)]
        client = make_client(masker=Masker(values), **options)
        return Connection(7, {**params, **(free or {})}, client, lambda: NOW, free or {})

    return make
