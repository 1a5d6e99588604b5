"""Who may do what to which object: role x route x method x object, walked over the URL map, and the API's tokens.

The table, for every page that is not public::

                      object that exists         none with that id
    stranger          303 to the sign-in         303, the same
    other role        403                        403, the same
    declared role     200 (GET)                  404
    somebody else's   404, word for word as where there is none

Of who is refused, no answer holds a word of anybody's data, and no row changes.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.fixtures.people import Browser, make_browser, signed_in
from tests.web import people_states
from tests.web.test_access import OPENED_OTHERWISE, WITHOUT_FORM, address, build, dump, guarded, our_rules
from tests.web.walk import hub
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Account, ApiToken, Customer, Integration, Operator, OperatorSession, SavedView, WebAuthn
from webapp.models.operator import ADMIN
from webapp.services.tokens import create_token, revoke_token
from webapp.web.access import API_PREFIX, READERS, declared_access

STRANGER = "stranger"
NOBODY = 987_654
NOT_A_WORD = {f"<{name}>": "nobody" for name in ("key", "kind", "group", "name", "page", "step")}
# Told before the object is looked at: that a reason, or a text, is missing.
TOLD_OTHERWISE = {
    ("runs.refuse", "POST"): 303, ("pulls.reject", "POST"): 303, ("gateways.remove", "POST"): 303,
    ("recipes.edit", "POST"): 422,
}  # fmt: skip
# What these are about belongs to one person; here it is always somebody else's.
OF_ONE_PERSON = frozenset({
    "own.end_session", "passkeys.delete", "table_views.edit", "table_views.refill", "table_views.delete",
})  # fmt: skip
FOREIGN_PASSKEY, FOREIGN_VIEW = 9001, 9004
# Addresses of what belongs to one person alone, with the ids of somebody else.
FOREIGN = (
    ("POST", f"/own/sessions/{people_states.OPEN_SESSION}/end"),
    ("POST", f"/people/1/sessions/{people_states.OPEN_SESSION}/end"),
    ("GET", f"/own/passkeys/{FOREIGN_PASSKEY}/delete"),
    ("POST", f"/own/passkeys/{FOREIGN_PASSKEY}/delete"),
    ("GET", f"/tables/views/{FOREIGN_VIEW}"),
    ("POST", f"/tables/views/{FOREIGN_VIEW}"),
    ("POST", f"/tables/views/{FOREIGN_VIEW}/refill"),
    ("POST", f"/tables/views/{FOREIGN_VIEW}/delete"),
)
# Parts of an address that take no other word.
GIVEN: dict[str, int | str] = {"number": 1, "message_kind": "created"}
# New in every answer.
FRESH_WORDS = re.compile(
    r'"X-CSRFToken": "[^"]*"|name="(?:csrf_token|once)" value="[^"]*"|request-id">[^<]*|\b(?:9001|9003|9004|987654)\b'
)


@dataclass(frozen=True)
class Scene:
    """A hub with one of everything, a browser for each role, and tokens of programs that get nowhere.

    Attributes:
        secrets: words of customers, people and programs, by whose they are; no refused answer may hold one.
    """

    app: APIFlask
    here: Mapping[str, Any]
    browsers: Mapping[str, Browser]
    powerless: Mapping[str, str]
    secrets: Mapping[str, str]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with hub(tmp_path_factory.mktemp("matrix")) as app:
        browsers = {STRANGER: make_browser(app), **{role: signed_in(app, role) for role in (ADMIN, *READERS[1:])}}
        here = build()
        keys = {"credential_id": b"x", "public_key": b"x", "sign_count": 0, "name": "hers", "usage": "first"}
        used = {"create_datetime": utc_now(), "lastuse_datetime": utc_now(), "device_type": "x"}
        owner = {"id": FOREIGN_PASSKEY, "user_id": people_states.COLLEAGUE}
        db.session.add(WebAuthn(**keys, **used, **owner, backup_state=False))
        view = {"table_name": "customers", "query": "", "created_at": utc_now()}
        db.session.add(SavedView(id=FOREIGN_VIEW, operator_id=people_states.COLLEAGUE, name="hers", **view))
        db.session.commit()
        powerless = _powerless(here["integration_id"])
        foreign = {"passkey_id": FOREIGN_PASSKEY, "view_id": FOREIGN_VIEW}
        yield Scene(app, {**here, **people_states.IDS, **foreign}, browsers, powerless, _secrets())


def _powerless(integration_id: int) -> dict[str, str]:
    """Return texts of tokens that may do nothing, or next to nothing."""
    other = Integration(gateway="outros", description="Another platform")
    db.session.add(other)
    db.session.commit()
    revoked, revoked_text = create_token("revoked", "admin")
    revoke_token(revoked.id)
    _row, expired = create_token("expired", "admin", utc_now() + timedelta(seconds=1))
    db.session.query(ApiToken).filter_by(name="expired").update({"expires_at": utc_now() - timedelta(seconds=1)})
    db.session.commit()
    return {
        "none": "", "made up": "sin_made-up", "revoked": revoked_text, "expired": expired,
        "other platform's": create_token("narrow", "subscribers", integration_id=other.id)[1],
        "own platform's": create_token("own", "subscribers", integration_id=integration_id)[1],
    }  # fmt: skip


def _secrets() -> dict[str, str]:
    """Return words that stand in no page's own text."""
    found: dict[str, Any] = {}
    for customer in db.session.query(Customer):
        found |= {customer.name: "customer", customer.document or "": "customer", customer.email or "": "customer"}
    for operator in db.session.query(Operator):
        found |= {operator.email: operator.email, operator.fs_uniquifier: "session", operator.password: "password"}
    found |= {row.login or "": "account" for row in db.session.query(Account)}
    found |= {row.token_hash: "token" for table in (ApiToken, OperatorSession) for row in db.session.query(table)}
    found[people_states.SECRET_ADDRESS] = "bia.gomes@example.com"
    return {word: whose for word, whose in found.items() if len(word or "") > 5}


def tells_nothing(scene: Scene, answer: TestResponse, who: str) -> bool:
    """Tell whether a refusal holds nobody's data but the reader's own address, and any page none that is for nobody."""
    # A picture of the guide is no text.
    body, mine = answer.get_data().decode(errors="replace") + str(answer.headers), f"{who}@example.com"
    kept = {"password", "token", "session"} if answer.status_code == 200 else set(scene.secrets.values()) - {mine}
    address_shown = people_states.SECRET_ADDRESS in body and who != ADMIN
    return not address_shown and not [word for word, whose in scene.secrets.items() if whose in kept and word in body]


def addresses(scene: Scene, rule: Rule) -> dict[str, str]:
    """Return the address of an object that exists, and of one that does not where the address names one."""
    found = {"exists": address(rule, scene.here)}
    nowhere = rule.rule
    for word, other in NOT_A_WORD.items():
        nowhere = nowhere.replace(word, other)
    ids = {name: NOBODY for name in rule.arguments if f"<int:{name}>" in rule.rule}
    if ids or nowhere != rule.rule:
        found["missing"] = address(_like(rule, nowhere), {**scene.here, **ids})
    return found


def _like(rule: Rule, path: str) -> Rule:
    changed = Rule(path, endpoint=rule.endpoint)
    changed.arguments = rule.arguments
    return changed


def wanted(scene: Scene, role: str, rule: Rule, method: str, which: str) -> int:
    """Return what the table says."""
    if role == STRANGER:
        return 303
    if role not in roles_of(scene, rule):
        return 403
    if which == "missing":
        return TOLD_OTHERWISE.get((rule.endpoint, method), 404)
    return 404 if rule.endpoint in OF_ONE_PERSON else OPENED_OTHERWISE.get(rule.endpoint, 200)


def roles_of(scene: Scene, rule: Rule) -> frozenset[str]:
    found = declared_access(scene.app, rule.endpoint)
    assert isinstance(found, frozenset)
    return found


@pytest.mark.parametrize("role", [STRANGER, *READERS])
def test_every_page_answers_every_role_as_the_table_says(scene: Scene, role: str) -> None:
    before, browser, wrong = dump(), scene.browsers[role], []
    for method in ("GET", "POST"):
        for rule in guarded(scene.app, method):
            for which, url in addresses(scene, rule).items():
                # What a declared role really does to what exists, other tests show.
                if method == "POST" and which == "exists" and role in roles_of(scene, rule):
                    continue
                answer, status = browser.open(url, method=method), wanted(scene, role, rule, method, which)
                quiet = tells_nothing(scene, answer, role)
                if answer.status_code != status or not quiet:
                    wrong.append(f"{method} {url} {which}: {answer.status_code}, not {status}; quiet: {quiet}")
    assert not wrong, "\n".join(wrong)
    assert _without_uses(dump()) == _without_uses(before)


@pytest.mark.parametrize(
    ("role", "method", "url"),
    [(role, *one) for one in FOREIGN for role in ((ADMIN,) if one[1].startswith("/people") else READERS)],
)
def test_what_belongs_to_somebody_else_looks_like_nothing(scene: Scene, role: str, method: str, url: str) -> None:
    before, browser = dump(), scene.browsers[role]
    theirs, none = (browser.open(one, method=method) for one in (url, re.sub(r"9\d\d\d", str(NOBODY), url)))
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert FRESH_WORDS.sub("", theirs.text) == FRESH_WORDS.sub("", none.text)
    assert dump() == before


def test_other_methods_are_known_to_no_page(scene: Scene) -> None:
    assert not [rule for rule in our_rules(scene.app) if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS", "POST"}]
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        assert scene.browsers[ADMIN].open("/customers/1", method=method).status_code == 405, method


@pytest.mark.parametrize("token", ["missing", "made up", "of another session", "of another key"])
def test_form_without_the_token_of_its_session_is_refused_everywhere(scene: Scene, token: str) -> None:
    before, key, wrong = dump(), str(scene.app.secret_key), []
    given = {
        "missing": None, "made up": "x",
        "of another session": URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps("another seed"),
        "of another key": URLSafeTimedSerializer("another key", salt="wtf-csrf-token").dumps("seed-of-a-test"),
    }[token]  # fmt: skip
    for rule in our_rules(scene.app):
        if "POST" not in (rule.methods or ()) or rule.endpoint in WITHOUT_FORM:
            continue
        url = rule.rule.replace("<token>", "some-token") if "token" in rule.arguments else address(rule, scene.here)
        # A form sends it as a field, htmx as a header.
        sent = {"headers": {"X-CSRFToken": given}} if token == "made up" else {"data": {"csrf_token": given or ""}}
        answer = scene.browsers[ADMIN].post(url, csrf=False, **sent)
        if answer.status_code != 400:
            wrong.append(f"{url}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert dump() == before


@pytest.mark.parametrize("token", ["none", "made up", "revoked", "expired", "other platform's", "own platform's"])
def test_api_refuses_tokens_that_may_not_whatever_they_ask_for(scene: Scene, token: str) -> None:
    text, before, wrong = scene.powerless[token], dump(), []
    refused = 403 if token.endswith("platform's") else 401
    # A signed-in browser is no program: its cookie must open nothing here.
    browser = scene.browsers[ADMIN]
    headers = {"Authorization": f"Bearer {text}"} if text else {}
    for number, (method, rule) in enumerate(_operations(scene.app)):
        values = {name: scene.here.get(name, 1) if name.endswith("_id") else "S-1" for name in rule.arguments}
        values |= {name: GIVEN[name] for name in values.keys() & GIVEN.keys()}
        url = str((rule.build(values) or ("", ""))[1])
        if token == "own platform's" and rule.endpoint == "api.list_subscribers":
            continue
        # Who guesses is braked by address; here each guess comes from another one.
        place = {"REMOTE_ADDR": f"10.0.{number // 250}.{number % 250 + 1}"}
        answer = browser.open(url, method=method, headers=headers, environ_base=place)
        if answer.status_code != refused or not tells_nothing(scene, answer, "nobody"):
            wrong.append(f"{method} {url}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    assert _without_uses(dump()) == _without_uses(before)


def test_the_walk_finds_enough_to_be_worth_it(scene: Scene) -> None:
    pages = [rule for method in ("GET", "POST") for rule in guarded(scene.app, method)]
    assert len(pages) > 150
    assert len(list(_operations(scene.app))) > 100
    assert len(scene.secrets) > 12


def _operations(app: APIFlask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API_PREFIX):
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield method, rule


def _without_uses(rows: dict[str, Any]) -> dict[str, Any]:
    """Leave out that a token was used: it was, in vain."""
    place = [column.name for column in ApiToken.__table__.columns].index("last_used_at")
    used = [(*row[:place], *row[place + 1 :]) for row in rows["api_token"]]
    return {**rows, "api_token": used}
