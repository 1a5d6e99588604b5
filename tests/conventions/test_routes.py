"""Addresses follow one form, and no route stays outside of the walks that test access.

Access, CSRF and "no GET writes" are walked over the route map in ``tests/web/test_access.py`` for pages
and in ``tests/api/test_auth.py`` for the API.
"""

import re

from apiflask import APIFlask
from werkzeug.routing import Rule

API = "/api/v1/"
WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)?")
# Made by libraries: their addresses are not ours to choose.
FOREIGN = {"static", "security"}
READING = {"GET", "HEAD", "OPTIONS"}


def ours(app: APIFlask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] not in FOREIGN]


def test_the_walk_finds_pages_and_api(app: APIFlask) -> None:
    rules = [rule.rule for rule in ours(app)]
    assert len([rule for rule in rules if rule.startswith(API)]) > 20
    assert len([rule for rule in rules if not rule.startswith(API)]) > 20


def test_addresses_are_kebab_case(app: APIFlask) -> None:
    words = {part for rule in ours(app) for part in re.sub(r"<[^>]+>", "", rule.rule).split("/") if part}
    assert [word for word in words if not WORD.fullmatch(word)] == []


def test_ids_in_addresses_are_whole_numbers(app: APIFlask) -> None:
    loose = [rule.rule for rule in ours(app) for name in re.findall(r"<(\w+)>", rule.rule) if name.endswith("id")]
    assert loose == []


def test_pages_use_get_and_post_only(app: APIFlask) -> None:
    pages = [rule for rule in ours(app) if not rule.rule.startswith(API)]
    assert [rule.rule for rule in pages if set(rule.methods or ()) - READING - {"POST"}] == []


def test_an_address_names_an_action_only_where_it_acts(app: APIFlask) -> None:
    """Whoever may be fetched ahead by a browser must not sound as if it did something.

    ``status`` and ``migrate`` are pages too: they show what would happen, and ask.
    """
    actions = {"try-now", "settle", "resend", "sync", "approve", "test", "active", "resume"}
    wrong = [
        rule.rule for rule in ours(app) if rule.rule.rsplit("/", 1)[-1] in actions and set(rule.methods or ()) & {"GET"}
    ]
    assert wrong == []


def test_every_address_is_served_by_one_endpoint(app: APIFlask) -> None:
    seen: dict[tuple[str, str], str] = {}
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert seen.setdefault((rule.rule, method), rule.endpoint) == rule.endpoint, rule.rule
