"""Playhub as its public clients see it: users and their subscriptions, codes in the error bodies, no suspend."""

from typing import Any

from flask import Flask, request

from tests.gateways.bundled.fake import Call, Fake

API_KEY, API_SECRET = "playhub-key-0815", "playhub-s3cret-0815"
TOKENS = "/api/v3/authentication/tokens"
PRODUCTS = ("DZ1", "P01", "Q02")
NOT_FOR_US = "RQC"


class FakePlayhub(Fake):
    """Users by name, with the products that they are subscribed to; ``vouchers`` are left."""

    def __init__(self) -> None:
        self.vouchers = 1_000
        self._tokens: set[str] = set()
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        base = "/api/v3/customers"
        app.add_url_rule(TOKENS, "token", self._token, methods=["POST"])
        app.add_url_rule(base, "create", self._create, methods=["POST"])
        app.add_url_rule(f"{base}/<name>", "user", self._user, methods=["GET", "PUT"])
        app.add_url_rule(f"{base}/<name>/subscriptions", "held", self._held, methods=["GET", "POST"])
        app.add_url_rule(f"{base}/<name>/subscriptions/<product>", "end", self._end, methods=["DELETE"])

    def live(self, who: str, product: str) -> int:
        return int(product in self.subscribers.get(who, {}).get("products", ()))

    def state(self, who: str, product: str) -> str:
        return "active" if self.live(who, product) else "absent"

    def is_token_call(self, call: Call) -> bool:
        return call.path == TOKENS

    def other_subscriber(self, data: Any) -> Any:
        if isinstance(data, dict) and "Username" in data:
            data |= {"Username": "joao@example.com", "Document": "11144477735"}
        return data

    def _authorise(self) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = request.path == TOKENS or token in self._tokens
        return None if known else ({"Code": 1, "Message": "Unauthorized"}, 401)

    def _token(self) -> Any:
        if request.get_json() != {"ApiKey": API_KEY, "ApiSecret": API_SECRET}:
            return {"Code": 1, "Message": "Unauthorized"}, 401
        token = f"access-{len(self.secrets)}-qwertz"
        self._tokens.add(token)
        self.secrets.append(token)
        return {"AccessToken": token}

    def _create(self) -> Any:
        data = request.get_json()
        with self.lock:
            if data["Username"] in self.subscribers:
                return _no(2, "User already exists")
            if data.get("Document") == "00000000000":
                return _no(3, "Invalid document")
            self.subscribers[data["Username"]] = {**data, "products": []}
        return {"Username": data["Username"]}, 201

    def _user(self, name: str) -> Any:
        row = self.subscribers.get(name)
        if row is None:
            return {"Code": 9, "Message": "User not found"}, 404
        if request.method == "PUT":
            data = request.get_json()
            if not data.get("Password"):
                return {"Message": "Password is required"}, 400
            row |= data
        return {key: row.get(key) for key in ("Username", "Name", "Document", "Email", "Mobile")}

    def _held(self, name: str) -> Any:
        row = self.subscribers.get(name)
        if row is None:
            return {"Code": 9, "Message": "User not found"}, 404
        if request.method == "GET":
            return {"data": [{"ProductId": product} for product in row["products"]]}
        with self.lock:
            return self._subscribe(row["products"], request.get_json()["ProductId"])

    def _subscribe(self, held: list[str], product: str) -> Any:
        if product == NOT_FOR_US:
            return _no(6, "Product not authorized")
        if product not in PRODUCTS:
            return _no(5, "Invalid product")
        if product in held:
            return _no(7, "Already subscribed")
        if not self.vouchers:
            return _no(8, "No vouchers available")
        self.vouchers -= 1
        held.append(product)
        return {"ProductId": product}, 201

    def _end(self, name: str, product: str) -> Any:
        held = self.subscribers.get(name, {}).get("products", [])
        if product not in held:
            return _no(4, "Subscription not found")
        held.remove(product)
        return {"ProductId": product}


def _no(code: int, message: str) -> Any:
    return {"Code": code, "Message": message}, 400
