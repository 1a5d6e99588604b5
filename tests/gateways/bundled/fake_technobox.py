"""TechnoBox, as the bundled recipe assumes it: plain REST behind one token, everything inside ``data``."""

from typing import Any

from flask import Flask, request

from tests.gateways.bundled.fake import Fake

TOKEN = "tb-token-2301"
_OTHER = {"id": 4711, "external_id": "sintonia-6", "login": "joao@example.com", "document": "11144477735"}


class FakeTechnobox(Fake):
    """Customers by id; a log-in belongs to one of them; a cancelled one is gone."""

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        app.add_url_rule("/products", view_func=lambda: {"data": [{"id": "FULL", "name": "TV completa"}]})
        app.add_url_rule("/customers", "list", self._list)
        app.add_url_rule("/customers", "create", self._create, methods=["POST"])
        app.add_url_rule("/customers/<int:number>", "change", self._change, methods=["PUT", "DELETE"])
        app.add_url_rule("/customers/<int:number>/<verb>", "switch", self._switch, methods=["POST"])

    def live(self, who: str, product: str) -> int:
        return sum(row["login"] == who and product in row["products"] for row in self.subscribers.values())

    def state(self, who: str, product: str) -> str:
        return next((row["status"] for row in self.subscribers.values() if row["login"] == who), "absent")

    def strange_state(self, who: str, product: str) -> None:
        for row in self.subscribers.values():
            row["status"] = "awaiting equipment"

    def other_subscriber(self, data: Any) -> Any:
        inner = (data or {}).get("data") or {}
        for row in inner if isinstance(inner, list) else [inner]:
            row |= {name: value for name, value in _OTHER.items() if name in row}
        return data

    def half(self, data: Any) -> Any:
        return {**data, "data": []}

    @staticmethod
    def _authorise() -> Any:
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            return None
        return {"error": {"message": "invalid token"}}, 401

    def _create(self) -> Any:
        given = request.get_json()
        with self.lock:
            if any(row["login"] == given["login"] for row in self.subscribers.values()):
                return {"error": {"message": "login already in use", "field": "login"}}, 409
            number = 500 + len(self.ledger)
            self.subscribers[str(number)] = {**given, "id": number, "status": "active"}
        return {"data": self._shown(number)}, 201

    def _shown(self, number: int) -> dict[str, Any]:
        return {name: value for name, value in self.subscribers[str(number)].items() if name != "password"}

    def _list(self) -> Any:
        rows = [self._shown(int(number)) for number in self.subscribers]
        if "login" in request.args:
            rows = [row for row in rows if row["login"] == request.args["login"]]
            return {"data": rows, "total": len(rows)}
        page, size = int(request.args["page"]), int(request.args["per_page"])
        return {"data": rows[(page - 1) * size : page * size], "total": len(rows)}

    def _change(self, number: int) -> Any:
        if str(number) not in self.subscribers:
            return {"error": {"message": "unknown customer"}}, 404
        if request.method == "DELETE":
            del self.subscribers[str(number)]
            return "", 204
        self.subscribers[str(number)] |= request.get_json()
        return {"data": self._shown(number)}

    def _switch(self, number: int, verb: str) -> Any:
        if str(number) not in self.subscribers:
            return {"error": {"message": "unknown customer"}}, 404
        self.subscribers[str(number)]["status"] = {"suspend": "suspended", "enable": "active"}[verb]
        return {"data": self._shown(number)}
