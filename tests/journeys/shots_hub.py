"""``python -m tests.journeys.shots_hub ...``: the hub, with a clock that stands still and the same chance each time.

So a picture changes only when its page does. Nothing but pictures is made with it.
"""

import os
import random
import time
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import count
from types import SimpleNamespace

from webapp import __version__, clock, create_app
from webapp.cli import main
from webapp.services import pages_system
from webapp.services.pages_system import Room

MOMENT = datetime(2026, 3, 12, 13, 30, tzinfo=UTC)
STEADY_S, STEP_S = 1_000_000.0, 0.004
SEED = 8
# The page of the hub's health shows what the machine has just now: of a small VM, some days after it was installed.
BEGUN = MOMENT - timedelta(days=6, hours=4)
ROOM = Room(memory=182_400_000, database=48_600_000, journal=4_100_000, free=31_700_000_000)


class _Still(datetime):
    """A Thursday morning in March."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """Return that morning, whatever the machine's clock says."""
        return MOMENT.astimezone(tz) if tz else MOMENT.replace(tzinfo=None)


def hold_still(seed: int) -> None:
    """Stop the hub's clock in this process, and let chance take the same way each time."""
    # Whatever is measured takes as many steps each time, not as long.
    steps = count(STEADY_S, STEP_S)
    steady = SimpleNamespace(
        clock_gettime=lambda _kind: STEADY_S, monotonic=lambda: next(steps), sleep=time.sleep
    )  # fmt: skip
    # It is the only reader of the time: what is put into its module holds everywhere.
    vars(clock).update(datetime=_Still, time=steady)
    vars(pages_system).update(_begun_at=lambda: BEGUN, _room=lambda: ROOM)
    chance = random.Random(seed)
    os.urandom = chance.randbytes
    vars(random)["_urandom"] = chance.randbytes


if __name__ == "__main__":
    hold_still(SEED)
    main(create_app, __version__)
