"""What a fault makes of an answer."""

import gzip
from functools import cache
from typing import Any

from webapp.sandbox.dials import Fault
from webapp.sandbox.wire import Answer, json_answer

HTML = b"<!doctype html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"
HUGE_BYTES = 10 * 1024**3
BOMB_BYTES = 20 * 1024**2
WORDS = {
    401: "unauthorized",
    402: "no_licences",
    403: "forbidden",
    404: "not_found",
    409: "email_exists",
    410: "gone",
    422: "invalid",
    429: "too_many_requests",
    500: "internal",
    502: "bad_gateway",
    503: "unavailable",
    504: "gateway_timeout",
}


def spoil(fault: Fault, answer: Answer, body: Any, stranger: dict[str, Any]) -> Answer:
    """Return the answer as the fault leaves it.

    Args:
        answer: the platform's own answer; a bare 200 when the fault came before the effect.
        body: the same answer's JSON.
        stranger: id, external_id and e-mail of a subscriber that was not asked about.
    """
    if fault.reset:
        answer = Answer(0, b"", reset=True)
    elif fault.status is not None:
        answer = _failure(fault)
    elif fault.garbage == "wrong_subscriber":
        answer = json_answer(answer.status, _about(body, stranger))
    elif fault.garbage is not None:
        answer = _garbage(fault.garbage, answer)
    answer.headers.update(fault.headers)
    answer.byte_delay_s = fault.body_delay_ms / 1000
    return answer


def _failure(fault: Fault) -> Answer:
    status = fault.status or 500
    body = fault.body if fault.body is not None else {"error": WORDS.get(status, "failed")}
    answer = json_answer(status, body)
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def _garbage(kind: str, answer: Answer) -> Answer:
    body = answer.body
    made = {
        "html": lambda: Answer(200, HTML, content_type="text/html; charset=utf-8"),
        "empty": lambda: Answer(200, b""),
        "truncated_json": lambda: Answer(answer.status, body[: max(1, len(body) * 2 // 3)]),
        "cut_body": lambda: Answer(answer.status, body, cut=True),
        "not_utf8": lambda: Answer(answer.status, b'{"id":"\xff\xfe\xe7",' + body[1:]),
        "duplicate_keys": lambda: Answer(answer.status, b'{"id":"sub_999999","status":"failed",' + body[1:]),
        "nan": lambda: Answer(answer.status, b'{"id":NaN}'),
        "error_in_200": lambda: json_answer(200, {"error": "internal", "message": "Try again later"}),
        "huge": lambda: Answer(200, b"", stream_bytes=HUGE_BYTES),
        "gzip_bomb": lambda: Answer(200, _bomb(), {"Content-Encoding": "gzip"}),
    }
    return made[kind]()


@cache
def _bomb() -> bytes:
    return gzip.compress(b"0" * BOMB_BYTES)


def _about(body: Any, stranger: dict[str, Any]) -> Any:
    """Return the body as if it were about somebody else."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("subscribers"), list):
        rows = [{**row, **stranger} for row in body["subscribers"][:1]] + body["subscribers"][1:]
        return {**body, "subscribers": rows}
    return {**body, **stranger}
