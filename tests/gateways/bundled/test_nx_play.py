"""NX Play, as its recipe assumes it, through the contract suite; its details: tests/gateways/recipe/test_nx_play.py."""

from typing import Any, ClassVar

from tests.gateways.bundled.fake import Fake
from tests.gateways.bundled.fake_nx_play import TOKEN, FakeNxPlay
from tests.gateways.bundled.suite import CREATE, ENABLE, SUSPEND, ContractSuite
from webapp.gateways.contract import Secret


class TestNxPlay(ContractSuite):
    key: ClassVar[str] = "nx_play"
    fake_class = FakeNxPlay
    identity_in = (CREATE, SUSPEND, ENABLE)
    # Its cancel ends with 204 and no body, so there is nothing to read.
    reads_body = (CREATE, SUSPEND, ENABLE)

    def params(self, fake: Fake) -> dict[str, Any]:
        return {"api_url": fake.url, "token": Secret(TOKEN)}
