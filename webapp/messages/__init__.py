"""Every failure that an operator can meet: its cause, and what to do about it.

Code keeps a message's code and values; the words are chosen here, in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal

from webapp.messages import (
    access,
    activation,
    agenda,
    alerts,
    api,
    applying,
    audit,
    backups,
    bulk,
    certificates,
    channels,
    database,
    domain,
    engine,
    epoch,
    files,
    first_run,
    gateway,
    health,
    intake,
    invoices,
    limits,
    moving,
    orphans,
    people,
    ping,
    plans,
    privacy,
    pull_states,
    pulls,
    recipes_auth,
    recipes_bundled,
    recipes_checks,
    recipes_pages,
    recipes_reading,
    recipes_sending,
    reports,
    run_pages,
    runs,
    screen,
    seats,
    services,
    sign_in,
    snapshots,
    sources,
    sources_reading,
    tables,
    watchdogs,
    why,
)
from webapp.messages.entry import Entry

ENTRIES: Mapping[str, Entry] = {
    **access.ENTRIES,
    **activation.ENTRIES,
    **agenda.ENTRIES,
    **alerts.ENTRIES,
    **api.ENTRIES,
    **applying.ENTRIES,
    **backups.ENTRIES,
    **bulk.ENTRIES,
    **audit.ENTRIES,
    **certificates.ENTRIES,
    **channels.ENTRIES,
    **database.ENTRIES,
    **domain.ENTRIES,
    **engine.ENTRIES,
    **epoch.ENTRIES,
    **files.ENTRIES,
    **gateway.ENTRIES,
    **health.ENTRIES,
    **intake.ENTRIES,
    **invoices.ENTRIES,
    **limits.ENTRIES,
    **moving.ENTRIES,
    **orphans.ENTRIES,
    **people.ENTRIES,
    **ping.ENTRIES,
    **plans.ENTRIES,
    **privacy.ENTRIES,
    **pull_states.ENTRIES,
    **pulls.ENTRIES,
    **reports.ENTRIES,
    **recipes_auth.ENTRIES,
    **recipes_bundled.ENTRIES,
    **recipes_checks.ENTRIES,
    **recipes_pages.ENTRIES,
    **recipes_reading.ENTRIES,
    **recipes_sending.ENTRIES,
    **run_pages.ENTRIES,
    **runs.ENTRIES,
    **screen.ENTRIES,
    **services.ENTRIES,
    **seats.ENTRIES,
    **sign_in.ENTRIES,
    **first_run.ENTRIES,
    **snapshots.ENTRIES,
    **sources.ENTRIES,
    **sources_reading.ENTRIES,
    **tables.ENTRIES,
    **watchdogs.ENTRIES,
    **why.ENTRIES,
}


@dataclass(frozen=True)
class Explanation:
    """One failure in words: why, and the next step."""

    code: str
    cause: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.cause} {self.remedy}".strip()


def explain(code: str, params: Mapping[str, Any] | None = None) -> Explanation:
    """Return a failure in the reader's language. An unknown code is shown as it is."""
    entry = ENTRIES.get(code)
    if entry is None:
        return Explanation(code, code, "")
    values = _Lenient(limits.readable(params or {}) if code in limits.CAUSES or code in bulk.DATED else params or {})
    values |= limits.priced(values) if code in limits.PRICED else {}
    values |= {name: format_decimal(value) for name, value in values.items() if isinstance(value, float)}
    # The platform's own words, in its own language: told apart from ours.
    values |= {"message": f"“{said}”" if (said := values.get("message")) else ""} if "message" in values else {}
    cause, remedy = (str(text).format_map(values).strip() for text in (entry.cause, entry.remedy))
    return Explanation(code, cause, remedy)


class _Lenient(dict[str, Any]):
    """A missing value leaves its name, so that a message is never lost for one."""

    def __missing__(self, key: str) -> str:
        return f"({key})"
