"""A moTV.eu middleware with its CSMS on loopback: every call is a POST, every refusal a 200 with a number."""

import base64
import hashlib
from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from tests.gateways.bundled.fake import Call, Fake
from tests.gateways.people import NOW

LOGIN, SECRET = "api.provider", "motv-shared-secret-0815"
TOKEN_LIFETIME_S = 600
SUBSCRIBED, FUTURE, PENDING, SUSPENDED, CANCELLED = 1, 2, 3, 4, 5
WORDS = {SUBSCRIBED: "active", FUTURE: "pending", PENDING: "pending", SUSPENDED: "suspended"}
# Most that a search shows; more is refused (103), and so is a text that would find everybody (102).
MOST_FOUND, SHORTEST_SEARCH = 25, 3
_READS = ("getAllowedProductsForCustomer", "getCustomerSubscriptionInfo", "findCustomerForSales", "getDataV2")


class _Refused(Exception):
    def __init__(self, code: int, response: Any) -> None:
        self.code, self.response = code, response


class FakeMotv(Fake):
    """Viewers by number and their subscriptions, as a third brand would run them.

    Attributes:
        now: the platform's clock, in Unix seconds.
        credit: how many subscriptions the dealer can pay for; -1 = any.
        duplicate_code: how a log-in that exists is refused (installations differ).
        scheme: ``plain``, or ``basic`` where the header is wanted in base64 after that word.
    """

    def __init__(self) -> None:
        self.viewers: dict[int, dict[str, Any]] = {}
        self.subscriptions: dict[int, dict[str, Any]] = {}
        self.products = {151: "Play Light", 153: "Play Full", 900: "Suspensão"}
        self.allowed = set(self.products)
        self._numbers = count(5000)
        self.credit = -1
        self.duplicate_code = 14000
        self.scheme = "plain"
        self.now: Callable[[], float] = NOW.timestamp
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.add_url_rule("/api/<model>/<method>", view_func=self._call, methods=["POST"])

    def live(self, who: str, product: str) -> int:
        return len(self._of(who, product))

    def state(self, who: str, product: str) -> str:
        found = [WORDS.get(row["subscription_state"], "strange") for row in self._of(who, product)]
        return found[0] if found else "absent"

    def is_change(self, call: Call) -> bool:
        return not call.path.endswith(_READS)

    def strange_state(self, who: str, product: str) -> None:
        for row in self._of(who, product):
            row["subscription_state"] = 77

    def other_subscriber(self, data: Any) -> Any:
        """Another viewer's subscriptions, or a customer with another log-in, wherever an answer names one."""
        rows = data.get("response") if isinstance(data, dict) else None
        for row in list(rows.values()) if isinstance(rows, dict) else rows if isinstance(rows, list) else []:
            for device in row.get("devices", ()):
                device["device_motv_login"] = "somebody@example.com"
            if "viewers_bouquets_viewers_id" in row:
                row["viewers_bouquets_viewers_id"] += 1
        return data

    def add_viewer(self, login: str, **facts: Any) -> int:
        """Register somebody outside the gateway; returns the number."""
        number = next(self._numbers)
        self.viewers[number] = {"viewers_id": number, "login": login, **facts}
        return number

    def add_subscription(self, viewer: int, product: int, state: int = SUBSCRIBED) -> int:
        """Subscribe somebody outside the gateway; returns the number of the subscription."""
        number = 70000 + len(self.subscriptions)
        self.subscriptions[number] = {
            "viewers_bouquets_id": number,
            "viewers_bouquets_viewers_id": viewer,
            "viewers_bouquets_active_from": "2026-11-22 12:00:00",
            "viewers_bouquets_active_to": "2027-11-22 12:00:00",
            "viewers_bouquets_cancelled": int(state == CANCELLED),
            "viewers_bouquets_suspended": int(state == SUSPENDED),
            "products_id": product,
            "subscription_state": state,
        }
        return number

    def _of(self, who: str, product: str) -> list[dict[str, Any]]:
        numbers = [number for number, viewer in self.viewers.items() if viewer["login"] == who]
        return [
            row
            for row in self.subscriptions.values()
            if row["viewers_bouquets_viewers_id"] in numbers
            and str(row["products_id"]) == product
            and row["subscription_state"] != CANCELLED
        ]

    def _call(self, model: str, method: str) -> ResponseReturnValue:
        return jsonify(self._answer(f"{model}/{method}"))

    def _answer(self, name: str) -> dict[str, Any]:
        try:
            self._authorise(request.headers.get("Authorization", ""))
            action = self._action(name)
            with self.lock:
                return {"status": 1, "response": action((request.get_json(silent=True) or {})["data"])}
        except _Refused as refused:
            return {"status": refused.code, "response": refused.response}
        except (KeyError, TypeError):
            return {"status": 6, "response": "Missing parameter"}

    def _authorise(self, header: str) -> None:
        if self.scheme == "basic":
            header = base64.b64decode(header.removeprefix("Basic ")).decode()
        parts = header.split(":")
        if len(parts) != 3 or not parts[1].isdecimal():
            raise _Refused(20, "Incorrect header format")
        login, stamp, digest = parts
        right = hashlib.sha1((stamp + LOGIN + SECRET).encode(), usedforsecurity=False).hexdigest()
        if login != LOGIN or digest != right:
            raise _Refused(21, "Incorrect username or password")
        if abs(self.now() - int(stamp)) > TOKEN_LIFETIME_S:
            raise _Refused(24, "Token expired")

    def _action(self, name: str) -> Callable[[dict[str, Any]], Any]:
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "Integration/createMotvCustomer": self._create,
            "Integration/updateMotvCustomer": self._update,
            "Integration/subscribe": self._subscribe,
            "Integration/cancel": self._cancel,
            "Sales/getAllowedProductsForCustomer": self._allowed_products,
            "Subscription/getCustomerSubscriptionInfo": self._status,
            "Subscription/suspendSubscription": self._suspend,
            "Subscription/resumeSubscription": self._resume,
            "Customer/findCustomerForSales": self._find,
        }
        if name not in actions:
            raise _Refused(5, "Unknown method")
        return actions[name]

    def _viewer(self, data: dict[str, Any]) -> dict[str, Any]:
        viewer = self.viewers.get(_number(data["viewers_id"]))
        if viewer is None:
            raise _Refused(100, "Unknown customer")
        return viewer

    def _subscription(self, data: dict[str, Any]) -> dict[str, Any]:
        row = self.subscriptions.get(_number(data["viewers_bouquets_id"]))
        if row is None:
            raise _Refused(500, "Unknown subscription")
        return row

    def _create(self, data: dict[str, Any]) -> int:
        if len(data["password"]) < 4:
            raise _Refused(14008, "Invalid password format")
        if any(viewer["login"].lower() == data["login"].lower() for viewer in self.viewers.values()):
            raise _Refused(self.duplicate_code, {"login": "Login is taken"})
        return self.add_viewer(**data)

    def _update(self, data: dict[str, Any]) -> int:
        viewer = self._viewer(data)
        viewer.update(data)
        return int(viewer["viewers_id"])

    def _allowed_products(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        self._viewer(data)
        return [{"products_id": number, "products_name": self.products[number]} for number in sorted(self.allowed)]

    def _subscribe(self, data: dict[str, Any]) -> int:
        """A second subscription to the same product is a second one: nothing public says otherwise."""
        viewer, product = self._viewer(data), _number(data["products_id"])
        if product not in self.products:
            raise _Refused(260, "Unknown product")
        if product not in self.allowed:
            raise _Refused(404, "Product is not allowed")
        if self.credit == 0:
            raise _Refused(400, "Dealer has not enough credit")
        self.credit -= self.credit > 0
        return 1_000_000 + self.add_subscription(viewer["viewers_id"], product)

    def _cancel(self, data: dict[str, Any]) -> None:
        viewer, product = self._viewer(data), _number(data["products_id"])
        rows = [
            row
            for row in self.subscriptions.values()
            if (row["viewers_bouquets_viewers_id"], row["products_id"]) == (viewer["viewers_id"], product)
        ]
        live = [row for row in rows if row["subscription_state"] != CANCELLED]
        if not live:
            raise _Refused(503 if rows else 500, "Cannot cancel" if rows else "Unknown subscription")
        for row in live:
            row.update(subscription_state=CANCELLED, viewers_bouquets_cancelled=1)

    def _status(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        viewer = self._viewer(data)
        return [
            row for row in self.subscriptions.values() if row["viewers_bouquets_viewers_id"] == viewer["viewers_id"]
        ]

    def _suspend(self, data: dict[str, Any]) -> int:
        row = self._subscription(data)
        if row["subscription_state"] != SUBSCRIBED:
            raise _Refused(502, "Cannot suspend")
        row.update(subscription_state=SUSPENDED, viewers_bouquets_suspended=1)
        return int(row["viewers_bouquets_id"])

    def _resume(self, data: dict[str, Any]) -> int:
        row = self._subscription(data)
        if row["subscription_state"] != SUSPENDED:
            raise _Refused(501, "Unknown suspension")
        row.update(subscription_state=SUBSCRIBED, viewers_bouquets_suspended=0)
        return int(row["viewers_bouquets_id"])

    def _find(self, data: dict[str, Any]) -> Any:
        """Find a text anywhere in log-in or name; customers by number, and an empty list for none."""
        text = data["search"]["wild_search"].lower()
        if len(text) < SHORTEST_SEARCH:
            raise _Refused(102, "Wild search criteria")
        found = {
            str(number): {
                "viewers_id": number,
                "viewers_firstname": viewer.get("firstname", ""),
                "contacts": [],
                "devices": [{"device_motv_login": viewer["login"]}],
            }
            for number, viewer in self.viewers.items()
            if text in (viewer["login"] + " " + viewer.get("firstname", "")).lower()
        }
        if len(found) > MOST_FOUND:
            raise _Refused(103, "Too many customers found")
        return found or []


def _number(value: Any) -> int:
    """Numbers are numbers there: a text is of the wrong type."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Refused(10, "Parameter of wrong type")
    return value
