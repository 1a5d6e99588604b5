"""NX Play, as the bundled recipe assumes it."""

from typing import Any

from flask import Flask, request

from tests.gateways.bundled.fake import Fake

TOKEN = "nx-token-0815"


class FakeNxPlay(Fake):
    """Subscribers by id; an e-mail belongs to one of them."""

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        app.add_url_rule("/products", view_func=lambda: {"products": [{"code": "FULL", "name": "Plano Full"}]})
        app.add_url_rule("/subscribers", "list", self._list)
        app.add_url_rule("/subscribers", "create", self._create, methods=["POST"])
        app.add_url_rule("/subscribers/<number>", "change", self._change, methods=["PUT", "DELETE"])
        app.add_url_rule("/subscribers/<number>/<verb>", "switch", self._switch, methods=["POST"])

    def live(self, who: str, product: str) -> int:
        return sum(row["email"] == who and product in row["products"] for row in self.subscribers.values())

    def state(self, who: str, product: str) -> str:
        return next((row["status"] for row in self.subscribers.values() if row["email"] == who), "absent")

    def strange_state(self, who: str, product: str) -> None:
        for row in self.subscribers.values():
            row["status"] = "in analysis"

    def other_subscriber(self, data: Any) -> Any:
        rows = (data or {}).get("subscribers") or [data or {}]
        for row in rows:
            row |= {name: value for name, value in _OTHER.items() if name in row}
        return data

    def half(self, data: Any) -> Any:
        return {**data, "subscribers": []}

    @staticmethod
    def _authorise() -> Any:
        return None if request.headers.get("Authorization") == f"Bearer {TOKEN}" else ({"error": "unauthorized"}, 401)

    def _create(self) -> Any:
        data = request.get_json()
        with self.lock:
            if any(row["email"] == data["email"] for row in self.subscribers.values()):
                return {"error": "email_exists"}, 409
            number = str(88 + len(self.ledger))
            self.subscribers[number] = {**data, "id": number, "status": "active"}
        return self.subscribers[number], 201

    def _list(self) -> Any:
        rows = list(self.subscribers.values())
        if "email" in request.args:
            rows = [row for row in rows if row["email"] == request.args["email"]]
            return {"subscribers": rows, "total": len(rows)}
        page, size = int(request.args["page"]), int(request.args["per_page"])
        return {"subscribers": rows[(page - 1) * size : page * size], "total": len(rows)}

    def _change(self, number: str) -> Any:
        if number not in self.subscribers:
            return {"error": "not_found"}, 404
        if request.method == "DELETE":
            del self.subscribers[number]
            return "", 204
        self.subscribers[number] |= request.get_json()
        return self.subscribers[number]

    def _switch(self, number: str, verb: str) -> Any:
        if number not in self.subscribers:
            return {"error": "not_found"}, 404
        self.subscribers[number]["status"] = {"suspend": "suspended", "enable": "active"}[verb]
        return {"id": number, "status": self.subscribers[number]["status"]}


_OTHER = {"id": "4711", "external_id": "sintonia-6", "email": "joao@example.com", "document": "11144477735"}
