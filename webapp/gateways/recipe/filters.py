"""What a template may do to a value: pure, bounded, and without a way to anything else."""

import base64 as coding
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Undefined

LONGEST_PAD = 64
LONGEST_DATE_FORMAT = 40
_ZONES = {"UTC": UTC, "America/Sao_Paulo": ZoneInfo("America/Sao_Paulo")}


class Absent:
    """Stands for a field that is not to be sent at all."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


def text(value: Any) -> str:
    """Return a value as text; nothing is empty text."""
    if value is None or value is ABSENT or isinstance(value, Undefined):
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def pad_left(value: Any, length: int, fill: str = "0") -> str:
    """Fill up on the left; to ``LONGEST_PAD`` characters at most."""
    return text(value).rjust(min(int(length), LONGEST_PAD), str(fill)[:1] or "0")


def digits(value: Any) -> str:
    """Keep the digits only."""
    return "".join(char for char in text(value) if char.isascii() and char.isdecimal())


def prefix(value: Any, start: str) -> str:
    """Put a text in front, unless it stands there already or there is nothing to put it before."""
    given = text(value)
    return given if not given or given.startswith(str(start)) else str(start) + given


def text_bool(value: Any) -> bool:
    """Absent or ``true`` is on, ``false`` is off. Anything else was refused before it got here."""
    return text(value).strip().lower() != "false"


def choose(value: Any, on: Any, off: Any) -> Any:
    """Write a text boolean in the platform's own words, such as ``S`` and ``N``."""
    return on if text_bool(value) else off


def default(value: Any, *others: Any) -> Any:
    """Take the first value that is neither missing nor empty; the last one when all are."""
    candidates = [value, *(others or ("",))]
    last = candidates[-1]
    return next((one for one in candidates if text(one) != ""), "" if isinstance(last, Undefined) else last)


def integer(value: Any) -> int | None:
    """Return a number sent as a number; nothing stays nothing.

    Raises:
        ValueError: it is no whole number; the caller tells which value.
    """
    given = text(value).strip()
    return int(given) if given else None


def null_if_empty(value: Any) -> Any:
    """Send null instead of an empty text."""
    return None if text(value) == "" else value


def absent_if_empty(value: Any) -> Any:
    """Leave the field out instead of sending an empty text."""
    return ABSENT if text(value) == "" else value


def date_format(value: Any, form: str, zone: str = "UTC") -> str:
    """Write a moment, or a date as ISO text, by a ``strftime`` form.

    Raises:
        ValueError: it is no date; the caller tells which value.
    """
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value or " " in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = value.astimezone(_ZONES[zone])
    written: str = value.strftime(str(form)[:LONGEST_DATE_FORMAT])
    return written


def unix(value: datetime) -> int:
    """Return seconds since 1970."""
    return int(value.timestamp())


def unix_ms(value: datetime) -> int:
    """Return milliseconds since 1970."""
    return int(value.timestamp() * 1000)


def _digest(name: str) -> Callable[[Any], str]:
    return lambda value: hashlib.new(name, text(value).encode()).hexdigest()


def _hmac(name: str) -> Callable[[Any, Any], str]:
    return lambda value, key: hmac.new(text(key).encode(), text(value).encode(), name).hexdigest()


def base64(value: Any) -> str:
    """Write text in base64."""
    return coding.b64encode(text(value).encode()).decode()


def hex_to_base64(value: Any) -> str:
    """Write a digest in base64 instead of hexadecimal.

    Raises:
        ValueError: it is not hexadecimal.
    """
    return coding.b64encode(bytes.fromhex(text(value))).decode()


def phone(value: Any, country: str = "55") -> str:
    """Write a Brazilian phone with its country, and with the ninth digit that mobile numbers have had since 2016.

    Raises:
        ValueError: not 10 or 11 digits, or the same with the country in front; the caller tells which value.
    """
    given = digits(value).lstrip("0")
    if len(given) in (12, 13) and given.startswith(country):
        given = given[len(country) :]
    if not given:
        return ""
    if len(given) == 10 and given[2] in "6789":
        given = given[:2] + "9" + given[2:]
    if len(given) not in (10, 11):
        raise ValueError("not a phone number")
    return country + given


def each(value: Any, name: str) -> list[dict[str, Any]]:
    """Turn a list of values into a list of objects with one field each."""
    return [{str(name): one} for one in value] if isinstance(value, list | tuple) else []


def quoted(value: Any) -> str:
    """Write a text in double quotes for a query language, its own quotes escaped."""
    return json.dumps(text(value), ensure_ascii=False)


def first_word(value: Any) -> str:
    """Return what stands before the first space: a given name."""
    return text(value).strip().partition(" ")[0]


def other_words(value: Any) -> str:
    """Return what stands after the first space, or the whole when there is none: a family name."""
    given = text(value).strip()
    return given.partition(" ")[2].strip() or given


FILTERS: Mapping[str, Callable[..., Any]] = {
    "pad_left": pad_left,
    "digits": digits,
    "upper": lambda value: text(value).upper(),
    "lower": lambda value: text(value).lower(),
    "trim": lambda value: text(value).strip(),
    "prefix": prefix,
    "without_prefix": lambda value, start: text(value).removeprefix(str(start)),
    "phone": phone,
    "each": each,
    "quoted": quoted,
    "first_word": first_word,
    "other_words": other_words,
    "text": text,
    "int": integer,
    "text_bool": text_bool,
    "choose": choose,
    "default": default,
    "null_if_empty": null_if_empty,
    "absent_if_empty": absent_if_empty,
    "date": date_format,
    "unix": unix,
    "unix_ms": unix_ms,
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "md5": _digest("md5"),
    "hmac_sha1": _hmac("sha1"),
    "hmac_sha256": _hmac("sha256"),
    "base64": base64,
    "hex_to_base64": hex_to_base64,
}
