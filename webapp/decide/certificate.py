"""Whether a reading of a source may be acted upon, and in what. Pure.

``certify`` gives the findings; ``brake`` says how much may go at once. Who reads or stores neither imports more.
"""

from collections.abc import Collection
from dataclasses import replace

from webapp.decide.brakes import Braked, Negative, Spent, brake, checksum
from webapp.decide.findings import (
    FILE,
    FULL,
    HINT,
    LIGHT,
    Before,
    Certificate,
    Compared,
    Effect,
    Finding,
    Reading,
    base_of,
    dump,
    dump_base,
    load,
    load_base,
)
from webapp.decide.people_rules import of_people
from webapp.decide.reading_rules import held, many_stop, of_itself, of_the_whole

__all__ = [
    "ACCEPTABLE", "FILE", "FULL", "HINT", "LIGHT", "Before", "Braked", "Certificate", "Compared", "Effect", "Finding",
    "Negative", "Reading", "Spent", "acceptable", "base_of", "brake", "certify", "checksum", "contradicted", "dump",
    "dump_base", "lasting", "load", "load_base", "standing",
]  # fmt: skip

# Measured by our own rows, which stay as they are while the finding holds.
_BY_OUR_ROWS = frozenset({"contacts_changed", "dates_shifted", "owners_changed"})
# Of them, what applying does not end: a service whose account a platform knows stays with its customer.
_LASTING = frozenset({"owners_changed"})
# What can be real: a branch sold, a price rise, records cleaned up. The rest is measured by the reading before.
ACCEPTABLE = _BY_OUR_ROWS | {
    "reading_shrunken", "reading_went_back", "ids_went_back", "paying_fell", "ended_hidden", "first_reading",
    "status_words_unknown",
}  # fmt: skip
# Wrong with the source itself, not with the list that it gave.
_OF_THE_SOURCE = frozenset({
    "another_provider", "other_people", "identity_changed", "owners_changed", "contacts_changed", "contacts_invalid",
    "dates_shifted", "clock_ahead", "reading_went_back", "ids_went_back", "nobody_pays", "paying_fell",
})  # fmt: skip


def certify(reading: Reading, before: Before | None, compared: Compared, accepted: Collection[str] = ()) -> Certificate:
    """Return what this reading may be used for.

    A light pull and a hint look at single services, and a file may be a part: who is missing in them, and how
    many there are, says nothing. What they say of those whom they show is asked as of a whole reading.

    Args:
        before: the last whole reading with ``Certificate.base``, or one that a person accepted since; None = none yet.
        accepted: codes that a person accepted on an earlier pull (``ACCEPTABLE``) and that no clean one followed:
            what is measured by our own rows would come again for ever. Such a finding is only noted.
    """
    found = (*of_itself(reading, compared), *of_people(reading, compared), *_of_mode(reading, before, compared))
    willing = _BY_OUR_ROWS.intersection(accepted)
    return Certificate(tuple(_noted(one) if one.code in willing else one for one in found if one is not None))


def acceptable(certificate: Certificate) -> bool:
    """Tell whether a person may take this reading for the new normal: a change that can be real.

    What was read badly, or is about other people, is never normal.
    """
    return not certificate.base and all(one.code in ACCEPTABLE for one in certificate.causes)


def lasting(certificate: Certificate) -> tuple[str, ...]:
    """Return what a person accepted before this reading and holds on: it is accepted as long as every one shows it."""
    return tuple(one.code for one in certificate.findings if one.code in _LASTING and not one.holds)


def standing(certificate: Certificate) -> Certificate:
    """Return what of the last whole reading holds for single looks too, until a better whole reading ends it.

    A single look asks the same source: where that shows other people, or statuses that cannot be true, one answer
    at a time is no truer. What was wrong with the list alone (broken off, cached, half of it) says nothing of them.
    """
    return Certificate(tuple(finding for finding in certificate.causes if finding.code in _OF_THE_SOURCE))


def contradicted(looked: int, otherwise: int) -> Finding:
    """Return the finding for second looks that did not confirm: nothing negative more of this pull."""
    return held("looks_contradicted", count=otherwise, of=looked)


def _of_mode(reading: Reading, before: Before | None, compared: Compared) -> tuple[Finding | None, ...]:
    return of_the_whole(reading, before, compared) if reading.whole else (many_stop(compared),)


def _noted(finding: Finding) -> Finding:
    return replace(finding, effects=frozenset({Effect.NOTE}))
