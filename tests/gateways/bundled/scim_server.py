"""A SCIM server that is not ours, the package ``scim2-server``, on a free port of loopback."""

import logging
import threading
from types import TracebackType
from typing import Any, Self

import requests
from scim2_server.memory import InMemoryStorage
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import load_default_provider
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.gateways.bundled.fake_scim import TOKEN, USER

_BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: Any) -> None:
        """Say nothing: each request would be a line in the tests' output."""


class ScimServer:
    """Serves users from memory while it is entered. ``users`` is what the server itself keeps."""

    def __init__(self) -> None:
        self._storage = InMemoryStorage()
        application = BearerTokenApplication(self._storage, load_default_provider(), bearer_tokens=[TOKEN])
        logging.getLogger("scim2_server").setLevel(logging.ERROR)
        self._server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v2"

    @property
    def users(self) -> list[dict[str, Any]]:
        """The users as the server would write them."""
        return [resource.model_dump() for resource in self._storage.resources]

    def fill(self, number: int) -> None:
        """Make so many users at once, over the server's own HTTP."""
        made = [
            {"method": "POST", "path": "/Users", "bulkId": str(one), "data": {"schemas": [USER], "userName": f"p{one}"}}
            for one in range(number)
        ]
        answer = requests.post(
            f"{self.url}/Bulk",
            json={"schemas": [_BULK], "Operations": made},
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=120,
        )
        answer.raise_for_status()

    def clear(self) -> None:
        """Forget everybody."""
        self._storage.resources = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
