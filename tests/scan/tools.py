"""How wapiti and sqlmap are called, and what they found.

Wapiti 3.2.3, sqlmap 1.10.10, from packaging/scan-requirements.txt, in an environment of their own.
"""

import csv
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.scan.bait import Bait
from tests.scan.crawl import Asked
from tests.scan.hub import Hub

# All modules of wapiti but those that know other people's programs (cms, htp, nikto, network_device, wapp, wp_enum),
# that need the internet (log4shell, takeover), or that look at TLS, which the reverse proxy speaks (ssl, https_redirect).
MODULES = (
    "backup", "brute_login_form", "buster", "cookieflags", "crlf", "csp", "csrf", "exec", "file", "htaccess",
    "http_headers", "ldap", "methods", "permanentxss", "redirect", "shellshock", "spring4shell", "sql", "ssrf",
    "timesql", "upload", "xss", "xxe",
)  # fmt: skip
# Seconds over which one module of wapiti may go on, of the seconds of its run; most end long before.
SHARE_OF_MODULE, SHARE_OF_CRAWL = 16, 3
STARTS, PATIENCE_S, GRACE_S = 60, 20, 120
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
    """Where the tools are, where they write, and how long each run may take."""

    binaries: Path
    folder: Path
    seconds: int

    def wapiti(self, name: str, hub: Hub, role: str, starts: Sequence[Asked], bait: Bait) -> list[Finding]:
        """Crawl and attack the pages as one role sees them; ``api`` stands for a program with a token."""
        report = self.folder / f"{name}.wapiti.json"
        command = [
            "wapiti", "-u", f"{hub.address}/", "--scope", "folder", "--flush-session", "--no-bugreport",
            "--store-session", str(self.folder / f"{name}.sessions"), "--store-config", str(self.folder / "wapiti"),
            "-m", ",".join(MODULES), "-f", "json", "-o", str(report), "-v", "1", "--drop-set-cookie",
            "--max-scan-time", str(self.seconds // SHARE_OF_CRAWL), "--endpoint", bait.address,
            "--max-attack-time", str(self.seconds // SHARE_OF_MODULE), "-t", str(PATIENCE_S), "--tasks", "4",
            "-x", f"{hub.address}/logout*", "-x", f"{hub.address}/static/*",
        ]  # fmt: skip
        for skipped in SKIPPED:
            command += ["--skip", skipped]
        if role == "api":
            command += ["-H", f"Authorization: Bearer {hub.token}", "--swagger", self._document(hub, name)]
        elif role in hub.cookies:
            command += ["-C", hub.cookies[role]]
        for asked in [one for one in starts if one.method == "GET" and one.query][:STARTS]:
            command += ["-s", f"{hub.address}{asked.path}?{asked.query}"]
        self._run(name, command, self.seconds * 4)
        return _of_wapiti(report)

    def sqlmap(self, name: str, hub: Hub, role: str, asked: Sequence[Asked]) -> list[Finding]:
        """Try every parameter and every field of these requests, as SQLite and PostgreSQL would run what is slipped in."""
        log, results = self.folder / f"{name}.requests.txt", self.folder / f"{name}.sqlmap.csv"
        log.write_text("".join(_as_logged(hub, role, one) for one in asked), encoding="utf-8")
        results.unlink(missing_ok=True)
        # Level 1 tries every parameter and field; higher levels add cookies and headers, of which none reaches a query.
        # Risk 2 and 3 add statements that change rows: nothing that the other techniques would not find first.
        command = [
            "sqlmap", "-l", str(log), "--batch", "--disable-coloring", "--flush-session", "--level", "1", "--risk", "1",
            "--dbms", "SQLite", "--technique", "BEUSTQ", "--ignore-code", "*", "--ignore-redirects", "--ignore-proxy",
            "--skip", ",".join(SKIPPED), "--timeout", str(PATIENCE_S), "--retries", "1", "-v", "1",
            "--output-dir", str(self.folder / f"{name}.sqlmap"), "--results-file", str(results),
            "--time-limit", str(self.seconds),
        ]  # fmt: skip
        self._run(name, command, self.seconds + GRACE_S)
        return _of_sqlmap(results)

    def _document(self, hub: Hub, name: str) -> str:
        path = self.folder / f"{name}.openapi.json"
        path.write_text(hub.get("/api/v1/openapi.json", {"Authorization": f"Bearer {hub.token}"})[1], encoding="utf-8")
        return str(path)

    def _run(self, name: str, command: Sequence[str], most_s: int) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            whole = [str(self.binaries / command[0]), *command[1:]]
            subprocess.run(whole, stdout=log, stderr=subprocess.STDOUT, timeout=most_s, check=False)


def _as_logged(hub: Hub, role: str, asked: Asked) -> str:
    """Write a request as the log of a proxy holds it, which sqlmap reads."""
    host = hub.address.removeprefix("http://")
    who = f"Authorization: Bearer {hub.token}" if role == "api" else f"Cookie: {hub.cookies.get(role, 'none=none')}"
    lines = [f"{asked.method} {asked.path}{'?' if asked.query else ''}{asked.query} HTTP/1.1", f"Host: {host}", who]
    if asked.body:
        lines += [f"Content-Type: {asked.type}", "", asked.body]
    return "=" * 30 + "\n" + "\n".join(lines) + "\n" + "=" * 30 + "\n"


def _of_wapiti(report: Path) -> list[Finding]:
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
        Finding("sqlmap", row["Technique(s)"], f"{row['Place']} {row['Parameter']} {row['Target URL']}")
        for row in rows if row.get("Parameter")
    ]  # fmt: skip
