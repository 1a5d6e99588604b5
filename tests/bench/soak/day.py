"""What a day brings to a provider's hub, and whoever brings it: each at moments that chance decides, with a seed."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from tests.bench.soak.hub import EMAIL, PASSWORD, Filled
from tests.bench.soak.person import Person

ON, OFF = "servico_habilitado", "suspenso_debito"
TIMEOUT_S, LOOK_S = 120, 0.5
DAY_S = 86_400
# The platform is down for one hour of the day, in its first half.
DOWN_FROM, DOWN_FOR = 0.2, 1 / 24
BUSY = 409
# One thread does no more of a habit in a day: it waits for each answer.
A_HAND = 5_000
PAGES = ("/", "/customers", "/customers?q=maria", "/transmissions", "/runs", "/integrations", "/alerts", "/history",
         "/customers/{n}", "/packages", "/plans", "/sources", "/system")  # fmt: skip


@dataclass(frozen=True)
class Habit:
    """Something that happens so often on a day."""

    name: str
    a_day: float
    act: Callable[[], object]


@dataclass
class Day:
    """Everything that happens, in threads of its own; use it as a context.

    Attributes:
        speed: how many seconds of a day pass in one.
        lasts_s: how long it will be watched.
        done: how often each habit was; ``faults``: what went wrong, in words.
    """

    filled: Filled
    address: str
    speed: float
    lasts_s: float
    seed: int = 1
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._stop = threading.Event()
        self._local = threading.local()
        self._person = Person(self.address)
        self._desk = threading.Lock()

    def __enter__(self) -> Self:
        self._person.sign_in(EMAIL, PASSWORD)
        self._threads = [
            threading.Thread(target=self._live, args=(habit, hand, hands))
            for habit in self.habits()
            for hands in (ceil(habit.a_day / A_HAND),)
            for hand in range(hands)
        ]
        self._threads.append(threading.Thread(target=self._go_down))
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait(self, seconds: float) -> None:
        """Let so much of it pass."""
        self._stop.wait(seconds)

    def habits(self) -> Sequence[Habit]:
        """Return what happens, for a provider of two thousand customers on a busy day."""
        return (
            Habit("log-in asked", 20_000, self._log_in),
            Habit("page", 6_000, self._page),
            Habit("metrics", 5_760, lambda: self._ask("GET", "/metrics")),
            Habit("ready", 2_880, lambda: self._ask("GET", "/readyz")),
            Habit("list by API", 2_880, self._list),
            Habit("status by API", 600, self._status),
            Habit("status in the ERP", 200, self._erp),
            Habit("sign-in", 60, self._visit),
            Habit("run", 24, self._run),
            Habit("whole reading", 24, self._pull),
            Habit("file taken", 24, self._take),
            Habit("file imported", 6, self._import),
            Habit("backup", 4, self._back_up),
        )

    def _live(self, habit: Habit, hand: int, hands: int) -> None:
        """Be one of those who have a habit, until the end."""
        every_s = DAY_S / habit.a_day / self.speed * hands
        chance = random.Random(f"{self.seed}-{habit.name}-{hand}")
        # What is rare happens at least once before the second half.
        wait_s = chance.uniform(0, min(every_s, self.lasts_s * 0.4))
        while not self._stop.wait(wait_s):
            try:
                habit.act()
            except Exception as error:
                # A border: whatever it is, the day goes on, and it is told at the end.
                self.faults.append(f"{habit.name}: {error!r}"[:400])
            self.done[habit.name] += 1
            wait_s = chance.expovariate(1 / every_s)

    def _go_down(self) -> None:
        if self._stop.wait(self.lasts_s * DOWN_FROM):
            return
        self.filled.tenant.set_dials(faults=[{"operations": ["create", "update", "find", "list"], "status": 503}])
        self._stop.wait(min(DAY_S * DOWN_FOR / self.speed, self.lasts_s * DOWN_FOR * 2))
        self.filled.tenant.set_dials(faults=[])

    def _ask(self, method: str, path: str, allowed: Sequence[int] = (), **more: Any) -> requests.Response:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {self.filled.token}"
        answer: requests.Response = session.request(method, self.address + path, timeout=TIMEOUT_S, **more)
        assert answer.ok or answer.status_code in allowed, f"{path}: {answer.status_code} {answer.text[:200]}"
        return answer

    def _log_in(self) -> None:
        login, password = self._chance.choice(self.filled.logins)
        # Who owes is told so.
        self._ask("POST", self.filled.callback, (403,), data={"user": login, "pass": password})

    def _page(self) -> None:
        path = self._chance.choice(PAGES).format(n=self._chance.randint(1, len(self.filled.codes)))
        with self._desk:
            self._person.look(path)

    def _list(self) -> None:
        kind = self._chance.choice(("accounts", "customers", "services", "events", "runs"))
        self._ask("GET", f"/api/v1/{kind}?limit=50")

    def _status(self) -> None:
        code, status = self._chance.choice(self.filled.codes), self._chance.choice((ON, ON, OFF))
        self._ask("PATCH", f"/api/v1/services/{code}", json={"status": status})

    def _erp(self) -> None:
        one = self._chance.choice(self.filled.erp_services)
        self.filled.erp.set_service(one, status=self._chance.choice((ON, ON, OFF)))

    def _visit(self) -> None:
        person = Person(self.address)
        person.sign_in(EMAIL, PASSWORD)
        person.look("/customers")
        person.sign_out()

    def _run(self) -> None:
        wanted = {"integration_id": self.filled.shop.integration_id, "mode": "apply"}
        self._ask("POST", "/api/v1/runs", (BUSY,), json=wanted)

    def _pull(self) -> None:
        self._ask("POST", f"/api/v1/sources/{self.filled.source_id}/pulls", (BUSY,), json={})

    def _take(self) -> None:
        fmt = self._chance.choice(("csv", "xlsx"))
        with self._desk:
            self._person.send("/customers", to="/tables/customers/export", format=fmt, query="")

    def _back_up(self) -> None:
        self._ask("POST", "/api/v1/backups", (BUSY,))

    def _import(self) -> None:
        """Upload the list with other names than the last time, and let it be applied."""
        path = _renamed(self.filled.file, self.done["file imported"])
        with self._desk:
            at = self._person.send(f"/sources/{self.filled.list_id}/file", file=("file", path)).url
            at = self._person.send(at.removeprefix(self.address), sure="y").url
        pull = f"/api/v1/pulls/{at.rsplit('/', 1)[-1]}"
        self._await(pull, "ready")
        self._ask("POST", f"{pull}/confirm")
        self._await(pull, "done")

    def _await(self, path: str, status: str) -> None:
        until_s = time.monotonic() + TIMEOUT_S
        while (found := self._ask("GET", path).json()["status"]) != status and not self._stop.is_set():
            assert time.monotonic() < until_s, f"{path}: {found}"
            time.sleep(LOOK_S)


def _renamed(path: Path, number: int) -> Path:
    header, *lines = path.read_text("utf-8").splitlines()
    cells = [line.split(";") for line in lines]
    for row in cells:
        row[1] = f"{row[1]} {'Filho' if number % 2 else 'Neto'}"
    other = path.with_name(f"people-{number % 2}.csv")
    other.write_text("\n".join([header, *(";".join(row) for row in cells)]) + "\n", "utf-8")
    return other
