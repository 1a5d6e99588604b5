"""Unmistakable secrets, where they are put, and where nobody may ever find them."""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sqlalchemy import select, text, update

from webapp.extensions import db
from webapp.services.hub import current_hub
from webapp.services.secrets.places import PLACES, Sealed

WORD = "Canario7f3a9"
# What a place must hold so that it can be used; everything else is a bare word.
SHAPES = {
    "integration_token.sealed": '{{"fingerprint": "", "token": {{"access": "{0}"}}}}',
    "source_token.sealed": '{{"fingerprint": "", "token": {{"access": "{0}"}}}}',
    "operator.tf_totp_secret": '{{"secret": "{0}", "last": 0}}',
    "channel.sealed": "json://user:{0}@127.0.0.1:9/hook",
    "customer_channel.sealed": "json://user:{0}@127.0.0.1:9/{{email}}",
    "idempotency_record.body": '{{"token": "{0}"}}',
}
# The cells of a file that waits for its columns are shown on purpose; ``tests/services/test_source_leaks.py``
# looks after passwords among them.
LEFT = ("source_row.sealed", "invoice.content", "setting.value")
OF_SALES = (
    "select service_package.*, service.code as service_code from service_package"
    " join service on service.id = service_package.service_id"
)


def canary(name: str) -> str:
    """Return the canary of one place; ``found_in`` tells which it was."""
    return f"{WORD}-{re.sub('[^a-z0-9]+', '-', name.lower())}-x"


# The addresses that a platform or an ERP must be given; their last part is a secret. To administrators alone.
SHOWN = {
    canary("integration.callback_token"): re.compile(r"^/(api/v1/)?integrations"),
    canary("source.hook_token"): re.compile(r"^/(api/v1/)?sources"),
}


def handed_out(address: str, leak: str) -> bool:
    """Tell whether a canary may be said at this address, as ``found_in`` gave it."""
    return any(leak.startswith(word) and where.search(address) for word, where in SHOWN.items())


def hide_in_every_place(template: Mapping[str, str] = SHAPES) -> list[str]:
    """Seal a canary in every value of every sealed place that there is; return the places that had one."""
    filled = [sealed.name for sealed in PLACES if sealed.name not in LEFT and _hide(sealed, template)]
    db.session.commit()
    return filled


def _hide(sealed: Sealed, template: Mapping[str, str]) -> int:
    vault, table, count = current_hub().vault, sealed.table, 0
    wanted = OF_SALES if sealed.in_json else f'select * from "{table.name}"'
    for row in db.session.execute(text(wanted)).all():
        if not sealed.in_json and not getattr(row, sealed.column.name):
            continue
        place = sealed.place(row, "pin") if sealed.in_json else sealed.place(row)
        value = vault.seal(template.get(sealed.name, "{0}").format(canary(sealed.name)), place)
        put = {"pin": f"sealed:{value}"} if sealed.in_json else value
        mine = [one == getattr(row, one.name) for one in table.primary_key.columns]
        db.session.execute(update(table).where(*mine).values({sealed.column.name: put}))
        count += 1
    return count


def forms(word: str) -> Iterator[str]:
    """Return how a word may be written: plain, percent-encoded, base64 at any offset, backwards."""
    yield word
    if quote(word, safe="") != word:
        yield quote(word, safe="")
    raw = word.encode()
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
        yield coded[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
    yield word[::-1]


_SOUGHT = re.compile("|".join(re.escape(form) for form in forms(WORD)), re.I)


def found_in(said: str | bytes) -> list[str]:
    """Return every canary in a text, with what follows it."""
    said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return [said[found.start() : found.end() + 60] for found in _SOUGHT.finditer(said)]


def rows_in_clear() -> Iterable[str]:
    """Return every value of every column of every table in which a canary stands, whatever the models say."""
    db.session.rollback()
    with db.engine.connect().execution_options(reads_only=True) as connection:
        for table in db.metadata.sorted_tables:
            for row in connection.execute(select(text("*")).select_from(table)).mappings():
                for name, value in row.items():
                    if found_in(value if isinstance(value, bytes) else _text(value)):
                        yield f"{table.name}.{name}: {value!r}"[:300]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
