"""What a password must be, how one is kept, and how one is proved. Nothing here opens a transaction.

Long and hard to guess, and nothing else: no rule on capitals, digits or signs and no expiry, which only make passwords
worse (NIST SP 800-63B-4, 3.1.1.2, read November 2026). NIST wants 15 characters where a password is all and 8 beside a
second factor, by length alone. Here length is not alone: 12, and an estimate that it takes more than 10^8 guesses, made
with what people here choose and with the person's own names, while guesses are counted (``services/guesses.py``).
"""

import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError
from flask import current_app
from flask_security import hash_password, verify_password

from webapp import lazy
from webapp.clock import monotonic_s
from webapp.services.errors import Busy, Invalid, Problem
from webapp.services.hub import current_hub

# Its lists are 11 MB, and are wanted where somebody chooses a password.
if TYPE_CHECKING:
    from webapp.services import password_lists
else:
    password_lists = lazy.module("webapp.services.password_lists")

MINIMUM, MAXIMUM = 12, 200
# 3 of 0 to 4: more than 10^8 guesses, "offline, slow hash" in the words of its authors. They count any three pieces as
# that many; a team, a year and a sign are not, so the pieces alone must be worth as much.
ENOUGH = 3
GUESSES = 10**8
YEARS = 100
# Estimating grows with the square of the length, and the first 72 characters are a floor for all of them.
ESTIMATED = 72
# It tries every way to read signs as letters, and each way costs as much as the whole text: 69 signs took 7.5 s.
READINGS = 8
UNREAD = "\u00b7"

# m = 46 MiB, t = 1, p = 1: what OWASP's Password Storage Cheat Sheet names first for argon2id (read November 2026).
# Here that is 65 ms of one processor; the library's own 64 MiB, t = 3, p = 4 takes 190 ms of all that a small VM has.
OPTIONS = "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"
ARGON2 = {"argon2__memory_cost": 47104, "argon2__rounds": 1, "argon2__parallelism": 1}
# So many at once and no more, whatever the flood: pages keep a processor, and memory stays under 200 MiB.
AT_ONCE = 3
WAIT_S = 5.0

BRAZILIAN = "brazilian"
# What makes it guessable -> the message that says so, in the order of what helps most.
WEAK_BY_PATTERN: Mapping[str, str] = {
    "repeat": "password_weak_repeat", "sequence": "password_weak_sequence", "spatial": "password_weak_keys",
    "date": "password_weak_date", "regex": "password_weak_date",
}  # fmt: skip
WEAK_BY_LIST: Mapping[str, str] = {
    "user_inputs": "password_weak_about", "passwords": "password_weak_common", BRAZILIAN: "password_weak_common",
    "male_names": "password_weak_names", "female_names": "password_weak_names", "surnames": "password_weak_names",
}  # fmt: skip

_slots = threading.BoundedSemaphore(AT_ONCE)
# Of those, strangers leave one to browsers that are known.
_strangers = threading.BoundedSemaphore(AT_ONCE - 1)


@dataclass(frozen=True)
class Strength:
    """How hard a password is to guess.

    Attributes:
        score: 0 to 4.
        hint: key of ``webapp/messages`` with why and what to do; empty when it is good enough.
        params: values of that message.
    """

    score: int
    hint: str = ""
    params: Mapping[str, Any] | None = None


def check_password(text: str, about: Sequence[str] = (), field: str = "password") -> None:
    """Refuse a password that is too short, too long or too easy to guess.

    Args:
        about: what others know of the person: e-mail, name, provider.
        field: the input beside which the problem is shown.

    Raises:
        Invalid: one problem of that field; show it and ask for another password.
    """
    found = problems(text, about, field)
    if found:
        raise Invalid(found)


def problems(text: str, about: Sequence[str] = (), field: str = "password") -> list[Problem]:
    """Return what is wrong with a new password, beside other problems of its form; empty = good."""
    strength = rate(text, about)
    return [Problem(field, strength.hint, strength.params or {})] if strength.hint else []


def rate(text: str, about: Sequence[str] = ()) -> Strength:
    """Return how hard to guess a password is, and the first thing to do about it. Costs up to 100 ms."""
    length = len(unicodedata.normalize("NFC", text))
    if length > MAXIMUM:
        return Strength(0, "password_long", {"maximum": MAXIMUM, "length": length})
    score, reason = _estimate(_readable(_bare(text)[:ESTIMATED]), _known(about)) if text else (0, "")
    if length < MINIMUM:
        return Strength(min(score, ENOUGH - 1), "password_short", {"minimum": MINIMUM, "length": length})
    return Strength(score, reason)


def normal(text: str) -> str:
    """Return a password in the one form that is hashed: NIST allows NFKC and NFKD; hashes made so far are NFKD."""
    return unicodedata.normalize("NFKD", text)


def hash_new(text: str) -> str:
    """Return the hash to keep of a password that was checked. Slow on purpose: hold no transaction open."""
    with hashing(known=True):
        return hash_password(normal(text))


@contextmanager
def hashing(*, known: bool) -> Iterator[None]:
    """Hold one of the few places in which a password is hashed.

    Args:
        known: whoever asks is signed in or in a browser that is known; strangers leave one place free for these.

    Raises:
        Busy: no place came free in ``WAIT_S``; nothing was computed.
    """
    until = monotonic_s() + WAIT_S
    gates = [_slots] if known else [_strangers, _slots]
    held: list[threading.BoundedSemaphore] = []
    try:
        for gate in gates:
            if not gate.acquire(timeout=max(until - monotonic_s(), 0)):
                raise Busy("passwords_busy")
            held.append(gate)
        yield
    finally:
        for gate in held:
            gate.release()


def is_right(text: str, kept: str | None) -> bool:
    """Tell whether a password is that of a kept hash; without one it takes as long and is never right.

    Call it inside ``hashing``, with no transaction open.
    """
    if len(text) > MAXIMUM * 2:
        text, kept = text[:MAXIMUM], None
    if kept:
        return bool(verify_password(normal(text), kept))
    hash_password(normal(text))
    return False


def is_outdated(kept: str) -> bool:
    """Tell whether a hash was made with other costs than those of now; then hash the password anew."""
    wanted = current_app.config[OPTIONS]
    try:
        found = extract_parameters(kept)
    except InvalidHashError:
        return True
    costs = (found.memory_cost, found.time_cost, found.parallelism)
    return costs != tuple(wanted[f"argon2__{name}"] for name in ("memory_cost", "rounds", "parallelism"))


def _bare(text: str) -> str:
    """Without accents, as the lists are: coração is no harder to guess than coracao."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _readable(text: str) -> str:
    """Replace signs that stand for letters once there are too many ways to read them: no word is written so."""
    kept: set[str] = set()
    for sign in dict.fromkeys(text):
        if _readings({*kept, sign}) > READINGS:
            text = text.replace(sign, UNREAD)
        else:
            kept.add(sign)
    return text


def _readings(signs: set[str]) -> int:
    """Return in how many ways letters can be chosen for these signs, and signs for those letters."""
    table = password_lists.L33T_TABLE.values()
    by_letter = (sum(sign in signs for sign in subs) for subs in table)
    by_sign = (sum(sign in subs for subs in table) for sign in signs)
    return prod(max(1, count) for count in by_letter) * prod(max(1, count) for count in by_sign)


def _known(about: Sequence[str]) -> list[str]:
    """Return whole texts and their parts that others know; the hub's own address is among them."""
    texts = [*about, urlsplit(current_hub().settings.base_url).hostname or ""]
    whole = [_bare(text).strip().lower() for text in texts]
    parts = [part for text in whole for part in re.split(r"[^a-z0-9]+", text) if len(part) > 2]
    return [text for text in dict.fromkeys((*parts, *whole)) if text and text not in ("com", "www", "net")]


def _estimate(text: str, known: list[str]) -> tuple[int, str]:
    """Return the score and, when it is not enough, the message that says why."""
    found = password_lists.guess(text, user_inputs=known, max_length=ESTIMATED)
    # Signs between words hide the words from it: what is left without them counts as well.
    letters = re.sub(r"[\W_]+", "", text)
    bare = found
    if letters not in ("", text):
        bare = password_lists.guess(letters, user_inputs=known, max_length=ESTIMATED)
    weakest = min((found, bare), key=lambda one: _worth(one["sequence"]))
    score = int(found["score"]) if _worth(weakest["sequence"]) >= GUESSES else min(int(found["score"]), ENOUGH - 1)
    return score, _reason(weakest["sequence"]) if score < ENOUGH else ""


def _worth(sequence: Sequence[Mapping[str, Any]]) -> int:
    """Return how many guesses the pieces take one after the other, by their places in the lists."""
    worth = 1
    for piece in sequence:
        guesses = piece["guesses"]
        if piece["pattern"] == "dictionary":
            guesses = piece["rank"] * piece["uppercase_variations"] * piece["l33t_variations"]
        elif piece["pattern"] == "date" and len(piece["token"]) <= len("2024"):
            guesses = YEARS
        worth *= max(int(guesses), 1)
    return worth


def _reason(sequence: Sequence[Mapping[str, Any]]) -> str:
    """Return the message for the longest piece that was recognised."""
    pieces = [piece for piece in sequence if piece["pattern"] != "bruteforce"]
    if not pieces:
        return "password_weak"
    longest = max(pieces, key=lambda piece: len(piece["token"]))
    if longest["pattern"] == "dictionary":
        return WEAK_BY_LIST.get(longest["dictionary_name"], "password_weak_word")
    return WEAK_BY_PATTERN.get(longest["pattern"], "password_weak")
