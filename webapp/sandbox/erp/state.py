"""One tenant's ERP: its people, its dials, its tokens, and what it remembers of an earlier moment."""

import json
import secrets
import time
from typing import Any

from webapp.sandbox.dials import Panel
from webapp.sandbox.erp.dials import ErpDials
from webapp.sandbox.erp.people import Customer, People, copied
from webapp.sandbox.erp.view import View


class ErpState:
    """Everything of it; the views on it are made when they are asked for and kept while they hold."""

    def __init__(self) -> None:
        self.people = People()
        self.panel = Panel(ErpDials())
        self.tokens: dict[str, float] = {}
        self.snapshot: list[Customer] | None = None
        self._views: dict[bool, tuple[tuple[int, ErpDials], View]] = {}
        self._dumped: tuple[tuple[int, ErpDials], str] | None = None

    @property
    def dials(self) -> ErpDials:
        return self.panel.dials

    def view(self, look: bool = False) -> View:
        """Return what it shows now, in lists or to a ``look`` at one customer."""
        dials = self.dials.of_a_look() if look else self.dials
        state = (self.people.version, dials)
        if look not in self._views or self._views[look][0] != state:
            self._views[look] = (state, View(self.people, self.snapshot, dials))
        return self._views[look][1]

    def take_snapshot(self) -> None:
        """Remember everybody as they are now, for the dial ``stale``."""
        self.snapshot = copied(self.people.customers)
        self._views.clear()

    def set_dials(self, dials: ErpDials) -> None:
        """Replace all dials; a stale answer without a snapshot is one of now."""
        if dials.stale and self.snapshot is None:
            self.take_snapshot()
        self.panel.set(dials)

    def new_token(self) -> str:
        """Issue a token."""
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.time()
        return token

    def admits(self, token: str) -> bool:
        """Tell whether a token is good now."""
        made_at = self.tokens.get(token)
        good = made_at is not None and time.time() - made_at < self.dials.token_ttl_s
        return good and not self.dials.token_revoked

    def dump(self) -> str | None:
        """Return people and dials as JSON text, made anew only after a change; None when there is nothing to keep."""
        state = (self.people.version, self.dials)
        if not self.people.version:
            return None
        if self._dumped is None or self._dumped[0] != state:
            kept: dict[str, Any] = {"people": self.people.dump(), "dials": self.dials.model_dump(exclude_defaults=True)}
            self._dumped = (state, json.dumps(kept, ensure_ascii=False))
        return self._dumped[1]

    def load(self, saved: str | None) -> None:
        """Take up what ``dump`` gave; tokens and the snapshot are forgotten, as by a restart."""
        if saved is not None:
            kept = json.loads(saved)
            self.people.load(kept["people"])
            self.set_dials(ErpDials.model_validate(kept["dials"]))
