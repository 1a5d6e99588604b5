"""The periodic work itself; each task is callable from a test."""

import structlog

from webapp.clock import utc_now
from webapp.services import (
    approval_links,
    chain,
    changes_reading,
    cutoffs,
    guided_moves,
    keeps,
    lookups,
    measures,
    ping,
    price_changes,
    probes,
    product_watch,
    runs,
    sessions,
    upkeep,
    watchdogs,
)
from webapp.services.activation import finding, links, sending
from webapp.services.backups import drill, making
from webapp.services.hub import current_hub
from webapp.services.never_used import first_use
from webapp.services.notify import send_due
from webapp.services.orphans import cancelling
from webapp.services.privacy import erasing, reapply, retaining
from webapp.services.reports import months, summary
from webapp.services.seats import beginning, folding, leak_months

log = structlog.get_logger()


def reconcile_due() -> None:
    """Ask for the reconciliations whose time has come, and close batches that nobody decided on.

    No platform is read here: the worker of runs does that.
    """
    runs.request_due(utc_now())
    runs.expire_due(utc_now())
    runs.close_left()


def look_up() -> None:
    """Ask about single accounts that a platform hinted at, or that a listing may have left out."""
    lookups.look_up_marked()


def read_changes() -> None:
    """Read what changed lately on platforms that can tell."""
    changes_reading.read_changes()


def mark_dated() -> None:
    """Mark accounts whose dated inputs turn today."""
    upkeep.mark_dated(current_hub().today())


def tidy() -> None:
    """Remove what has served its time."""
    upkeep.tidy()
    measures.thin(utc_now())
    approval_links.tidy()
    links.tidy()
    sessions.close_passed()


def notify() -> None:
    """Tell the channels what they are to be told."""
    send_due(utc_now())


def tell_subscribers() -> None:
    """Find whom there is something to tell, and send what is due."""
    finding.find_new(utc_now())
    sending.send_due(utc_now())


def note_first_use() -> None:
    """Note who finished the check-out of a platform."""
    first_use.watch_checkouts()


def prepare_cutoffs() -> None:
    """Let cancels go first before platforms count whom they bill, and tell of those that would be late."""
    cutoffs.prepare_cutoffs()


def measure() -> None:
    """Write down how every platform stands."""
    measures.measure(utc_now())


def watch() -> None:
    """Look at what should happen and does not."""
    watchdogs.watch(utc_now())


def watch_products() -> None:
    """Look whether what packages sell is still what platforms list, a few integrations a time."""
    product_watch.watch_products(utc_now())


def probe() -> None:
    """On platforms without a list: look at who was changed lately, and do this minute's part of the night."""
    now = utc_now()
    probes.refresh_applied(now)
    probes.probe_due(now)


def cancel_orphans() -> None:
    """Carry on with accounts of nobody here whose end people decided."""
    cancelling.work_due(utc_now())


def remind_keeps() -> None:
    """Remind of accounts that are kept by an undo for long."""
    keeps.remind()


def seal_history() -> None:
    """Link what was written into the history since the last time; the log is a place outside the database."""
    if chain.seal() and (head := chain.head()) is not None:
        log.info("history.sealed", place=head.place, link=head.link)


def check_history() -> None:
    """Check the chain of the history, once a day and when a person asks for it."""
    chain.check_due()


def back_up() -> None:
    """Make the backup that is due, or that a person asked for."""
    making.work_due()


def try_backup() -> None:
    """Restore the newest stored backup into a scratch database, once a week."""
    drill.drill_due(utc_now())


def erase() -> None:
    """Take erasures of people as far as they go."""
    erasing.advance_all(utc_now())


def report() -> None:
    """Write the figures of months that are over, and tell of the last one."""
    months.write_due()
    summary.send_due()


def retain() -> None:
    """Remove what was kept for long enough; and erase again whom an older database brought back."""
    try:
        reapply.reapply_erasures()
    finally:
        # Also where a lost key lets nobody be known again.
        retaining.retain(utc_now())


def fold_seats() -> None:
    """Fold what deliveries noted into seats; the first time, open those of whoever was there before."""
    folding.fold()
    beginning.open_all(utc_now())


def note_leaks() -> None:
    """Note what leaks now, for the line over months and for the dashboard."""
    leak_months.note_leaks()


def apply_prices() -> None:
    """Give packages and plans the values that begin today."""
    price_changes.apply_due(current_hub().today())


def advance_moves() -> None:
    """Take guided moves as far as they go."""
    guided_moves.advance_due(current_hub().today())


def ping_out() -> None:
    """Tell whoever watches from outside that this hub lives."""
    ping.tick(utc_now())
