"""A made-up platform of two things: users, and keys to products that stand on a user. And what it makes of a batch."""

from itertools import count
from typing import Any

from flask import Flask, jsonify, request

from tests.gateways.bundled.fake import Call, Fake
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

HEAD = """
key = "keys"
label = "Keys"
status = "observed"
guarantee = "at_most_one"
[params.url]
label = "URL"
kind = "url"
[params.strategy]
label = "Strategy"
default = "block"
"""
USER_AND_KEY = """
[remote_ids.user]
kept = true
[remote_ids.key]
of = "right"
[[operations.create.steps]]
name = "user"
method = "POST"
url = "{{ params.url }}/users"
json = { login = "{{ account.login }}", document = "{{ customer.document }}" }
remote = { user = "body.id" }
outcomes = [{ status = [409], is = "already" }]
identity = [{ path = "body.document", is = "{{ customer.document }}" }]
undo = { method = "DELETE", url = "{{ params.url }}/users/{{ remote.user }}", answer = "any" }
[[operations.create.steps]]
name = "key"
method = "POST"
url = "{{ params.url }}/users/{{ remote.user }}/keys"
json = { product = "{{ product.code }}" }
remote = { key = "body.id" }
outcomes = [
  { status = [402], is = "capacity" },
  { status = [404], is = "gone" },
]
[[operations.cancel.steps]]
name = "key"
method = "DELETE"
url = "{{ params.url }}/users/{{ remote.user }}/keys/{{ remote.key }}"
answer = "any"
outcomes = [{ status = [404], is = "gone" }]
[[operations.cancel.steps]]
name = "user"
method = "DELETE"
url = "{{ params.url }}/users/{{ remote.user }}"
answer = "any"
last_only = true
outcomes = [{ status = [404], is = "gone" }]
"""
FIND = """
[account]
login = "login"
document = "document"
remote = { user = "id" }
state = "state"
states = { on = "active", off = "suspended" }
[operations.find]
url = "{{ params.url }}/users"
query = { login = "{{ account.login }}" }
items = "body.users"
absent = "length(body.users) == `0`"
"""


LIFE = ("create", "suspend", "enable", "cancel")


def words_of(operations: str, top: str = "") -> str:
    """Return a whole recipe; what it does not send is ours alone."""
    local = [f'"{name}"' for name in LIFE if f"operations.{name}" not in operations and f"{name} =" not in top]
    unit = "entitlement" if "product." in operations else "account"
    keyed = "honours_key = true\n" if "idempotency_header" in operations else ""
    password = "[password]\n" if "account.password" in operations else ""
    return f'{keyed}unit = "{unit}"\nlocal = [{", ".join(local)}]\n{top}{HEAD}{operations}{password}'


class Keys(Fake):
    """Users by id, keys by id, and how often each was made."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, str]] = {}
        self.jobs: dict[str, int] = {}
        self.suspended: list[tuple[str, str]] = []
        self.unknown_documents: set[str] = set()
        self.silent_documents: set[str] = set()
        self.jobs_need = 0
        self._numbers = count(1)
        super().__init__()

    def routes(self, app: Flask) -> None:
        for method, path, answer in (
            ("POST", "/users", self._make_user),
            ("GET", "/users", self._list_users),
            ("GET", "/users/<user>", self._show_user),
            ("PUT", "/users/<user>", self._put_user),
            ("DELETE", "/users/<user>", self._drop_user),
            ("POST", "/users/<user>/keys", self._make_key),
            ("DELETE", "/users/<user>/keys/<key>", self._drop_key),
            ("POST", "/users/<user>/block", self._block),
            ("POST", "/users/<user>/product/<product>", self._put_state),
            ("POST", "/orders", self._order),
            ("GET", "/orders/<order>", self._order_state),
            ("POST", "/suspend", self._suspend),
        ):
            app.add_url_rule(path, f"{method} {path}", answer, methods=[method])

    def is_change(self, call: Call) -> bool:
        return call.method != "GET"

    def live(self, who: str, product: str) -> int:
        return sum(user["login"] == who for user in self.users.values())

    def paths(self) -> list[str]:
        """Return the calls in their order, as ``POST /users``."""
        return [f"{call.method} {call.path}" for call in self.ledger]

    def _make_user(self) -> Any:
        data = request.get_json()
        found = next((user for user in self.users.values() if user["login"] == data["login"]), None)
        if found is not None:
            return jsonify(found), 409
        user = {"id": f"u{next(self._numbers)}", "state": "on", **data}
        self.users[user["id"]] = user
        return jsonify(user), 201

    def _list_users(self) -> Any:
        login = request.args.get("login")
        return jsonify(users=[user for user in self.users.values() if user["login"] == login])

    def _put_user(self, user: str) -> Any:
        self.users[user] = request.get_json()
        return jsonify(self.users[user])

    def _drop_user(self, user: str) -> Any:
        self.keys = {key: one for key, one in self.keys.items() if one["user"] != user}
        return "", 204 if self.users.pop(user, None) else 404

    def _make_key(self, user: str) -> Any:
        if user not in self.users:
            return {}, 404
        key = {"id": f"k{next(self._numbers)}", "user": user, "product": request.get_json()["product"]}
        self.keys[key["id"]] = key
        return jsonify(key), 201

    def _show_user(self, user: str) -> Any:
        return (jsonify(self.users[user]), 200) if user in self.users else ({}, 404)

    def _drop_key(self, user: str, key: str) -> Any:
        return "", 204 if self.keys.pop(key, None) else 404

    def _block(self, user: str) -> Any:
        return self._put_state(user, "off")

    def _put_state(self, user: str, product: str) -> Any:
        if user not in self.users:
            return {}, 404
        self.users[user]["state"] = product
        return jsonify(self.users[user])

    def _order(self) -> Any:
        order = f"o{next(self._numbers)}"
        self.jobs[order] = self.jobs_need
        return jsonify(order=order), 202

    def _order_state(self, order: str) -> Any:
        self.jobs[order] -= 1
        return jsonify(state="working" if self.jobs[order] >= 0 else "done", id=f"key-of-{order}")

    def _suspend(self) -> Any:
        data = request.get_json()
        results = []
        for document in data["documents"]:
            if document in self.silent_documents:
                continue
            known = document not in self.unknown_documents
            if known:
                self.suspended.append((data["product"], document))
            results.append({"document": document, "ok": known})
        return jsonify(results=results)


def gateway(words: str, top: str = "") -> RecipeGateway:
    """Return the gateway of these words; see ``words_of``."""
    return RecipeGateway(read_recipe(words_of(words, top)))
