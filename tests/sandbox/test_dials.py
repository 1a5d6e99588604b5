"""Each dial, over real HTTP."""

import gzip
import json
import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
import requests

from tests.sandbox.calls import call, create, created, deliver, event
from webapp.sandbox.client import SandboxError, Tenant


@pytest.mark.parametrize("status", [202, 301, 400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504])
def test_a_status_comes_before_the_effect_unless_told(nx: Tenant, status: int) -> None:
    nx.set_dials(status=status)
    answer = create(nx)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert nx.subscribers() == []


def test_a_status_after_the_effect_hides_that_it_happened(nx: Tenant) -> None:
    nx.set_dials(status=502, when="after")
    assert create(nx).status_code == 502
    assert nx.subscriber()["external_id"] == "ref-1"
    [line] = nx.ledger()
    assert (line["effect"], line["status"], line["dials"]) == ("created", 502, ["status=502", "when=after"])


@pytest.mark.parametrize("value", [3, "3", -1, "abc", 315360000, format_datetime(datetime(2030, 1, 1, tzinfo=UTC))])
def test_retry_after_is_sent_as_given(nx: Tenant, value: int | str) -> None:
    nx.set_dials(status=429, retry_after=value)
    answer = create(nx)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(value))


def test_headers_and_body_are_sent_as_given(nx: Tenant) -> None:
    nx.set_dials(status=302, headers={"Location": "http://127.0.0.1:1/"}, body={"moved": True})
    answer = create(nx)
    assert (answer.headers["Location"], answer.json()) == ("http://127.0.0.1:1/", {"moved": True})


def test_headers_alone_leave_the_answer_as_it_is(nx: Tenant) -> None:
    nx.set_dials(headers={"X-Note": "hello"})
    answer = create(nx)
    assert (answer.status_code, answer.headers["X-Note"]) == (201, "hello")


def test_only_the_next_calls_fail_after_those_that_pass(nx: Tenant) -> None:
    nx.set_dials(fail_after=1, fail_next=2)
    assert [create(nx, number).status_code for number in range(4)] == [201, 500, 500, 201]


def test_only_the_named_operations_fail_and_are_counted(nx: Tenant) -> None:
    identity = created(nx)
    nx.set_dials(status=503, operations=["suspend"], fail_next=1)
    assert call(nx, "GET", "/products").status_code == 200
    assert call(nx, "POST", f"/subscribers/{identity}/suspend").status_code == 503
    assert call(nx, "POST", f"/subscribers/{identity}/suspend").status_code == 200


def test_the_same_seed_fails_the_same_calls(nx: Tenant, hook: Tenant) -> None:
    outcomes = []
    for tenant in (nx, hook):
        tenant.set_dials(fail_rate=0.5, seed=7, status=503)
        outcomes.append([call(tenant, "GET", "/products").status_code for _ in range(40)])
    assert outcomes[0] == outcomes[1]
    assert 10 < outcomes[0].count(503) < 30


def test_several_faults_strike_each_its_own_calls(nx: Tenant) -> None:
    nx.set_dials(
        faults=[
            {"operations": ["create"], "status": 429, "retry_after": 1, "fail_next": 1},
            {"operations": ["list"], "garbage": "html"},
        ]
    )
    assert [create(nx).status_code for _ in range(2)] == [429, 201]
    assert "text/html" in call(nx, "GET", "/subscribers").headers["Content-Type"]


def test_setting_a_dial_leaves_the_others_and_clearing_puts_all_back(nx: Tenant) -> None:
    nx.set_dials(status=500)
    nx.set_dials(operations=["create"])
    assert (nx.dials()["status"], nx.dials()["operations"]) == (500, ["create"])
    nx.clear_dials()
    assert create(nx).status_code == 201


@pytest.mark.parametrize(
    "dials", [{"nonsense": 1}, {"status": 99}, {"garbage": "?"}, {"faults": [{"latency_ms": 1}]}, {"secrets": ["ç"]}]
)
def test_a_dial_that_is_not_there_is_refused_by_name(nx: Tenant, dials: dict[str, object]) -> None:
    with pytest.raises(SandboxError, match="400"):
        nx.set_dials(**dials)


def test_latency_is_before_the_effect_of_the_named_operations(nx: Tenant) -> None:
    nx.set_dials(latency_ms=60_000, operations=["create"])
    assert call(nx, "GET", "/products").status_code == 200
    with pytest.raises(requests.Timeout):
        requests.post(nx.url + "/subscribers", json={}, timeout=0.2)
    assert nx.calls("create") == 0
    nx.set_dials(latency_ms=500, operations=["create"])
    with pytest.raises(requests.Timeout):
        requests.post(nx.url + "/subscribers", json={}, timeout=0.2)
    nx.wait_calls("create", 1)


def test_latencies_of_different_calls_do_not_add_up(nx: Tenant) -> None:
    nx.set_dials(latency_ms=60_000, operations=["list"])
    with pytest.raises(requests.Timeout):
        call(nx, "GET", "/subscribers", timeout=0.2)
    assert call(nx, "GET", "/products").status_code == 200


def test_latency_after_the_effect_is_a_time_out_whose_effect_is_there(nx: Tenant) -> None:
    nx.set_dials(latency_after_effect_ms=2000)
    with pytest.raises(requests.Timeout):
        call(nx, "POST", "/subscribers", json={}, timeout=1)
    assert nx.calls("create") == 1


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_a_reset_is_before_or_after_the_effect(nx: Tenant, when: str, effects: int) -> None:
    nx.set_dials(reset=when, fail_next=1)
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        create(nx)
    assert nx.effects("created") == effects
    [line] = nx.ledger()
    assert (line["status"], line["dials"], line["external_id"]) == (None, [f"reset={when}"], "ref-1")


def test_a_slow_body_is_sent_byte_by_byte(nx: Tenant) -> None:
    nx.set_dials(body_delay_ms=5, operations=["find"])
    began = time.monotonic()
    answer = call(nx, "GET", "/subscribers?external_id=ref-1")
    assert answer.json() == {"subscribers": [], "total": 0}
    assert time.monotonic() - began >= 0.005 * (len(answer.content) - 1)


def _broken(answer: requests.Response) -> bool:
    try:
        json.loads(answer.content.decode("utf-8"), parse_constant=_refuse)
    except ValueError:
        return True
    return False


def _refuse(word: str) -> None:
    raise ValueError(word)


@pytest.mark.parametrize("garbage", ["html", "empty", "truncated_json", "not_utf8", "nan"])
def test_garbage_is_a_success_that_is_not_json(nx: Tenant, garbage: str) -> None:
    nx.set_dials(garbage=garbage)
    answer = create(nx)
    assert answer.ok
    assert _broken(answer)
    assert nx.effects("created") == 1


@pytest.mark.parametrize("garbage", ["html", "duplicate_keys", "truncated_json"])
def test_garbage_before_the_effect_has_none(nx: Tenant, garbage: str) -> None:
    nx.set_dials(garbage=garbage, when="before")
    assert create(nx).ok
    assert nx.subscribers() == []


def test_garbage_of_duplicate_keys_can_be_told_only_by_who_looks(nx: Tenant) -> None:
    nx.set_dials(garbage="duplicate_keys")
    pairs = json.loads(create(nx).content, object_pairs_hook=list)
    assert [name for name, _ in pairs].count("id") == 2


def test_garbage_cut_body_ends_before_its_announced_length(nx: Tenant) -> None:
    nx.set_dials(garbage="cut_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        create(nx)


def test_garbage_error_in_200_is_a_success_with_an_error_in_it(nx: Tenant) -> None:
    nx.set_dials(garbage="error_in_200")
    answer = create(nx)
    assert (answer.status_code, answer.json()["error"]) == (200, "internal")


def test_garbage_wrong_subscriber_is_about_somebody_else(nx: Tenant) -> None:
    nx.set_dials(garbage="wrong_subscriber")
    answer = create(nx).json()
    assert (answer["id"], answer["email"]) == ("sub_999999", "somebody.else@example.com")
    assert nx.subscriber()["id"] == "sub_000001"
    assert call(nx, "GET", "/subscribers?external_id=ref-1").json()["subscribers"][0]["id"] == "sub_999999"


def test_garbage_huge_goes_on_until_the_caller_hangs_up(nx: Tenant) -> None:
    nx.set_dials(garbage="huge", operations=["list"])
    with call(nx, "GET", "/subscribers", stream=True) as answer:
        assert int(answer.headers["Content-Length"]) == 10 * 1024**3
        assert len(answer.raw.read(2_000_000)) == 2_000_000
    assert call(nx, "GET", "/products").status_code == 200


def test_garbage_gzip_bomb_is_a_thousand_times_its_size(nx: Tenant) -> None:
    nx.set_dials(garbage="gzip_bomb")
    with call(nx, "GET", "/products", stream=True) as answer:
        packed = answer.raw.read(decode_content=False)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(packed)) > 900 * len(packed)


def test_the_token_dial_makes_the_old_token_wrong(nx: Tenant) -> None:
    nx.set_dials(token="new-token")
    assert call(nx, "GET", "/products").status_code == 401
    assert call(nx, "GET", "/products", headers={"Authorization": "Bearer new-token"}).status_code == 200


def test_dials_strike_the_webhook_receiver_by_event(hook: Tenant) -> None:
    hook.set_dials(operations=["suspender"], status=200, body={"success": False}, fail_next=1)
    assert deliver(hook, event("cadastro"), "m1").json()["success"] is True
    assert deliver(hook, event("suspender"), "m2").json() == {"success": False}
    assert hook.sales()["991"]["status"] == "active"
    assert deliver(hook, event("suspender"), "m2").json() == {"success": True, "id": "991"}
    assert hook.sales()["991"]["status"] == "suspended"
