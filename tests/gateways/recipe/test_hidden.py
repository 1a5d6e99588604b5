"""What a template makes of a secret is a secret too: its base64, its digest, a piece joined to it."""

import base64
import hashlib
from dataclasses import replace

import pytest

from tests.gateways.people import PASSWORD, make_subject
from tests.gateways.servers import LoopbackServer, always, http
from webapp.gateways.contract import Operation, Secret
from webapp.gateways.errors import Rejected
from webapp.gateways.recipe.engine import RecipeGateway
from webapp.gateways.recipe.loader import read_recipe

TOKEN = "tok-0815-secreto"
RECIPE = """
key = "hidden"
label = "Hidden"
status = "assumed"
guarantee = "at_most_one"
local = ["suspend", "enable", "cancel"]
[password]
default_field = "senha_autenticacao"
[params.base_uri]
label = "Address"
[params.user]
label = "User"
[params.token]
label = "Token"
kind = "secret"
[auth]
kind = "header"
headers = { X-Who = "{{ (params.user ~ ':' ~ params.token) | base64 }}" }
[operations.create]
method = "POST"
url = "{{ params.base_uri }}/users"
[operations.create.json]
first = "{{ account.password | md5 }}"
second = "x-{{ account.password | base64 }}"
plain = "{{ params.user | upper }}"
"""
MADE = [
    base64.b64encode(f"hub:{TOKEN}".encode()).decode(),
    hashlib.md5(PASSWORD.encode()).hexdigest(),
    base64.b64encode(PASSWORD.encode()).decode(),
]


@pytest.fixture
def conn(connect):
    with LoopbackServer(always(http(b'{"ok": true}'))) as server:
        conn = connect({"base_uri": server.url, "user": "hub", "token": Secret(TOKEN)})
        yield conn, server


def test_what_is_made_of_a_secret_is_sent_and_never_shown(conn):
    connection, server = conn
    gateway = RecipeGateway(read_recipe(RECIPE))
    reply = gateway.send(connection, Operation.CREATE, make_subject(), "k")
    shown = repr(reply) + repr(gateway.preview(connection, Operation.CREATE, make_subject(), "k"))
    sent = server.requests[0].decode()
    assert all(made in sent for made in MADE)
    assert [made for made in (*MADE, TOKEN, PASSWORD) if made in shown] == []
    assert '"plain":"HUB"' in shown.replace(" ", "")


def test_a_password_that_nothing_makes_is_missing_and_not_null(conn):
    connection, server = conn
    gateway = RecipeGateway(read_recipe(RECIPE))
    subject = make_subject()
    nobody = replace(subject, account=replace(subject.account, password=None))
    with pytest.raises(Rejected) as caught:
        gateway.send(connection, Operation.CREATE, nobody, "k")
    assert caught.value.code == "value_missing"
    assert server.requests == []
