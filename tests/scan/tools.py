"""How wapiti and sqlmap are called, and what they found.

Wapiti 3.2.3, sqlmap 1.10.10, from packaging/scan-requirements.txt, in an environment of their own.
"""

import csv
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.scan.bait import Bait
from tests.scan.crawl import MARK, Asked
from tests.scan.hub import PROGRAM, STRANGER, Hub

# All modules of wapiti but those that know other people's programs (cms, htp, nikto, network_device, wapp, wp_enum),
# that need the internet (log4shell, takeover), or that look at TLS (ssl, https_redirect): the reverse proxy speaks it.
MODULES = (
    "backup", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess",
    "http_headers", "ldap", "methods", "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "ssrf",
    "timesql", "upload", "xss", "xxe",
)  # fmt: skip
# Seconds over which one module of wapiti may go on, of the seconds of its run; most end long before.
SHARE_OF_MODULE, SHARE_OF_CRAWL = 16, 3
# What guesses passwords and names of files is the work of a stranger.
OF_A_STRANGER = ("brute_login_form", "buster")
STARTS, PATIENCE_S = 60, 20
TOLD = ("Place", "Parameter", "Target URL", "Note(s)")
SKIPPED = ("csrf_token",)


@dataclass(frozen=True)
class Finding:
    """What a scanner says that is wrong."""

    tool: str
    kind: str
    where: str

    @property
    def line(self) -> str:
        return f"{self.tool}: {self.kind}: {self.where}"


@dataclass(frozen=True)
class Scanner:
    """Where the tools are, where they write, and how long each run may take.

    Attributes:
        after: how many requests sqlmap leaves out, because an earlier run that was cut has tried them.
        cut: the runs that were ended because their time was over.
    """

    binaries: Path
    folder: Path
    seconds: int
    after: int = 0
    cut: list[str] = field(default_factory=list)

    def wapiti(self, name: str, hub: Hub, role: str, starts: Sequence[Asked], bait: Bait) -> list[Finding]:
        """Crawl and attack the pages as one role sees them; a program has a token instead."""
        report = self.folder / f"{name}.wapiti.json"
        modules = MODULES + (OF_A_STRANGER if role == STRANGER else ())
        command = [
            "wapiti", "-u", f"{hub.address}/", "--scope", "folder", "--flush-session", "--no-bugreport",
            "--store-session", str(self.folder / f"{name}.sessions"), "--store-config", str(self.folder / "wapiti"),
            "-m", ",".join(modules), "-f", "json", "-o", str(report), "-v", "1",
            "--max-scan-time", str(self.seconds // SHARE_OF_CRAWL), "--endpoint", bait.address,
            "--max-attack-time", str(self.seconds // SHARE_OF_MODULE), "-t", str(PATIENCE_S), "--tasks", "4",
            "-x", f"{hub.address}/logout*", "-x", f"{hub.address}/static/*",
        ]  # fmt: skip
        for skipped in SKIPPED:
            command += ["--skip", skipped]
        if role == PROGRAM:
            command += ["-H", f"Authorization: Bearer {hub.token}", "--swagger", self._document(hub, name)]
        else:
            # Its jar of cookies never overrules a header, so that nothing that is answered ends the session.
            command += ["-H", f"Cookie: {hub.cookies[role]}"]
        for asked in [one for one in starts if one.method == "GET" and one.query][:STARTS]:
            command += ["-s", f"{hub.address}{asked.path}?{asked.query}"]
        self._run(name, command, self.seconds * 4)
        return _of_wapiti(report)

    def sqlmap(self, name: str, hub: Hub, role: str, asked: Sequence[Asked]) -> list[Finding]:
        """Try every parameter and every field of these requests with what SQLite would run."""
        log, results = self.folder / f"{name}.requests.txt", self.folder / f"{name}.sqlmap.csv"
        tried = [one for one in map(_marked, asked) if one is not None][self.after :]
        log.write_text("".join(_as_logged(hub, role, one) for one in tried), encoding="utf-8")
        results.unlink(missing_ok=True)
        # Level 1 tries every parameter and field; higher levels add cookies and headers, of which none reaches a query.
        # Risk 2 and 3 add statements that change rows: nothing that the other techniques would not find first.
        command = [
            "sqlmap", "-l", str(log), "--batch", "--disable-coloring", "--flush-session", "--level", "1", "--risk", "1",
            "--dbms", "SQLite", "--technique", "BEUSTQ", "--ignore-code", "*", "--ignore-redirects", "--ignore-proxy",
            "--skip", ",".join(SKIPPED), "--timeout", str(PATIENCE_S), "--retries", "1", "-v", "1",
            "--output-dir", str(self.folder / f"{name}.sqlmap"), "--results-file", str(results),
        ]  # fmt: skip
        self._run(name, command, self.seconds)
        return _of_sqlmap(results)

    def _document(self, hub: Hub, name: str) -> str:
        path = self.folder / f"{name}.openapi.json"
        path.write_text(hub.get("/api/v1/openapi.json", {"Authorization": f"Bearer {hub.token}"})[1], encoding="utf-8")
        return str(path)

    def _run(self, name: str, command: Sequence[str], most_s: int) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            whole = [str(self.binaries / command[0]), *command[1:]]
            try:
                subprocess.run(whole, stdout=log, stderr=subprocess.STDOUT, timeout=most_s, check=False)
            except subprocess.TimeoutExpired:
                # What was found by then stands in its report; how far it came, in its log.
                self.cut.append(name)


def _marked(asked: Asked) -> Asked | None:
    """Return a request with something to try: fields, parameters, or the number in its address; else None."""
    if asked.query or asked.body or MARK in asked.path:
        return asked
    path = re.sub(r"(\d+)(?!.*\d)", rf"\1{MARK}", asked.path)
    return replace(asked, path=path) if MARK in path else None


def _as_logged(hub: Hub, role: str, asked: Asked) -> str:
    """Write a request as the log of a proxy holds it, which sqlmap reads."""
    host = hub.address.removeprefix("http://")
    who = f"Authorization: Bearer {hub.token}" if role == PROGRAM else f"Cookie: {hub.cookies[role]}"
    lines = [f"{asked.method} {asked.path}{'?' if asked.query else ''}{asked.query} HTTP/1.1", f"Host: {host}", who]
    if asked.body:
        lines += [f"Content-Type: {asked.type}", "", asked.body]
    return "=" * 30 + "\n" + "\n".join(lines) + "\n" + "=" * 30 + "\n"


def _of_wapiti(report: Path) -> list[Finding]:
    if not report.exists():
        return []
    told = json.loads(report.read_text("utf-8"))
    return [
        Finding("wapiti", kind, f"{one['method']} {one['path']} {one['parameter'] or ''} {one['info'][:160]}")
        for part in ("vulnerabilities", "anomalies")
        for kind, found in told[part].items()
        for one in found
    ]  # fmt: skip


def _of_sqlmap(results: Path) -> list[Finding]:
    if not results.exists():
        return []
    with results.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return [
        Finding("sqlmap", row["Technique(s)"], " ".join(row[name] for name in TOLD).strip())
        for row in rows if row.get("Parameter")
    ]  # fmt: skip
