"""HubISP on loopback: two GETs that change something, and a body that says whether they did."""

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from tests.gateways.bundled.fake import Call, Fake

TOKEN = "hubisp-bearer-token-4711"
PRODUCTS = ("DEEZER", "DEEZER2")


class FakeHubIsp(Fake):
    """Subscriptions by product and CPF: one of a kind, whatever is sent.

    Attributes:
        picky: to do again what is done already is refused, with a reason.
        sent: (path, product, CPF, phone) of every call that changed something.
    """

    def __init__(self) -> None:
        self.picky = False
        self.sent: list[tuple[str, str, str, str]] = []
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.add_url_rule("/notification/<verb>", view_func=self._notification, methods=["GET"])

    def live(self, who: str, product: str) -> int:
        return int(product in self.subscribers.get(who, ()))

    def state(self, who: str, product: str) -> str:
        return "active" if self.live(who, product) else "absent"

    def is_change(self, call: Call) -> bool:
        return True

    def _notification(self, verb: str) -> ResponseReturnValue:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return jsonify({"response": False, "error": "Unauthorized"}), 401
        code, key = request.args.get("code", ""), request.args.get("key", "")
        if verb not in ("activate", "deactivate"):
            return jsonify({"error": "not found"}), 404
        if code not in PRODUCTS or not key.isdecimal():
            return _refuse("invalid code or key")
        with self.lock:
            return self._switch(verb, code, key)

    def _switch(self, verb: str, code: str, key: str) -> ResponseReturnValue:
        held = self.subscribers.setdefault(key, set())
        if self.picky and (code in held) is (verb == "activate"):
            return _refuse(f"already {verb}d")
        self.sent.append((verb, code, key, request.args.get("ext", "")))
        (held.add if verb == "activate" else held.discard)(code)
        return jsonify({"response": True})


def _refuse(reason: str) -> ResponseReturnValue:
    return jsonify({"response": False, "error": reason})
