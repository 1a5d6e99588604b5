"""SatTV, as the bundled recipe assumes it: e-mail, password and provider id are exchanged for a bearer token."""

import uuid
from typing import Any

from flask import Flask, request

from tests.gateways.bundled.fake import Call, Fake

EMAIL = "ti@provedor.example.com"
PASSWORD = "sat-senha-0815"
PROVIDER = "7b0c1d52-9c1e-4f0a-8f57-0f2f9be1a001"
_OTHER = {"id": "another", "external_id": "sintonia-6", "email": "joao@example.com", "document": "11144477735"}


class FakeSatTv(Fake):
    """Subscribers by UUID. One that was cancelled is still shown, and its e-mail is free again."""

    def routes(self, app: Flask) -> None:
        base = f"/providers/{PROVIDER}"
        app.before_request(self._authorise)
        app.add_url_rule("/auth/login", "login", self._log_in, methods=["POST"])
        app.add_url_rule(base + "/packages", view_func=lambda: {"packages": [{"id": "FULL", "name": "Sat completo"}]})
        app.add_url_rule(base + "/subscribers", "list", self._list)
        app.add_url_rule(base + "/subscribers", "create", self._create, methods=["POST"])
        app.add_url_rule(base + "/subscribers/<number>", "change", self._change, methods=["PUT", "DELETE"])
        app.add_url_rule(base + "/subscribers/<number>/status", "switch", self._switch, methods=["PUT"])

    def is_token_call(self, call: Call) -> bool:
        return call.path == "/auth/login"

    def live(self, who: str, product: str) -> int:
        return sum(product in row["packages"] for row in self._of(who))

    def state(self, who: str, product: str) -> str:
        return next((row["status"] for row in self._of(who)), "absent")

    def strange_state(self, who: str, product: str) -> None:
        for row in self.subscribers.values():
            row["status"] = "migrating"

    def other_subscriber(self, data: Any) -> Any:
        for row in (data or {}).get("subscribers") or [data or {}]:
            row |= {name: value for name, value in _OTHER.items() if name in row}
        return data

    def half(self, data: Any) -> Any:
        return {**data, "subscribers": []}

    def _of(self, email: str) -> list[dict[str, Any]]:
        return [row for row in self.subscribers.values() if row["email"] == email and row["status"] != "cancelled"]

    def _authorise(self) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path == "/auth/login" or (self.secrets and token == self.secrets[-1]):
            return None
        return {"message": "unauthenticated"}, 401

    def _log_in(self) -> Any:
        given = request.get_json()
        if given != {"email": EMAIL, "password": PASSWORD, "provider_id": PROVIDER}:
            return {"message": "wrong e-mail, password or provider"}, 401
        self.secrets.append(uuid.uuid4().hex)
        return {"token": self.secrets[-1], "expires_in": 3600}

    def _create(self) -> Any:
        given = request.get_json()
        with self.lock:
            if self._of(given["email"]):
                return {"message": "e-mail already registered"}, 409
            number = str(uuid.uuid4())
            self.subscribers[number] = {**given, "id": number, "status": "active"}
        return self._shown(number), 201

    def _shown(self, number: str) -> dict[str, Any]:
        return {name: value for name, value in self.subscribers[number].items() if name != "password"}

    def _list(self) -> Any:
        rows = [self._shown(number) for number in self.subscribers]
        if "email" in request.args:
            rows = [row for row in rows if row["email"] == request.args["email"]]
            return {"subscribers": rows, "total": len(rows)}
        page, size = int(request.args["page"]), int(request.args["per_page"])
        return {"subscribers": rows[(page - 1) * size : page * size], "total": len(rows)}

    def _change(self, number: str) -> Any:
        if not self._is_there(number):
            return {"message": "subscriber not found"}, 404
        if request.method == "DELETE":
            self.subscribers[number]["status"] = "cancelled"
            return "", 204
        self.subscribers[number] |= request.get_json()
        return self._shown(number)

    def _switch(self, number: str) -> Any:
        if not self._is_there(number):
            return {"message": "subscriber not found"}, 404
        self.subscribers[number]["status"] = request.get_json()["status"]
        return self._shown(number)

    def _is_there(self, number: str) -> bool:
        return number in self.subscribers and self.subscribers[number]["status"] != "cancelled"
