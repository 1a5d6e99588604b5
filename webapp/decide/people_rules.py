"""Whether a reading is about the people whom we know, and says of them what can be true. Pure."""

from collections.abc import Mapping

from webapp.decide.findings import FILE, FULL, HINT, LIGHT, Compared, Effect, Finding, Reading
from webapp.decide.reading_rules import CONTACT_FIELDS, HOLD

NOTHING = frozenset({Effect.NOTHING})
NO_CREATE = frozenset({Effect.NO_CREATE, Effect.NO_NEGATIVE})
NO_CONTACT = frozenset({Effect.NO_CONTACT, Effect.NO_NEGATIVE})
NO_PEOPLE = NO_CONTACT | NO_CREATE
# From here on shares speak; below, a few odd ones are a large share, so counts are asked for as well.
ENOUGH = 20
# Of those whom a whole reading should show. A small base is asked for more: there, half is soon a coincidence of ids.
MATCHED_BELOW = 0.50
MATCHED_BELOW_SMALL = 0.75
FEW = 5
# It is another's data only if it brings people of its own; a reading that merely lacks people brings none.
NEW_PER_MATCHED = 0.25
# The same people under other ids: contracts made anew are fewer than one in fifty between two readings.
MOVED_ABOVE = 0.02
MOVED_FREE = 1
MOVED_IN_FILE_FROM = 3
# Single records are refused for what is wrong with them; a fifth at once is wrong with how they are read.
REFUSED_ABOVE = 0.20
REFUSED_FROM = 5
# A service changes hands now and then, never a fifth of a base between two readings.
REOWNED_ABOVE = 0.20
REOWNED_FROM = 5
# People change their phone one by one; a fifth at once is a column in the wrong place.
CHANGED_ABOVE = 0.20
CHANGED_ABOVE_SMALL = 0.50
CHANGED_FROM_SMALL = 3
# Dirty data of a real provider stays under half; a wrong column is nearly all.
INVALID_ABOVE = 0.50
INVALID_FROM = 5
# Ends that move by the same days are a time zone or a wrong due day, not decisions about customers.
SHIFTED_ABOVE = 0.20
SHIFTED_FROM = 3

IDENTITY = ("name", "document")
LOOKS = (LIGHT, HINT)


def another_provider(reading: Reading, compared: Compared) -> Finding | None:
    """Other people than ours (D13), or ours under ids that we do not know (D12): nothing of it is used."""
    shown = reading.records > 0 and compared.known > 0 and reading.mode == FULL
    if not shown or compared.new <= compared.matched * NEW_PER_MATCHED:
        return None
    expected = compared.known if reading.complete else compared.matched + compared.new
    if compared.matched >= _least_matched(expected):
        return None
    params = {"matched": compared.matched, "known": compared.known, "new": compared.new}
    return Finding("another_provider", NOTHING, params)


def other_people(compared: Compared) -> Finding | None:
    """Our ids with other names and other documents on them: another provider that counts as ours does (D13)."""
    if not all(_many(compared.contacts_changed.get(field, 0), compared.contacts_of) for field in IDENTITY):
        return None
    count = min(compared.contacts_changed[field] for field in IDENTITY)
    return Finding("other_people", NOTHING, {"count": count, "of": compared.contacts_of})


def moved(reading: Reading, compared: Compared) -> Finding | None:
    """The same people under other ids (D12): made anew they would have two accounts."""
    free = max(MOVED_FREE, compared.known * MOVED_ABOVE)
    if reading.mode == FILE:
        # A file may be a part: a customer's other service is no sign, unless most of the file is such.
        free = max(MOVED_IN_FILE_FROM - 1, reading.records / 2)
    if compared.moved <= free:
        return None
    return Finding("identity_changed", NO_CREATE, {"count": compared.moved, "new": compared.new})


def refused(reading: Reading, compared: Compared) -> Finding | None:
    """Many records that are understood and yet fit nobody here: the rest may be misread too (D12, D17).

    The same few come up in every round of single looks, where they would be most of it.
    """
    if reading.mode in LOOKS or compared.refused < REFUSED_FROM or compared.refused <= compared.judged * REFUSED_ABOVE:
        return None
    return Finding("records_refused", HOLD, {"count": compared.refused, "of": compared.judged})


def reowned(reading: Reading, compared: Compared) -> Finding | None:
    """Our services under other customers than they have here: the customers were numbered anew (D12)."""
    if reading.mode in LOOKS or compared.reowned < REOWNED_FROM or compared.reowned <= compared.matched * REOWNED_ABOVE:
        return None
    return Finding("owners_changed", NO_PEOPLE, {"count": compared.reowned, "of": compared.matched})


def contacts(compared: Compared) -> Finding | None:
    """A contact field that differs for many: swapped, or written in another way (D17)."""
    field = _worst(compared.contacts_changed)
    count = compared.contacts_changed.get(field, 0)
    if not _many(count, compared.contacts_of):
        return None
    return Finding("contacts_changed", NO_CONTACT, {"field": field, "count": count, "of": compared.contacts_of})


def contacts_wrong(reading: Reading, compared: Compared) -> Finding | None:
    """A contact field whose values mostly cannot be one: another column stands there (D17)."""
    field = _worst(compared.contacts_invalid)
    count = compared.contacts_invalid.get(field, 0)
    if count < INVALID_FROM or count <= reading.records * INVALID_ABOVE:
        return None
    return Finding("contacts_invalid", NO_PEOPLE, {"field": field, "count": count, "of": reading.records})


def dates_moved(compared: Compared) -> Finding | None:
    """Many packages that would end earlier by the same days (D18)."""
    days = max(compared.earlier_ends, key=lambda key: (compared.earlier_ends[key], key), default=0)
    count = compared.earlier_ends.get(days, 0)
    if count < SHIFTED_FROM or count <= compared.ends_of * SHIFTED_ABOVE:
        return None
    return Finding("dates_shifted", HOLD, {"days": days, "count": count, "of": compared.ends_of})


def of_people(reading: Reading, compared: Compared) -> tuple[Finding | None, ...]:
    """Return what every mode of reading is asked about its people."""
    return (
        another_provider(reading, compared), other_people(compared), moved(reading, compared),
        reowned(reading, compared), refused(reading, compared), contacts(compared),
        contacts_wrong(reading, compared), dates_moved(compared),
    )  # fmt: skip


def _least_matched(expected: int) -> float:
    if expected < FEW:
        return 1
    return expected * (MATCHED_BELOW if expected >= ENOUGH else MATCHED_BELOW_SMALL)


def _many(count: int, of: int) -> bool:
    if of >= ENOUGH:
        return count > of * CHANGED_ABOVE
    return count >= CHANGED_FROM_SMALL and count > of * CHANGED_ABOVE_SMALL


def _worst(counts: Mapping[str, int]) -> str:
    return max(CONTACT_FIELDS, key=lambda field: counts.get(field, 0))
