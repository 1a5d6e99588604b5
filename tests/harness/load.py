"""Programs that tell a hub all the time who pays, owes and leaves, and say it again until they are heard."""

import random
import threading
import time
from collections.abc import Sequence

import requests

from tests.harness.told import Told
from tests.machine.model import ENDED, OFF, ON

WEIGHTS = {ON: 5, OFF: 4, ENDED: 2}
THREADS = 3
PAUSE_S = 0.04
AGAIN_S = 0.03
# Of one request; and of somebody whom nobody hears, whatever else the machine does.
PATIENCE_S, GIVE_UP_S = 60.0, 600.0


class Load:
    """Use it as a context; it ends when everything that was begun was heard.

    Args:
        seed: of what is said; with the same one the same people get the same words.

    Attributes:
        faults: answers of a hub that was there and could not take on what it was told.
        heard: how much was taken on.
    """

    def __init__(self, address: str, token: str, told: Told, codes: Sequence[str], seed: int) -> None:
        self.faults: list[str] = []
        self.heard = 0
        self._url = f"{address}/api/v1/services"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._told = told
        self._stop = threading.Event()
        # Each subscriber belongs to one thread, so that what is said of them has an order.
        shares = [list(codes[number::THREADS]) for number in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._talk, args=(share, random.Random(f"{seed}-{number}")))
            for number, share in enumerate(shares)
        ]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _talk(self, codes: list[str], chance: random.Random) -> None:
        last: dict[str, str] = {}
        with requests.Session() as session:
            while not self._stop.is_set():
                code = chance.choice(codes)
                choices = [status for status in WEIGHTS if status != last.get(code)]
                last[code] = chance.choices(choices, [WEIGHTS[status] for status in choices])[0]
                self._tell(session, code, last[code])
                time.sleep(chance.random() * PAUSE_S)

    def _tell(self, session: requests.Session, code: str, status: str) -> None:
        saying = self._told.say(code, status)
        until_s = time.monotonic() + GIVE_UP_S
        while time.monotonic() < until_s:
            try:
                answer = session.patch(
                    f"{self._url}/{code}", json={"status": status}, headers=self._headers, timeout=PATIENCE_S
                )
            except requests.RequestException:
                time.sleep(AGAIN_S)
                continue
            if answer.status_code == 200:
                self._told.heard(saying)
                self.heard += 1
                return
            self.faults.append(f"{answer.status_code} {answer.text[:300]}")
            time.sleep(AGAIN_S)
        self.faults.append(f"{code} is to be {status}: nobody heard that for {GIVE_UP_S} s")
