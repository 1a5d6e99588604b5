"""Everything that reached the sandbox, one JSON line each, written before the answer leaves.

The file is opened for appending only and each line is one write: what is in it survives the
end of any other process, and of this one.
"""

import json
import os
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Ledger:
    """An append-only file with a running number over the whole process; resumes an old file."""

    def __init__(self, path: Path) -> None:
        self.seq = 0
        self._lines: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        self._calls: dict[str, Counter[str]] = defaultdict(Counter)
        self._effects: dict[str, Counter[str]] = defaultdict(Counter)
        if path.exists():
            for line in path.read_bytes().splitlines():
                self._remember(json.loads(line), line)
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)

    def append(self, tenant: str, kind: str, operation: str, **facts: Any) -> None:
        """Write one line. ``kind`` is nx, hook, erp or control; ``effect`` among the facts: what changed."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        entry = {"seq": self.seq + 1, "at": at, "tenant": tenant, "kind": kind, "operation": operation, **facts}
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode()
        os.write(self._file, line + b"\n")
        self._remember(entry, line)

    def since(self, tenant: str, seq: int) -> bytes:
        """Return the tenant's lines after ``seq`` as a JSON array."""
        return b"[" + b",".join(line for number, line in self._lines[tenant] if number > seq) + b"]"

    def counts(self, tenant: str) -> dict[str, Any]:
        """Return calls by operation and effects by name; what was done by hand is no call."""
        return {"calls": self._calls[tenant], "effects": self._effects[tenant], "seq": self.seq}

    def _remember(self, entry: Entry, line: bytes) -> None:
        self.seq = entry["seq"]
        self._lines[entry["tenant"]].append((self.seq, line))
        if entry["kind"] != "control":
            self._calls[entry["tenant"]][entry["operation"]] += 1
        if entry.get("effect"):
            self._effects[entry["tenant"]][entry["effect"]] += 1
