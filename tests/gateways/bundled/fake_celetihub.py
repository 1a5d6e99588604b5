"""CelétiHub after its guide: provision by documents, a checkout that the user finishes, a cap with a queue."""

from typing import Any

from flask import Flask, request

from tests.gateways.bundled.fake import Call, Fake

ACCESS_TOKEN = "celeti-access-0815"
PRODUCTS = {25: "Globoplay", 3: "Premiere", 4: "Telecine"}
_USING = ("checkout", "active", "suspend")


class FakeCeletiHub(Fake):
    """Subscribers by document, their services by product; ``cap`` tokens may be in use, the rest waits.

    Attributes:
        queue: (document, product) that wait for a free token.
        mails: (document, product) of every activation e-mail.
    """

    def __init__(self) -> None:
        self.cap = 1_000
        self.queue: list[tuple[str, int]] = []
        self.mails: list[tuple[str, int]] = []
        self._tokens: set[str] = set()
        super().__init__()

    def routes(self, app: Flask) -> None:
        app.before_request(self._authorise)
        app.add_url_rule("/api/authenticate", "token", self._token, methods=["POST"])
        app.add_url_rule("/api/subscribers/<document>", "subscriber", self._subscriber, methods=["GET", "PUT"])
        app.add_url_rule("/api/provision/<verb>", "provision", self._provision, methods=["POST"])
        app.add_url_rule("/api/subscribers/resend_activation_email", "resend", self._resend, methods=["POST"])

    def live(self, who: str, product: str) -> int:
        return int(self._status(who, product) in _USING)

    def state(self, who: str, product: str) -> str:
        words = {"checkout": "pending", "active": "active", "suspend": "suspended"}
        return words.get(self._status(who, product), "absent")

    def is_token_call(self, call: Call) -> bool:
        return call.path == "/api/authenticate"

    def strange_state(self, who: str, product: str) -> None:
        self.subscribers[who]["services"][int(product)] = "in analysis"

    def other_subscriber(self, data: Any) -> Any:
        if isinstance(data, dict) and "subscriber" in data:
            data["subscriber"]["document"] = "11144477735"
        return data

    def free_tokens(self, cap: int) -> None:
        """Let more tokens be in use; who waits in the queue moves up."""
        self.cap = cap
        waiting, self.queue = self.queue, []
        for document, product in waiting:
            self._move("activate", document, product)

    def finish_checkout(self, who: str, product: str) -> None:
        """Let the user finish the checkout of a product."""
        self.subscribers[who]["services"][int(product)] = "active"

    def _status(self, who: str, product: str) -> str:
        return str(self.subscribers.get(who, {}).get("services", {}).get(int(product), ""))

    def _in_use(self) -> int:
        return sum(
            state in ("checkout", "active") for row in self.subscribers.values() for state in row["services"].values()
        )

    def _authorise(self) -> Any:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = request.path == "/api/authenticate" or token in self._tokens
        return None if known else ({"message": "Unauthenticated."}, 401)

    def _token(self) -> Any:
        if request.get_json()["access_token"] != ACCESS_TOKEN:
            return {"message": "Unauthenticated."}, 401
        token = f"bearer-{len(self.secrets)}-qwertz"
        self._tokens.add(token)
        self.secrets.append(token)
        return {"authorization": {"token": token}}

    def _subscriber(self, document: str) -> Any:
        if request.method == "PUT":
            with self.lock:
                row = self.subscribers.setdefault(document, {"services": {}})
                row |= {**request.get_json(), "document": document}
        if document not in self.subscribers:
            return {"message": "Not found."}, 404
        return {"subscriber": self._shown(document)}

    def _shown(self, document: str) -> dict[str, Any]:
        row = self.subscribers[document]
        services = [
            {
                "content_supplier_product_id": product,
                "content_supplier_product_name": PRODUCTS.get(product, "?"),
                "status": state,
            }
            for product, state in row["services"].items()
        ]
        return {**{name: row[name] for name in ("name", "document", "phone", "email")}, "services": services}

    def _provision(self, verb: str) -> Any:
        data = request.get_json()
        product, documents = data["contentSupplierProduct"], data["documents"]
        if any(document not in self.subscribers for document in documents):
            return {"message": "Not found."}, 404
        if product not in PRODUCTS:
            return {"message": "The product is invalid."}, 422
        with self.lock:
            for document in documents:
                self._move(verb, document, product)
        return {"message": "ok"}

    def _move(self, verb: str, document: str, product: int) -> None:
        services = self.subscribers[document]["services"]
        state = services.get(product, "canceled")
        if verb != "activate":
            services[product] = {"suspend": "suspend", "cancel": "canceled"}[verb]
        elif state == "suspend":
            services[product] = "active"
        elif state == "canceled" and self._in_use() >= self.cap:
            if (document, product) not in self.queue:
                self.queue.append((document, product))
        elif state == "canceled":
            services[product] = "checkout"
            self.mails.append((document, product))

    def _resend(self) -> Any:
        data = request.get_json()
        self.mails.append((data["document"], int(data["product_id"])))
        return {"message": "ok"}
