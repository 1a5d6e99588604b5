"""Several subscribers in one call, and each one's own result."""

from dataclasses import replace

import pytest

from tests.gateways.people import make_sale_subject
from tests.gateways.recipe.keys_platform import gateway
from webapp.gateways.contract import Operation, Outcome, ProductFacts, Reply
from webapp.gateways.errors import ContractBroken, GatewayError, OutcomeUnknown, Rejected, Unavailable

SUSPEND = Operation.SUSPEND
BATCH = """
[operations.create]
method = "POST"
url = "{{ params.url }}/users"
idempotency_header = "Idempotency-Key"
[operations.suspend]
method = "POST"
url = "{{ params.url }}/suspend"
json = { product = "{{ product.code }}", documents = "{{ batch }}" }
idempotency_header = "Idempotency-Key"
[operations.suspend.batch]
size = 3
by = "{{ product.code }}"
each = "{{ customer.document }}"
results = "body.results"
match = "document"
outcomes = [{ when = "item.ok == `false`", is = "rejected", code = "not_known_there" }]
"""
MARIA, JOSE, ANA = "52998224725", "11144477735", "39053344705"


def person(document, product="FULL", **account):
    who = make_sale_subject(**{"remote_ids": {}, **account})
    sale = replace(who.sale, product=ProductFacts(product, product))
    return replace(who, customer=replace(who.customer, document=document), sale=sale)


def send(conn, documents=(MARIA, JOSE, ANA), words=BATCH):
    subjects = [person(document) for document in documents]
    return gateway(words).send_batch(conn, SUSPEND, subjects, [f"k-{document}" for document in documents])


def test_c8_several_subscribers_go_in_one_call_and_each_has_his_own_answer(conn, platform):
    platform.unknown_documents = {JOSE}
    maria, jose, ana = send(conn)
    assert [call.json for call in platform.ledger] == [{"product": "FULL", "documents": [MARIA, JOSE, ANA]}]
    assert (maria.outcome, ana.outcome) == (Outcome.OK, Outcome.OK)
    assert (type(jose), jose.code) == (Rejected, "not_known_there")


def test_c8_a_subscriber_without_a_result_is_in_doubt(conn, platform):
    platform.silent_documents = {ANA}
    maria, _, ana = send(conn)
    assert (type(maria), type(ana), ana.code) == (Reply, OutcomeUnknown, "batch_result_missing")


def test_a_failure_of_the_whole_call_is_everybodys_and_nobody_shares_his_error(conn, platform):
    platform.misbehave(503)
    errors = send(conn)
    assert {type(error) for error in errors} == {Unavailable}
    assert len({id(error) for error in errors}) == 3


def test_an_answer_without_results_says_nothing_of_anybody(conn, platform):
    platform.misbehave(200, body={"ok": True})
    assert {type(error) for error in send(conn)} == {ContractBroken}


def test_one_answer_counts_for_all_where_the_recipe_names_no_results(conn, platform):
    words = BATCH.replace('results = "body.results"\nmatch = "document"\n', "").replace(
        'outcomes = [{ when = "item.ok == `false`", is = "rejected", code = "not_known_there" }]\n', ""
    )
    assert [reply.outcome for reply in send(conn, words=words)] == [Outcome.OK] * 3


def test_c8_one_whom_the_platform_refuses_does_not_keep_the_others_from_theirs(conn, platform):
    platform.misbehave(422, times=-1, on=lambda call: JOSE in call.json["documents"])
    kinds = [type(answer) for answer in send(conn)]
    assert kinds == [Reply, Rejected, Reply]
    assert [call.json["documents"] for call in platform.ledger] == [[MARIA, JOSE, ANA], [MARIA], [JOSE], [ANA]]
    assert [call.headers["idempotency-key"] for call in platform.ledger[1:]] == [
        f"k-{who}" for who in (MARIA, JOSE, ANA)
    ]


def test_two_results_for_one_subscriber_are_a_doubt(conn, platform):
    platform.misbehave(200, body={"results": [{"document": MARIA, "ok": True}, {"document": MARIA, "ok": False}]})
    assert type(send(conn, [MARIA, JOSE])[0]) is OutcomeUnknown


def test_somebody_asked_for_twice_is_sent_once_and_answered_twice(conn, platform):
    answers = send(conn, [MARIA, MARIA])
    assert platform.ledger[0].json["documents"] == [MARIA]
    assert [answer.outcome for answer in answers] == [Outcome.OK, Outcome.OK]


def test_alone_he_goes_by_the_same_call(conn, platform):
    assert gateway(BATCH).send(conn, SUSPEND, person(MARIA), "k-1").outcome is Outcome.OK
    assert (platform.ledger[0].json["documents"], platform.ledger[0].headers["idempotency-key"]) == ([MARIA], "k-1")
    platform.unknown_documents = {MARIA}
    with pytest.raises(Rejected):
        gateway(BATCH).send(conn, SUSPEND, person(MARIA), "k-1")


def test_the_key_of_a_call_is_the_same_for_the_same_intents_and_another_for_others(conn, platform):
    send(conn, [MARIA, JOSE])
    send(conn, [JOSE, MARIA])
    send(conn, [JOSE, ANA])
    keys = [call.headers["idempotency-key"] for call in platform.ledger]
    assert keys[0] == keys[1] != keys[2]


def test_subjects_share_a_call_by_what_the_recipe_says(conn, platform):
    gate = gateway(BATCH)
    assert gate.batch_key(conn, SUSPEND, person(MARIA)) == gate.batch_key(conn, SUSPEND, person(JOSE)) == "FULL"
    assert gate.batch_key(conn, SUSPEND, person(MARIA, "OTHER")) == "OTHER"
    assert gate.batch_key(conn, Operation.CREATE, person(MARIA)) is None


def test_the_exchange_kept_with_one_shows_no_document_of_the_others(conn, platform):
    maria = send(conn)[0]
    assert not any(document in maria.exchange.request_body + maria.exchange.response_body for document in (JOSE, ANA))


PREPARED = BATCH.replace(
    '[operations.suspend]\nmethod = "POST"\nurl = "{{ params.url }}/suspend"\n'
    'json = { product = "{{ product.code }}", documents = "{{ batch }}" }\nidempotency_header = "Idempotency-Key"\n',
    """[[operations.suspend.steps]]
name = "block"
method = "POST"
url = "{{ params.url }}/users/{{ account.reference }}/block"
[[operations.suspend.steps]]
name = "all"
method = "POST"
url = "{{ params.url }}/suspend"
json = { product = "{{ product.code }}", documents = "{{ batch }}" }
""",
)


def test_steps_before_the_last_go_for_each_and_who_fails_there_drops_out(conn, platform):
    platform.users = {name: {"id": name, "login": name} for name in ("a", "c")}
    subjects = [person(MARIA, reference="a"), person(JOSE, reference="b"), person(ANA, reference="c")]
    answers = gateway(PREPARED).send_batch(conn, SUSPEND, subjects, ["1", "2", "3"])
    assert [type(answer) for answer in answers] == [Reply, Rejected, Reply]
    assert platform.suspended == [("FULL", MARIA), ("FULL", ANA)]


def test_after_a_failed_call_each_goes_on_after_his_own_steps(conn, platform):
    platform.users = {name: {"id": name, "login": name} for name in ("a", "c")}
    subjects = [person(MARIA, reference="a"), person(ANA, reference="c")]
    platform.misbehave(503, on=lambda call: call.path == "/suspend")
    errors = gateway(PREPARED).send_batch(conn, SUSPEND, subjects, ["1", "2"])
    assert all(isinstance(error, GatewayError) for error in errors)
    again = [replace(one, progress=error.progress) for one, error in zip(subjects, errors, strict=True)]
    gateway(PREPARED).send_batch(conn, SUSPEND, again, ["1", "2"])
    assert platform.paths().count("POST /users/a/block") == 1
    assert platform.suspended == [("FULL", MARIA), ("FULL", ANA)]
