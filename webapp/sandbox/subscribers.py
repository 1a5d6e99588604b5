"""The subscribers of one fake platform, and what of them its readings already show."""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

LIVE = ("active", "suspended")
SHOWN = ("id", "external_id", "email", "status", "products", "noggin", "paramount")
CHANGEABLE = (
    "external_id",
    "email",
    "password",
    "name",
    "document",
    "phone",
    "products",
    "noggin",
    "paramount",
    "status",
)
HISTORY = 50
Row = dict[str, Any]


@dataclass(slots=True)
class Subscriber:
    """One account there; the password is kept plain, since all people here are made up."""

    id: str
    external_id: str = ""
    email: str = ""
    password: str = ""
    name: str = ""
    document: str = ""
    phone: str = ""
    products: list[str] = field(default_factory=list)
    noggin: bool = True
    paramount: bool = True
    status: str = "active"

    @property
    def live(self) -> bool:
        return self.status in LIVE

    def row(self) -> Row:
        """Return what listings, look-ups and updates show."""
        return {name: getattr(self, name) for name in SHOWN}


class Subscribers:
    """All of one tenant. A change is in force at once and shows after the lag."""

    def __init__(self) -> None:
        self.by_id: dict[str, Subscriber] = {}
        self.made = 0
        self._by_email: dict[str, set[str]] = {}
        self._by_reference: dict[str, set[str]] = {}
        self._history: dict[str, list[tuple[float, Row]]] = {}
        self._rows: list[Row] | None = None

    def add(self, **values: Any) -> Subscriber:
        """Make a subscriber; the caller has checked the values."""
        self.made += 1
        subscriber = Subscriber(f"sub_{self.made:06d}", **values)
        self.by_id[subscriber.id] = subscriber
        self._history[subscriber.id] = []
        self._changed(subscriber)
        return subscriber

    def change(self, subscriber: Subscriber, **values: Any) -> None:
        """Set fields; unknown ones must have been left out."""
        self._forget_keys(subscriber)
        for name, value in values.items():
            setattr(subscriber, name, value)
        self._changed(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Drop it without a trace, as a person on the platform's side might; shows at once."""
        self._forget_keys(subscriber)
        del self.by_id[subscriber.id], self._history[subscriber.id]
        self._rows = None

    def live(self, identity: str) -> Subscriber | None:
        """Return the subscriber of that id unless it is unknown or cancelled."""
        subscriber = self.by_id.get(identity)
        return subscriber if subscriber is not None and subscriber.live else None

    def live_with_email(self, email: str) -> bool:
        """Tell whether a live subscriber has that e-mail, whatever its capitals."""
        return any(self.by_id[identity].live for identity in self._by_email.get(email.lower(), ()))

    def live_count(self) -> int:
        return sum(subscriber.live for subscriber in self.by_id.values())

    def rows(self, lag_s: float, cancelled: bool) -> list[Row]:
        """Return what a listing shows, in order of making."""
        if lag_s or cancelled:
            return [row for identity in self.by_id if (row := self._seen(identity, lag_s, cancelled))]
        if self._rows is None:
            self._rows = [subscriber.row() for subscriber in self.by_id.values() if subscriber.live]
        return self._rows

    def find(self, reference: str | None, email: str | None, lag_s: float, cancelled: bool) -> list[Row]:
        """Return the rows with that external id and that e-mail; None = any."""
        found = [
            keys.get(word, set())
            for keys, word in ((self._by_reference, reference), (self._by_email, email and email.lower()))
            if word is not None
        ]
        identities = sorted(set.intersection(*found))
        return [row for identity in identities if (row := self._seen(identity, lag_s, cancelled))]

    def _seen(self, identity: str, lag_s: float, cancelled: bool) -> Row | None:
        """Return the newest row that is older than the lag, if it is to be shown."""
        until = time.monotonic() - lag_s
        row = next((row for at, row in reversed(self._history[identity]) if at <= until), None)
        return row if row is not None and (cancelled or row["status"] in LIVE) else None

    def _changed(self, subscriber: Subscriber) -> None:
        self._by_email.setdefault(subscriber.email.lower(), set()).add(subscriber.id)
        self._by_reference.setdefault(subscriber.external_id, set()).add(subscriber.id)
        history = self._history[subscriber.id]
        history.append((time.monotonic(), subscriber.row()))
        del history[:-HISTORY]
        self._rows = None

    def _forget_keys(self, subscriber: Subscriber) -> None:
        self._by_email[subscriber.email.lower()].discard(subscriber.id)
        self._by_reference[subscriber.external_id].discard(subscriber.id)

    def dump(self) -> dict[str, Any]:
        """Return everything but the history, as JSON."""
        return {"made": self.made, "subscribers": [asdict(subscriber) for subscriber in self.by_id.values()]}

    def load(self, saved: dict[str, Any]) -> None:
        """Take up what ``dump`` gave; all of it shows as new."""
        for values in saved["subscribers"]:
            subscriber = Subscriber(**values)
            self.by_id[subscriber.id] = subscriber
            self._history[subscriber.id] = []
            self._changed(subscriber)
        self.made = saved["made"]
