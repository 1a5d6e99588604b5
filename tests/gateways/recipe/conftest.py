"""The platform of users and keys, running, and a connection to it."""

from collections.abc import Iterator

import pytest

from tests.gateways.conftest import Connect
from tests.gateways.recipe.keys_platform import Keys
from webapp.gateways.contract import Connection


@pytest.fixture
def platform() -> Iterator[Keys]:
    with Keys() as fake:
        yield fake


@pytest.fixture
def conn(connect: Connect, platform: Keys) -> Connection:
    return connect({"url": platform.url})
