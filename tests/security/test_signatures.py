"""Events are signed as Standard Webhooks says: its own library accepts each of them, and nothing that was touched."""

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from webapp import clock
from webapp.gateways.webhook import new_secret, sign

MUTATIONS = 10_000
SENDS = 10_000
OVERLAP = timedelta(hours=24)
BODY = '{"tipo":"cadastro","cliente":"Conceição Açucena 🎬","n":1}'
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def headers_of(secret: str, key: str, at: datetime, body: str, *former: str) -> dict[str, str]:
    """Return what goes with an event, for one secret or several at a time."""
    signed = " ".join(sign(one, key, at, body) for one in (secret, *former))
    return {"webhook-id": key, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signed}


def flipped(body: bytes, chance: random.Random) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def other_letter(text: str, chance: random.Random, last: int) -> str:
    """Return a text with another letter somewhere before ``last``, which the text does decode to something else."""
    place = chance.randrange(last)
    return text[:place] + chance.choice(LETTERS.replace(text[place], "")) + text[place + 1 :]


@dataclass(frozen=True)
class Delivery:
    """What comes to a receiver, and the secret that it has."""

    secret: str
    headers: dict[str, str]
    body: bytes

    def having(self, name: str, value: str) -> "Delivery":
        return replace(self, headers={**self.headers, name: value})


def at_another_time(sent: Delivery, seconds: int) -> Delivery:
    return sent.having("webhook-timestamp", str(int(sent.headers["webhook-timestamp"]) + seconds))


def with_another_id(sent: Delivery, chance: random.Random) -> Delivery:
    key = sent.headers["webhook-id"]
    return sent.having("webhook-id", other_letter(key, chance, len(key)))


def with_another_signature(sent: Delivery, chance: random.Random) -> Delivery:
    # The last letter before the padding carries two bits that mean nothing.
    digest = sent.headers["webhook-signature"].removeprefix("v1,")
    return sent.having("webhook-signature", "v1," + other_letter(digest, chance, 42))


def of_another_version(sent: Delivery, chance: random.Random) -> Delivery:
    digest = sent.headers["webhook-signature"].removeprefix("v1,")
    return sent.having("webhook-signature", f"v{chance.choice('0234')},{digest}")


def without_a_header(sent: Delivery, chance: random.Random) -> Delivery:
    lost = chance.choice(sorted(sent.headers))
    return replace(sent, headers={name: value for name, value in sent.headers.items() if name != lost})


TOUCHED: dict[str, Callable[[Delivery, random.Random], Delivery]] = {
    "body": lambda sent, chance: replace(sent, body=flipped(sent.body, chance)),
    "cut": lambda sent, chance: replace(sent, body=sent.body[: chance.randrange(len(sent.body))]),
    "id": with_another_id,
    "time": lambda sent, chance: at_another_time(sent, chance.choice([-1, 1]) * chance.randint(1, 290)),
    "late": lambda sent, chance: at_another_time(sent, -chance.randint(301, 10**6)),
    "signature": with_another_signature,
    "version": of_another_version,
    "missing": without_a_header,
    "secret": lambda sent, chance: replace(sent, secret=new_secret()),
}


@pytest.mark.parametrize("kind", TOUCHED)
def test_event_that_was_touched_is_refused_by_the_library_of_the_specification(kind: str) -> None:
    chance = random.Random(kind)
    secret, at = new_secret(), datetime.now(UTC)
    headers = headers_of(secret, "evt-17", at, BODY)
    Webhook(secret).verify(BODY.encode(), headers)
    for _turn in range(MUTATIONS // len(TOUCHED) + 1):
        sent = TOUCHED[kind](Delivery(secret, headers, BODY.encode()), chance)
        # Bytes that are no text any more are refused where they are read.
        with pytest.raises((WebhookVerificationError, UnicodeDecodeError)):
            Webhook(sent.secret).verify(sent.body, sent.headers)


def test_receiver_may_change_over_at_any_moment_while_both_secrets_sign() -> None:
    chance = random.Random(3)
    old, new = Webhook(former := new_secret()), Webhook(fresh := new_secret())
    start = datetime.now(UTC)
    switch = OVERLAP * chance.random()
    refused = 0
    for number in range(SENDS):
        body = f'{{"n":{number}}}'
        passed = OVERLAP * number / SENDS
        headers = headers_of(fresh, f"evt-{number}", start, body, former)
        receiver = old if passed < switch else new
        try:
            receiver.verify(body, headers)
        except WebhookVerificationError:
            refused += 1
    assert refused == 0


@pytest.mark.parametrize("text", ["ç", "🎬", "\u2028", "a" * 20_000, '"\\/\t', ""], ids=lambda text: ascii(text)[:12])
def test_what_is_signed_is_read_back_bytewise_whatever_it_holds(text: str) -> None:
    clock.reset()
    secret, body = new_secret(), f'{{"nome":{text!r}}}'
    headers = headers_of(secret, "evt-1", clock.utc_now(), body)
    Webhook(secret).verify(body.encode(), headers, json_parse=False)
    digest = headers["webhook-signature"].removeprefix("v1,")
    assert len(base64.b64decode(digest, validate=True)) == 32
