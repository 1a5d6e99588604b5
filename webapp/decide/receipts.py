"""The content of a receipt: its one spelling, what is covered in it, and what checking it found. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORM = 1
GENUINE, PAGES, DIFFERS, FORGED = VERDICTS = ("genuine", "pages", "differs", "forged")
NAME = "comprovante"


@dataclass(frozen=True)
class Compared:
    """How the entries of a receipt compare with the chain as it is now.

    Attributes:
        same: have the link that the chain has.
        gone: are at places that were taken away when their time was over.
        other: places at which the chain has another link.
    """

    same: int = 0
    gone: int = 0
    other: Sequence[int] = ()


def spell(document: Mapping[str, Any]) -> bytes:
    """Return the one spelling that is signed: sorted names, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def cover(document: str) -> str:
    """Return a CPF or CNPJ of which the middle is readable."""
    return f"***{document[3:-2]}**" if len(document) > 5 else "***" if document else ""


def cover_login(login: str, document: str) -> str:
    """Return a log-in; one that is the customer's document is covered like it."""
    digits = re.sub(r"\D", "", login)
    return cover(document) if document and digits and digits == re.sub(r"\D", "", document) else login


def compare(entries: Sequence[Mapping[str, Any]], links: Mapping[int, str]) -> Compared:
    """Compare the entries of a receipt with the chain.

    Args:
        links: of the chain now, by place.
    """
    sealed = [(int(entry["place"]), entry["link"]) for entry in entries if entry["place"] != ""]
    known = [(place, link) for place, link in sealed if place in links]
    other = [place for place, link in known if links[place] != link]
    return Compared(len(known) - len(other), len(sealed) - len(known), other)


def judge(*, signed: bool, pages: bool, compared: Compared) -> str:
    """Return the verdict.

    Args:
        signed: the signature is that of this hub.
        pages: the pages are those that the hub gave out, or there are none.
    """
    if not signed:
        return FORGED
    if compared.other:
        return DIFFERS
    return GENUINE if pages else PAGES
