"""Where brakes count: in this process, in a table that does not grow with the number of those who are counted."""

from threading import Lock

from limits.storage import Storage

from webapp.clock import monotonic_s, utc_now

SCHEME = "bounded"
# About 20 MB. Whoever has more addresses than this at hand is no matter for a brake on addresses.
MOST = 50_000


class BoundedCounts(Storage):
    """Counts in fixed windows for the library *limits*, whose own store in memory keeps every key that it ever saw.

    Where there are too many, those who did least are forgotten: who has reached a limit stays there.
    """

    STORAGE_SCHEME = [SCHEME]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._lock = Lock()
        # Key -> how often, and when its window ends, on the steady clock.
        self._counts: dict[str, tuple[int, float]] = {}

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What a store may raise; this one raises nothing."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count for a key and return how much it has in its window, which lasts ``expiry`` seconds from the first."""
        now = monotonic_s()
        with self._lock:
            count, ends = self._counts.get(key, (0, now))
            if ends <= now:
                self._make_room(now)
                count, ends = 0, now + expiry
            self._counts[key] = (count + amount, ends)
            return count + amount

    def get(self, key: str) -> int:
        """Return how much a key has in its window."""
        count, ends = self._counts.get(key, (0, 0.0))
        return count if ends > monotonic_s() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window of a key ends, in seconds since 1970."""
        _count, ends = self._counts.get(key, (0, 0.0))
        return utc_now().timestamp() + max(0.0, ends - monotonic_s())

    def check(self) -> bool:
        """Tell whether it works."""
        return True

    def reset(self) -> int:
        """Forget everything; return how many keys there were."""
        with self._lock:
            had = len(self._counts)
            self._counts.clear()
            return had

    def clear(self, key: str) -> None:
        """Forget a key."""
        with self._lock:
            self._counts.pop(key, None)

    def _make_room(self, now: float) -> None:
        if len(self._counts) < MOST:
            return
        left = {key: one for key, one in self._counts.items() if one[1] > now}
        if len(left) > MOST * 3 // 4:
            left = dict(sorted(left.items(), key=lambda item: item[1][0])[-MOST // 2 :])
        self._counts = left
