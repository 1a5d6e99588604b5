"""A service provider of SCIM 2.0 (RFC 7643, RFC 7644) that can misbehave; only what the recipe uses."""

import json
import re
import uuid
from typing import Any

from flask import Flask, Response, request

from tests.gateways.bundled.fake import Fake

TOKEN = "scim-token-4711"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_OTHER = {"id": "another", "externalId": "sintonia-6", "userName": "joao@example.com"}
_BY_NAME = re.compile(r'userName eq ("(?:[^"\\]|\\.)*")')


class FakeScim(Fake):
    """Users by id; user names are unique whatever their capitals.

    Attributes:
        most: how many users a page holds at most, whatever ``count`` asks for (RFC 7644, 3.4.2.4).
        answers_patch: a PATCH is answered with the user; otherwise with 204, which the RFC allows, too.
        bare: leaves ``Resources`` out when nothing was found (RFC 7644, 3.4.2).
    """

    def __init__(self) -> None:
        self.most = 100
        self.answers_patch = True
        self.bare = False
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        app.add_url_rule("/ServiceProviderConfig", view_func=lambda: _say({"patch": {"supported": True}}))
        app.add_url_rule("/Users", "list", self._list)
        app.add_url_rule("/Users", "create", self._create, methods=["POST"])
        app.add_url_rule("/Users/<number>", "change", self._change, methods=["PATCH", "DELETE"])

    def live(self, who: str, product: str) -> int:
        return sum(row["userName"] == who and _has(row, product) for row in self.subscribers.values())

    def state(self, who: str, product: str) -> str:
        rows = [row for row in self.subscribers.values() if row["userName"] == who]
        return ("active" if rows[0]["active"] else "suspended") if rows else "absent"

    def strange_state(self, who: str, product: str) -> None:
        """``active`` is not a required attribute: without it nobody knows."""
        for row in self.subscribers.values():
            del row["active"]

    def other_subscriber(self, data: Any) -> Any:
        for row in (data or {}).get("Resources") or [data or {}]:
            row |= {name: value for name, value in _OTHER.items() if name in row}
        return data

    def half(self, data: Any) -> Any:
        return {**data, "Resources": []}

    @staticmethod
    def _authorise() -> Any:
        return None if request.headers.get("Authorization") == f"Bearer {TOKEN}" else _refuse(401, "who are you?")

    def _create(self) -> Any:
        given = json.loads(request.data)
        with self.lock:
            if self._named(given["userName"]):
                return _refuse(409, "userName is taken", scimType="uniqueness")
            number = uuid.uuid4().hex
            self.subscribers[number] = {**given, "id": number}
        return _say(self._shown(number), 201)

    def _named(self, name: str) -> list[str]:
        return [one for one, row in self.subscribers.items() if row["userName"].casefold() == name.casefold()]

    def _shown(self, number: str) -> dict[str, Any]:
        return {name: value for name, value in self.subscribers[number].items() if name != "password"}

    def _list(self) -> Any:
        numbers = list(self.subscribers)
        if "filter" in request.args:
            found = _BY_NAME.fullmatch(request.args["filter"])
            if found is None:
                return _refuse(400, "no such filter", scimType="invalidFilter")
            numbers = self._named(json.loads(found.group(1)))
        start, count = int(request.args.get("startIndex", 1)), int(request.args.get("count", self.most))
        page = numbers[start - 1 : start - 1 + min(count, self.most)]
        data = {"schemas": [_LIST], "totalResults": len(numbers), "startIndex": start, "itemsPerPage": len(page)}
        if page or not self.bare:
            data["Resources"] = [self._shown(number) for number in page]
        return _say(data)

    def _change(self, number: str) -> Any:
        if number not in self.subscribers:
            return _refuse(404, f"User {number} not found")
        if request.method == "DELETE":
            del self.subscribers[number]
            return "", 204
        for operation in json.loads(request.data)["Operations"]:
            value = operation["value"]
            self.subscribers[number] |= {operation["path"]: value} if "path" in operation else value
        return _say(self._shown(number)) if self.answers_patch else ("", 204)


def _has(row: dict[str, Any], product: str) -> bool:
    return any(entitlement["value"] == product for entitlement in row["entitlements"])


def _say(data: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(data), status, content_type="application/scim+json")


def _refuse(status: int, detail: str, **more: str) -> Response:
    return _say({"schemas": [_ERROR], "status": str(status), "detail": detail, **more}, status)
