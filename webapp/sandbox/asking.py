"""How the sandbox is asked from outside: one JSON request at a time."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

Json = Any
TIMEOUT_S = 30


class SandboxError(Exception):
    """The sandbox did not start, or refused a control request; its words say why."""


def ask(base: str, method: str, path: str, body: Json = None) -> Json:
    """Send one JSON request and return the JSON answered.

    Raises:
        SandboxError: the answer was not 2xx.
    """
    address = urlsplit(base)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise SandboxError(f"{method} {path}: {answer.status} {data.decode()}")
    return json.loads(data)
