"""What subscribers are told, by which way and when: pure rules of messages and of links that show a password once."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

CREATED, PASSWORD, ENABLED = KINDS = ("created", "password", "enabled")
EMAIL, WHATSAPP, SMS = CHANNEL_KINDS = ("email", "whatsapp", "sms")
# The words that stand for something in a text; Portuguese, since providers write them.
NAME, PLATFORM, PACKAGE, LOGIN, SECRET, LINK, PROVIDER = VARIABLES = (
    "nome", "plataforma", "pacote", "login", "senha", "link", "provedor",
)  # fmt: skip
EMAIL_BLANK, PHONE_BLANK = "{email}", "{phone}"
# After so many tries a message is given up; between them it waits for so long.
PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
MOST_TRIES = len(PAUSES) + 1
# More of one kind at once is a wave: somebody looks at it before so many people are written to.
MOST_AT_ONCE = 200
# Far enough to be no day at all: what is held waits for a person, and still stands in the index of what waits.
HELD_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)
ENABLED_ONCE = timedelta(hours=24)
LINK_GOOD_FOR = timedelta(hours=48)
LONGEST_BODY = 4000
COUNTRY = "55"
# An area of two digits, and a mobile number of nine that begins with a nine.
_MOBILE = re.compile(r"\d{2}9\d{8}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_ALLOWED = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=False)


@dataclass(frozen=True)
class TextFlaw:
    """Why a text cannot be used: a message code with its params."""

    code: str
    params: Mapping[str, str]


@dataclass(frozen=True)
class Happened:
    """One entry of the history, as far as messages are concerned.

    Attributes:
        password_changed: it says that a service got another password.
    """

    event_id: int
    action: str
    object_id: int
    password_changed: bool = False


def kind_of(happened: Happened) -> str:
    """Return the kind of message that an entry leads to; empty = none."""
    if happened.password_changed:
        return PASSWORD
    return {"account.create": CREATED, "account.enable": ENABLED}.get(happened.action, "")


def text_flaws(text: str) -> list[TextFlaw]:
    """Return what is wrong with a text: only words of ``VARIABLES`` in double braces are allowed, nothing else."""
    if len(text) > LONGEST_BODY:
        return [TextFlaw("activation_text_long", {"most": str(LONGEST_BODY)})]
    try:
        tree = _ENVIRONMENT.parse(text)
    except TemplateSyntaxError as error:
        return [TextFlaw("activation_text_unreadable", {"line": str(error.lineno)})]
    if any(not isinstance(node, _ALLOWED) for node in tree.find_all(nodes.Node)):
        return [TextFlaw("activation_text_program", {})]
    strange = {node.name for node in tree.find_all(nodes.Name)} - {*VARIABLES}
    known = ", ".join(VARIABLES)
    return [TextFlaw("activation_word_unknown", {"word": name, "known": known}) for name in sorted(strange)]


def render(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its words filled in; call it only with texts without flaws.

    Args:
        values: one for each of ``VARIABLES``.
    """
    given = {name: _one_line(values.get(name, "")) for name in VARIABLES}
    return str(_ENVIRONMENT.from_string(text).render(given)).strip()


def render_line(text: str, values: Mapping[str, str]) -> str:
    """Return a text of one line, such as the subject of a letter: what would begin another line is left out."""
    return _one_line(render(text, values))


def needs_link(texts: Collection[str], *, password_allowed: bool) -> bool:
    """Tell whether a link must be made: it is asked for, or stands where the password may not."""
    words = {node.name for text in texts for node in _ENVIRONMENT.parse(text).find_all(nodes.Name)}
    return LINK in words or (SECRET in words and not password_allowed)


def phone_address(phone: str) -> str:
    """Return a mobile number with its country, digits only; empty where nothing can be written to."""
    digits = re.sub(r"\D", "", phone)
    national = digits.removeprefix(COUNTRY) if len(digits) > 11 else digits
    return f"{COUNTRY}{national}" if _MOBILE.fullmatch(national) else ""


def address_for(kind: str, email: str, phone: str) -> str:
    """Return where a channel of this kind reaches a subscriber; empty where it does not."""
    if kind == EMAIL:
        return email.strip() if _EMAIL.fullmatch(email.strip()) else ""
    return phone_address(phone)


def blank_of(kind: str) -> str:
    """Return what stands in a channel's address for the subscriber's own."""
    return EMAIL_BLANK if kind == EMAIL else PHONE_BLANK


def masked(address: str) -> str:
    """Return as much of an address as tells people whose it may be."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:2]}***@{domain}"
    return f"***{address[-4:]}" if len(address) > 4 else "***"


def next_pause(tries: int) -> timedelta | None:
    """Return how long to wait after so many tries; None = give up."""
    return PAUSES[tries - 1] if 1 <= tries < MOST_TRIES else None


def is_wave(waiting: int, fresh: int) -> bool:
    """Tell whether so many new messages, beside those that wait, are a matter for a person."""
    return waiting + fresh > MOST_AT_ONCE


def way_of(ways: Sequence[int], tries: int) -> int | None:
    """Return which of the ways that reach a subscriber is taken for this try: the next one after each failure."""
    return ways[tries % len(ways)] if ways else None


def _one_line(text: str) -> str:
    return _UNSEEN.sub(" ", text).strip()
