"""What can be wrong with a reading by itself, or beside the reading before: one rule for each cause. Pure.

Every rule answers with a finding, or None. The figures in a finding are what its message shows.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from webapp.decide.findings import FILE, Before, Compared, Effect, Finding, Reading
from webapp.decide.policy import ENDED, NOT_PAYING, PAYING

HOLD = frozenset({Effect.NO_NEGATIVE})
NOTE = frozenset({Effect.NOTE})
# A provider does not lose a tenth of its base between two readings; one deleted record of a few is no alarm.
SHRUNKEN_BELOW = 0.90
SHRUNKEN_FROM = 2
# An answer that a cache served an hour ago may lack a payment that was made meanwhile.
MOST_AGE_S = 3600.0
# Clocks differ by minutes and zones by hours; a day is a wrong date, and wrong dates make wrong due dates.
MOST_AHEAD_S = 86_400.0
# The newest change may be of a record that was deleted; more than an hour back is an older copy.
MOST_BACK = timedelta(hours=1)
# Greatest ids fall by a few when the newest records are deleted.
MOST_IDS_BACK = 5
# A word or two that nobody mapped is an odd customer; one in twenty is a changed ERP.
UNKNOWN_WORDS_ABOVE = 0.05
WORDS_SHOWN = 5
# One record in five that cannot be understood: the format changed, and the others may be misread too.
FLAWED_ABOVE = 0.20
FLAWED_FROM = 5
# Under five in use, everybody suspended may be a test or a small village; each is looked at again anyway.
IN_USE_FROM = 5
# In a base of forty and more, a quarter of those who pay do not stop at once; in a small one, half do not.
STEADY_FROM = 40
PAYING_BELOW = 0.75
PAYING_BELOW_SMALL = 0.50
# Ended services stay in a listing that shows them; if none is left of five and more, a filter hides them.
ENDED_FROM = 5

CONTACT_FIELDS = ("name", "document", "email", "phone")


def held(code: str, /, **params: Any) -> Finding:
    """Return a finding that keeps negative changes back."""
    return Finding(code, HOLD, params)


def incomplete(reading: Reading) -> Finding | None:
    """The end was not proved: whoever is missing may stand on a page that was not read (D3, D4, D5, D20)."""
    if reading.complete and not reading.error_code:
        return None
    return held("reading_incomplete", records=reading.records, pages=reading.pages, error=reading.error_code)


def empty(reading: Reading, before: Before | None) -> Finding | None:
    """Nobody at all: no provider has no customers (D1, D2)."""
    if reading.records or not reading.complete:
        return None
    return held("reading_empty", last=before.records if before else 0)


def shrunken(reading: Reading, before: Before | None) -> Finding | None:
    """Clearly fewer than the last time (D5, D15, D16)."""
    if before is None or not reading.records:
        return None
    for now, last in ((reading.records, before.records), (reading.rows, before.rows)):
        if now < last * SHRUNKEN_BELOW and last - now >= SHRUNKEN_FROM:
            return held("reading_shrunken", now=now, last=last, missing=last - now)
    return None


def repeated(reading: Reading) -> Finding | None:
    """The source goes round in a circle (D6)."""
    if reading.repeated_page is None:
        return None
    return held("page_repeated", page=reading.repeated_page + 1, pages=reading.pages)


def totals(reading: Reading) -> Finding | None:
    """What came is not what was announced (D5, D8)."""
    total = reading.first_total if reading.last_total is None else reading.last_total
    if total is None or not reading.complete:
        return None
    if reading.rows != total:
        return held("totals_disagree", rows=reading.rows, total=total)
    if reading.first_total is not None and reading.first_total != total:
        return Finding("total_moved", NOTE, {"first": reading.first_total, "total": total})
    return None


def shifted(reading: Reading) -> Finding | None:
    """The same record twice: rows moved between pages, so others were jumped over (D8)."""
    twice = reading.records - reading.distinct
    return held("rows_shifted", count=twice, records=reading.records) if twice > 0 else None


def stale(reading: Reading) -> Finding | None:
    """An old copy, by the answer's own word (D7)."""
    if reading.served_age_s is None or reading.served_age_s <= MOST_AGE_S:
        return None
    return held("reading_stale", hours=round(reading.served_age_s / 3600, 1))


def contradiction(reading: Reading, compared: Compared) -> Finding | None:
    """Single looks made after it began say otherwise: an old copy, though nothing on it says so (D7)."""
    if not compared.contradicted:
        return None
    code = "reading_copied" if reading.same_first_page else "reading_older"
    return held(code, count=compared.contradicted)


def went_back(reading: Reading, before: Before | None) -> Finding | None:
    """Its newest record or change is older than what it showed before (D7, D14)."""
    if before is None:
        return None
    pairs = ((reading.newest_changed, before.newest_changed), (reading.newest_registered, before.newest_registered))
    for now, last in pairs:
        if now is not None and last is not None and last - now > MOST_BACK:
            return held("reading_went_back", now=_shown(now), last=_shown(last))
    return None


def ids_went_back(reading: Reading, before: Before | None) -> Finding | None:
    """Its greatest id is one that it had passed already (D14)."""
    last, now = before.highest_id if before else None, reading.highest_id
    if now is None or last is None or last - now <= MOST_IDS_BACK:
        return None
    return held("ids_went_back", now=now, last=last)


def ahead(reading: Reading) -> Finding | None:
    """Dates that have not come yet: what is overdue there is not (D19)."""
    if reading.clock_ahead_s <= MOST_AHEAD_S:
        return None
    return held("clock_ahead", days=round(reading.clock_ahead_s / 86_400, 1))


def flawed(reading: Reading) -> Finding | None:
    """Many records that could not be understood (D9, D17)."""
    if reading.flawed < FLAWED_FROM or reading.flawed <= reading.records * FLAWED_ABOVE:
        return None
    return held("records_flawed", count=reading.flawed, of=reading.records)


def unknown_words(compared: Compared) -> Finding | None:
    """Status words that nobody mapped, or none at all (D9, D11). Those records keep their status in any case."""
    count = sum(compared.unknown_words.values())
    if not count:
        return None
    of = count + sum(compared.statuses.values())
    words = sorted(compared.unknown_words, key=lambda word: (-compared.unknown_words[word], word))
    shown = ", ".join(f"“{word}”" for word in words[:WORDS_SHOWN])
    effects = HOLD if count > of * UNKNOWN_WORDS_ABOVE else NOTE
    return Finding("status_words_unknown", effects, {"count": count, "of": of, "words": shown})


def nobody_pays(compared: Compared) -> Finding | None:
    """Everybody suspended (D10)."""
    in_use = among(compared.statuses, PAYING) + among(compared.statuses, NOT_PAYING)
    if in_use < IN_USE_FROM or among(compared.statuses, PAYING):
        return None
    return held("nobody_pays", count=in_use)


def paying_fell(compared: Compared, before: Before | None) -> Finding | None:
    """The share of those who pay fell as no month does (D10, D19)."""
    if before is None:
        return None
    now, of = _paying_of(compared.statuses)
    then, then_of = _paying_of(before.statuses)
    if min(of, then_of) < IN_USE_FROM or not then:
        return None
    lowest = PAYING_BELOW if then_of >= STEADY_FROM else PAYING_BELOW_SMALL
    if now / of >= then / then_of * lowest:
        return None
    return held("paying_fell", now=_percent(now, of), last=_percent(then, then_of))


def many_stop(compared: Compared) -> Finding | None:
    """Of part of the base only: it would leave less than half of those who pay (D10)."""
    left = compared.paying - compared.stops
    if compared.paying < IN_USE_FROM or left >= compared.paying * PAYING_BELOW_SMALL:
        return None
    return held("many_stop", count=compared.stops, of=compared.paying)


def ended_hidden(compared: Compared, before: Before | None) -> Finding | None:
    """Those that ended are not shown any more: the reading is filtered (D15)."""
    last = among(before.statuses, ENDED) if before else 0
    if last < ENDED_FROM or among(compared.statuses, ENDED):
        return None
    return held("ended_hidden", last=last)


def first(before: Before | None) -> Finding | None:
    """Nothing to measure it by: nobody loses anything by the first reading of a source."""
    return held("first_reading") if before is None else None


def among(statuses: Mapping[str, int], which: tuple[str, ...]) -> int:
    """Return how many have one of these statuses."""
    return sum(statuses.get(status, 0) for status in which)


def of_itself(reading: Reading, compared: Compared) -> tuple[Finding | None, ...]:
    """Return what every mode of reading is asked."""
    return (
        incomplete(reading), ahead(reading), None if reading.mode == FILE else stale(reading), flawed(reading),
        unknown_words(compared),
    )  # fmt: skip


def of_the_whole(reading: Reading, before: Before | None, compared: Compared) -> tuple[Finding | None, ...]:
    """Return what only a reading of everybody can be asked."""
    return (
        empty(reading, before), shrunken(reading, before), repeated(reading), totals(reading), shifted(reading),
        contradiction(reading, compared), went_back(reading, before), ids_went_back(reading, before),
        nobody_pays(compared), paying_fell(compared, before), ended_hidden(compared, before), first(before),
    )  # fmt: skip


def _paying_of(statuses: Mapping[str, int]) -> tuple[int, int]:
    paying = among(statuses, PAYING)
    return paying, paying + among(statuses, NOT_PAYING)


def _percent(part: int, of: int) -> int:
    return round(100 * part / of)


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
