"""Answers that were good until somebody twisted them: for readers that must never break over one.

Everything but the wire is real: what would have gone out is made and checked, what comes in is read as always.
"""

import copy
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass
from ipaddress import ip_network
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from webapp.gateways.contract import Secret
from webapp.gateways.egress import EgressPolicy
from webapp.gateways.http import HttpClient, HttpRequest
from webapp.gateways.masking import Masker

# `make parsers N=...`; in the test command few, and always the same.
EXAMPLES = int(os.environ.get("SINTONIA_PARSERS", "0"))
LONGEST_S, MOST_CALLS = 1.0, 300
LOOPBACK = (ip_network("127.0.0.0/8"),)
DROPPED, TWICE, MANY = "<dropped>", "<twice>", "<many>"
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**30, 1e308, -0.0, 0.1, "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e",
    "\x85", "\u2028", "9" * 5_000, "0" * 50, "-1", "1e400", "NaN", "Infinity", "²", "١٢", "31/02/2026", "2026-13-45",
    "99/99/9999", "0000-00-00 00:00:00", "0001-01-01", "9999-12-31T23:59:59+14:00", "2026-11-22T00:00:00-99:99",
    "1970-01-01T00:00:00Z", "R$ 1.234,56", "R$ " + "9" * 400, "(11) 9" + "8" * 90, "null", "[]", "a\r\nX-Forged: 1",
    "../../etc/passwd", "http://169.254.169.254/", "{{ 7 * 7 }}", "a" * 20_000, [], {}, [[]], [None], [{}], {"": None},
    [0] * 200, {"id": {"id": {"id": 1}}}, DROPPED, TWICE, MANY,
)  # fmt: skip
BODIES = (
    b"", b" ", b"null", b"[]", b"{}", b'""', b"0", b"\xff\xfe", b'{"a":1,"a":2}', b"NaN", b"[" * 5_000,
    b'{"a":' * 3_000, b"1" * 6_000, b"<!doctype html><title>x", b"\xef\xbb\xbf{}", b'"\\ud800"', b"{'a': 1}",
    b'{"a": "\\u0000"}', b"\x00",
)  # fmt: skip
HEADERS = {
    "Date": ("", "yesterday", "Sun, 99 Nov 2026 25:61:61 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "9" * 300),
    "Age": ("", "-1", "9" * 300, "²"),
    "Retry-After": ("-1", "9" * 40, "²", "Sun, 99 Nov 2026 25:61:61 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"),
    "Content-Type": ("", "text/html", "application/json; charset=nonsense", "text/plain; charset=utf-16"),
    "Link": ("", "<>; rel=next", "<http://169.254.169.254/>; rel=\"next\"", "<" * 3_000),
    "Location": ("", "//evil.example", "\x00"),
}  # fmt: skip


@dataclass(frozen=True)
class Twist:
    """What becomes of the answer to one call.

    Attributes:
        call: which one, from 0.
        changes: which place of it gets what.
        cut: how many thousandths of the body arrive.
    """

    call: int
    changes: tuple[tuple[int, Any], ...] = ()
    body: bytes | None = None
    status: int | None = None
    header: tuple[str, str] | None = None
    cut: int = 1_000


STATUSES = (200, 201, 204, 206, 302, 400, 401, 404, 409, 422, 429, 500, 503)
_VALUES = st.sampled_from(ODD) | st.text(max_size=30) | st.integers() | st.floats(allow_nan=False) | st.dictionaries(
    st.text(max_size=5), st.integers() | st.none(), max_size=3)  # fmt: skip
_CHANGES = st.lists(st.tuples(st.integers(0, 400), _VALUES), max_size=4).map(tuple)
_HEADERS = st.sampled_from([(name, value) for name, values in HEADERS.items() for value in values])
TWISTS = st.lists(
    st.builds(
        Twist, call=st.integers(0, 6), changes=_CHANGES,
        body=st.none() | st.none() | st.none() | st.sampled_from(BODIES) | st.binary(max_size=40),
        status=st.none() | st.none() | st.sampled_from(STATUSES),
        header=st.none() | _HEADERS, cut=st.just(1_000) | st.just(1_000) | st.integers(0, 1_000),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


def thorough(few: int) -> settings:
    """Return how hard to look: ``few`` examples in the test command, others each time where a number is given."""
    phases = (Phase.generate, Phase.shrink) if EXAMPLES else (Phase.generate,)
    return settings(
        phases=phases, max_examples=EXAMPLES or few, deadline=None, database=None, derandomize=not EXAMPLES,
        print_blob=True, suppress_health_check=list(HealthCheck), report_multiple_bugs=False,
    )  # fmt: skip


@contextmanager
def in_time() -> Iterator[None]:
    """Fail where a thread worked longer than a reader may; waiting for a processor is no work."""
    started = time.thread_time()
    yield
    taken = time.thread_time() - started
    assert taken < LONGEST_S, f"{taken:.2f} s"


def storable(value: Any) -> None:
    """Fail over text that no database takes: half a character. The character zero is the matter of the intake."""
    if isinstance(value, Secret):
        storable(str.__str__(value))
    elif isinstance(value, str):
        value.encode()
    elif isinstance(value, Mapping):
        for key, one in value.items():
            storable(key)
            storable(one)
    elif is_dataclass(value) and not isinstance(value, type):
        storable({name: getattr(value, name) for name in value.__dataclass_fields__})
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            storable(one)


Answer = Callable[[requests.PreparedRequest], tuple[int, Mapping[str, str], bytes]]


class TwistedClient(HttpClient):
    """A client whose answers come from a function, twisted as a test says."""

    def __init__(self, answer: Answer, twists: Sequence[Twist] = (), secrets: Sequence[str] = ()) -> None:
        super().__init__(EgressPolicy(LOOPBACK), masker=Masker(list(secrets)))
        self._answer = answer
        self._twists = twists
        self.calls = 0

    def twist(self, twists: Sequence[Twist]) -> None:
        """From now on, and counted from now, answers are twisted so."""
        self._twists, self.calls = twists, 0

    def _exchange_bytes(
        self, prepared: requests.PreparedRequest, request: HttpRequest
    ) -> tuple[requests.Response, bytes]:
        assert self.calls < MOST_CALLS, "asks and asks"
        for name, value in prepared.headers.items():
            # As the library does before it writes them; a value of an answer must not become a header of its own.
            if "\n" in str(value) or "\r" in str(value):
                raise ValueError(f"Invalid header value: {name}")
            str(value).encode("latin-1")
        status, headers, body = self._answer(prepared)
        made = requests.Response()
        made.headers = CaseInsensitiveDict(headers)
        for twist in (one for one in self._twists if one.call == self.calls):
            status = twist.status or status
            body = twisted(body, twist)
            if twist.header is not None:
                made.headers[twist.header[0]] = twist.header[1]
        self.calls += 1
        made.status_code = status
        return made, body


def twisted(body: bytes, twist: Twist) -> bytes:
    """Return a body with what a twist does to it."""
    if twist.body is not None:
        return twist.body
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return body[: len(body) * twist.cut // 1_000]
    for where, what in twist.changes:
        data = changed(data, where, what)
    made = json.dumps(data).encode()
    return made[: len(made) * twist.cut // 1_000]


def changed(data: Any, where: int, what: Any) -> Any:
    """Return a structure with one place changed; a number stands for the place."""
    data = copy.deepcopy(data)
    places = list(_places(data))
    if not places:
        return what
    holder, key = places[where % len(places)]
    if what == DROPPED:
        del holder[key]
    elif what in (TWICE, MANY):
        holder[key] = [holder[key]] * (2 if what == TWICE else 50)
    else:
        holder[key] = what
    return data


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, dict):
        items: Any = list(data.items())
    elif isinstance(data, list):
        items = list(enumerate(data))
    else:
        return
    for key, value in items:
        yield data, key
        yield from _places(value)


def as_json(data: Any) -> tuple[int, Mapping[str, str], bytes]:
    """Return a good answer."""
    return 200, {"Content-Type": "application/json"}, json.dumps(data).encode()


__all__ = ["TWISTS", "Twist", "TwistedClient", "as_json", "in_time", "storable", "thorough"]
