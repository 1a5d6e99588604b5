"""Programs with a token of each scope."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webapp.extensions import db
from webapp.services.tokens import create_token


class Program:
    """Calls the API with one token. Paths begin behind ``/api/v1``."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.token = token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send one request; ``If_Match="x"`` becomes the header If-Match."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {self.token}"
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> TestResponse:
        return self.call("DELETE", path, **headers)


@pytest.fixture
def program(client: FlaskClient) -> Callable[[str], Program]:
    """Make a program with a token of that scope."""

    def make(scope: str) -> Program:
        _token, text = create_token(f"{scope}-program", scope)
        # The test's session must not hold the write lock while a request works.
        db.session.rollback()
        return Program(client, text)

    return make


@pytest.fixture
def reader(program: Callable[[str], Program]) -> Program:
    return program("read")


@pytest.fixture
def writer(program: Callable[[str], Program]) -> Program:
    return program("write")


@pytest.fixture
def admin(program: Callable[[str], Program]) -> Program:
    return program("admin")
