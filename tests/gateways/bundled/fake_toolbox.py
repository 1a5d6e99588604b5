"""Toolbox CloudPass: asks the provider at log-in, keeps the answer, and forgets it only when told to."""

from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from tests.fixtures.people import Browser
from tests.gateways.bundled.fake import Call, Fake

KEY = "operator-key-of-the-provider"
# One API, three places for the details of a failure.
DEPTHS: dict[str, Any] = {
    "cloudpass": {"cloudpass": {"status": False, "error": {"errorCode": "CP-17", "message": "subscriber unknown"}}},
    "fp": {"fp": {"status": False, "error": {"errorDetails": {"errorCode": "FP-3"}}}},
    "deep": {"cloudpass": {"status": False, "error": {"error": {"error": {"errorCode": "DEEP-9"}}}}},
}


class FakeToolbox(Fake):
    """What it remembers of each subscriber, by the provider's own id.

    Attributes:
        shape: whose words the good answer has, ``cloudpass`` or ``fp``.
        refuses: name of one of ``DEPTHS``: the next answers are that failure.
        cleared: (country, subscriber) of every cache that was cleared.
        asked: how often the provider was asked at a log-in.
    """

    def __init__(self) -> None:
        self.shape = "cloudpass"
        self.refuses = ""
        self.cleared: list[tuple[str, str]] = []
        self.asked = 0
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.add_url_rule("/v1/cache/clear/<country>/<subscriber>", view_func=self._clear, methods=["DELETE"])

    def is_change(self, call: Call) -> bool:
        return True

    def live(self, who: str, product: str) -> int:
        """Return how many answers about somebody are remembered."""
        return int(who in self.subscribers)

    def state(self, who: str, product: str) -> str:
        return self.subscribers.get(who, "absent")

    def log_in(self, browser: Browser, callback: str, user: str, password: str) -> bool:
        """Let a viewer in, or not: as the provider answers, and as it answered the last time it was asked."""
        if user not in self.subscribers:
            answer = browser.post(callback, data={"user": user, "pass": password}, csrf=False)
            self.asked += 1
            self.subscribers[user] = "active" if answer.status_code == 200 else "refused"
        return bool(self.subscribers[user] == "active")

    def _clear(self, country: str, subscriber: str) -> ResponseReturnValue:
        # The key stands alone: "Bearer" before it is as wrong as another key.
        if request.headers.get("Authorization") != KEY:
            return jsonify({"cloudpass": {"status": False, "error": {"errorCode": "AUTH", "message": "denied"}}}), 401
        if self.refuses:
            return jsonify(DEPTHS[self.refuses])
        with self.lock:
            self.subscribers.pop(subscriber, None)
            self.cleared.append((country, subscriber))
        return jsonify(self._good())

    def _good(self) -> dict[str, Any]:
        if self.shape == "fp":
            return {"fp": {"status": True, "data": "SUCCESS"}}
        return {"cloudpass": {"status": True, "data": {"status": True}}}
