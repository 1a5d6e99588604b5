"""Everything held on one person as a file: for machines (JSON), and for people (built by the page)."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from webapp.clock import utc_now
from webapp.decide.retention import Kind
from webapp.extensions import db
from webapp.services import audit
from webapp.services.privacy.periods import load_days
from webapp.services.privacy.person import Holding, load_holding
from webapp.services.privacy.records import SECTIONS, rows_of
from webapp.services.transactions import begin

FORMATS = ("json", "html")
VERSION = 1


def gather(customer_id: int, form: str) -> tuple[Holding, dict[str, dict[str, list[dict[str, Any]]]], dict[Kind, int]]:
    """Return a person's rows by section and table, and the days that count; that it was exported is noted.

    Args:
        form: one of ``FORMATS``; for the history.

    Raises:
        NotFound: no such customer; answer 404.
    """
    begin(reads_only=False)
    person = load_holding(customer_id)
    audit.record("customer.export", "customer", customer_id, person.customer.code, after={"format": form})
    db.session.commit()
    begin(reads_only=True)
    person = load_holding(customer_id)
    return person, {section.key: rows_of(section, person) for section in SECTIONS}, load_days()


def as_json(
    person: Holding, sections: dict[str, dict[str, list[dict[str, Any]]]], days: dict[Kind, int], words: Any
) -> bytes:
    """Return the export for machines: a documented shape that another program can read (LGPD, art. 18, V).

    Args:
        words: tells origin, purpose and ground of a section in the reader's language, as a mapping.
    """
    body = {
        "format": "sintonia-person",
        "version": VERSION,
        "exported_at": utc_now(),
        "customer": {"id": person.customer.id, "code": person.customer.code},
        "sections": [
            {
                "key": section.key,
                **words(section.key),
                "kept_days": days[section.kind] if section.kind is not None else None,
                "tables": sections[section.key],
            }
            for section in SECTIONS
        ],
    }
    return json.dumps(body, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError(type(value).__name__)
