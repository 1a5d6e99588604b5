"""One effect for one Idempotency-Key, whatever happens in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select, update

from tests.api.conftest import Program
from tests.api.scenes import Scene, sell
from webapp import clock
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import IdempotencyRecord, Plan, ServicePackage
from webapp.services import idempotency
from webapp.services.errors import Conflict, Invalid
from webapp.services.idempotency import Claim, StoredAnswer, claim, keep, release
from webapp.services.tokens import create_token

PLAN = {"description": "Fibra 500", "value": "99.90"}


@pytest.fixture
def token_id(app: APIFlask) -> int:
    token, _text = create_token("erp", "write")
    made = token.id
    db.session.rollback()
    return made


def count(model: type) -> int:
    db.session.rollback()
    found = db.session.scalar(select(func.count()).select_from(model)) or 0
    # Else this test's session would hold the write lock while requests work.
    db.session.rollback()
    return found


def test_a_repeated_post_gets_the_first_answer_and_does_nothing(admin: Program) -> None:
    first = admin.post("/plans", PLAN, Idempotency_Key="k-1")
    second = admin.post("/plans", PLAN, Idempotency_Key="k-1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.data == first.data
    for name in ("ETag", "Location", "Content-Type"):
        assert second.headers[name] == first.headers[name]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert count(Plan) == 1


def test_a_key_used_for_another_body_is_refused(admin: Program) -> None:
    admin.post("/plans", PLAN, Idempotency_Key="k-1")
    answer = admin.post("/plans", {**PLAN, "value": "1.00"}, Idempotency_Key="k-1")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "idempotency_key_reused"
    assert count(Plan) == 1


def test_a_refused_post_frees_its_key(admin: Program) -> None:
    assert admin.post("/plans", {"value": "1.00"}, Idempotency_Key="k-1").status_code == 422
    assert count(IdempotencyRecord) == 0
    assert admin.post("/plans", PLAN, Idempotency_Key="k-1").status_code == 201


def test_two_tokens_may_use_the_same_key(admin: Program, app: APIFlask) -> None:
    _token, text = create_token("other", "admin")
    other = Program(admin.client, text)
    admin.post("/plans", PLAN, Idempotency_Key="k-1")
    answer = other.post("/plans", {**PLAN, "description": "Other"}, Idempotency_Key="k-1")
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers


@pytest.mark.parametrize("key", ["", "x" * 256, "clé"])
def test_a_key_that_is_none_is_refused(admin: Program, key: str) -> None:
    answer = admin.post("/plans", PLAN, Idempotency_Key=key)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "idempotency_key_malformed"
    assert count(Plan) == 0


def test_twenty_parallel_posts_have_one_effect_and_twenty_equal_answers(app: APIFlask, admin: Program) -> None:
    scene: Scene = sell(admin)
    before = count(ServicePackage)
    start = Barrier(20)

    def post(_number: int) -> tuple[int, bytes]:
        client = Program(app.test_client(), admin.token)
        start.wait()
        answer = client.post("/services/17711/packages", {"package_id": scene.extra}, Idempotency_Key="sale-1")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert {status for status, _body in answers} == {201}
    assert len({body for _status, body in answers}) == 1
    assert count(ServicePackage) == before + 1


def test_an_answer_is_kept_sealed(admin: Program) -> None:
    admin.post("/plans", PLAN, Idempotency_Key="k-1")
    kept = db.session.scalars(select(IdempotencyRecord)).one()
    assert "Fibra" not in (kept.body or "")


def test_a_claim_at_work_makes_others_wait_and_then_say_so(token_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "WAIT_S", 0.1)
    assert isinstance(claim(token_id, "k", "f"), Claim)
    with pytest.raises(Conflict) as caught:
        claim(token_id, "k", "f")
    assert caught.value.code == "idempotency_in_progress"


def test_a_request_at_work_is_a_409_that_says_when_to_come_back(
    admin: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_S", 0.1)
    admin.post("/plans", PLAN, Idempotency_Key="k-1")
    db.session.execute(update(IdempotencyRecord).values(status=None, body=None))
    db.session.commit()
    answer = admin.post("/plans", PLAN, Idempotency_Key="k-1")
    assert answer.status_code == 409
    assert answer.headers["Retry-After"] == "1"


def test_a_claim_whose_process_died_is_taken_over_after_a_minute(token_id: int) -> None:
    lost = claim(token_id, "k", "f")
    clock.move(timedelta(seconds=61))
    taken = claim(token_id, "k", "f")
    assert isinstance(taken, Claim)
    assert taken != lost
    keep(taken, StoredAnswer(201, "new"))
    assert isinstance(lost, Claim)
    keep(lost, StoredAnswer(201, "late"))
    assert claim(token_id, "k", "f") == StoredAnswer(201, "new")


def test_a_claim_that_died_is_not_taken_over_for_another_request(token_id: int) -> None:
    claim(token_id, "k", "f")
    clock.move(timedelta(seconds=61))
    with pytest.raises(Invalid):
        claim(token_id, "k", "other")


def test_an_answer_is_forgotten_after_a_day(token_id: int) -> None:
    first = claim(token_id, "k", "f")
    assert isinstance(first, Claim)
    keep(first, StoredAnswer(201, "text", {"ETag": '"x"'}))
    clock.move(timedelta(hours=23))
    assert claim(token_id, "k", "f") == StoredAnswer(201, "text", {"ETag": '"x"'})
    clock.move(timedelta(hours=2))
    assert isinstance(claim(token_id, "k", "other"), Claim)


def test_a_released_key_is_free(token_id: int) -> None:
    first = claim(token_id, "k", "f")
    assert isinstance(first, Claim)
    release(first)
    assert isinstance(claim(token_id, "k", "other"), Claim)


def test_old_answers_do_not_pile_up(token_id: int) -> None:
    old = utc_now() - timedelta(days=2)
    db.session.add_all(
        IdempotencyRecord(token_id=token_id, key=f"old-{number}", fingerprint="f", created_at=old)
        for number in range(15)
    )
    db.session.commit()
    claim(token_id, "k", "f")
    assert count(IdempotencyRecord) == 1
