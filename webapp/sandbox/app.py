"""The whole sandbox: which path belongs to which part of it."""

from collections.abc import Callable
from pathlib import Path

from webapp.sandbox import hook, nx
from webapp.sandbox.control import Control
from webapp.sandbox.erp import calls, push
from webapp.sandbox.ledger import Ledger
from webapp.sandbox.stage import Call, Stage
from webapp.sandbox.tenants import Tenant, Tenants
from webapp.sandbox.wire import Answer, Request, json_answer

PARTS: dict[str, Callable[[Tenant, Request, list[str]], Call]] = {
    "nx": nx.call_of,
    "hook": lambda tenant, request, rest: hook.call_of(tenant, request),
    "erp": calls.call_of,
}


class Sandbox:
    """All tenants, the ledger, and the state file if one is kept."""

    def __init__(self, ledger: Path, state: Path | None) -> None:
        self.ledger = Ledger(ledger)
        self.tenants = Tenants()
        self._stage = Stage(self.ledger)
        self._control = Control(self.tenants, self.ledger)
        self._state = state
        self._used = self._saved = 0
        if state is not None:
            self.tenants.load(state)

    async def route(self, request: Request) -> Answer:
        """Answer any request."""
        segments = request.segments
        self._used += 1
        if segments[:1] == ["control"]:
            if segments[2:] == ["erp", "push"]:
                return await push.answer(self.tenants.get(segments[1]), self.ledger, request)
            return self._control.answer(request, segments[1:])
        if len(segments) < 2 or segments[0] not in PARTS:
            return json_answer(404, {"error": "not_found"})
        tenant = self.tenants.get(segments[1])
        return await self._stage.play(tenant, segments[0], PARTS[segments[0]](tenant, request, segments[2:]), request)

    def save(self) -> None:
        """Write the state file, if one is kept and anything was asked since."""
        if self._state is not None and self._used != self._saved:
            self._saved = self._used
            self.tenants.save(self._state)
