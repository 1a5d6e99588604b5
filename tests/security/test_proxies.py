"""The sites that ``install`` writes, in front of the hub: real nginx, real Caddy, real TLS."""

import getpass
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import request

from webapp import clock, create_app
from webapp.config import Settings
from webapp.install import rendering
from webapp.install.wanted import Wanted
from webapp.jobs.server import make_server
from webapp.web.access import public

NAME = "hub.provedor.example"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
PATIENCE_S = 60.0
# What curl ends with when the other side closed while it was still sending, or before the end of the answer.
CUT_OFF = (18, 55, 56, 92)


@dataclass(frozen=True)
class Site:
    """A proxy that runs: its ports and the certificate that it shows."""

    https: int
    http: int
    certificate: Path

    def ask(self, path: str, *options: str, scheme: str = "https") -> tuple[int, str]:
        """Return status and the whole answer, head and body; 0 = the connection ended without one."""
        port = self.https if scheme == "https" else self.http
        address = f"{scheme}://{NAME}:{port}{path}"
        found = subprocess.run(
            ["curl", "-sS", "-i", "--max-time", "20", "--cacert", str(self.certificate),
             "--resolve", f"{NAME}:{port}:127.0.0.1", *options, address],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        # A proxy that refuses a body may close before it was sent.
        assert found.returncode in (0, *CUT_OFF), found.stderr
        statuses = re.findall(r"^HTTP/[\d.]+ (\d+)", found.stdout, re.MULTILINE) or ["0"]
        return int(statuses[-1]), found.stdout


def free_port() -> int:
    with socket.socket() as plain:
        plain.bind(("127.0.0.1", 0))
        return int(plain.getsockname()[1])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for the site, which only this test trusts."""
    place = tmp_path_factory.mktemp("proxy")
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.utc_now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (place / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (place / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return place


@pytest.fixture
def hub_port(settings: Settings, app: APIFlask) -> Iterator[int]:
    """The hub behind one proxy, with a page that tells what it knows of who asks."""
    made = create_app(replace(settings, base_url=f"https://{NAME}", proxies=1), TESTING=True)

    @made.get("/who")
    @public
    def who() -> dict[str, str]:
        return {"address": request.remote_addr or "", "scheme": request.scheme, "host": request.host}

    @made.get("/many")
    @public
    def many() -> str:
        return "many " * 1000

    server = make_server(made, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.close()
    thread.join(5)


def nginx(folder: Path, hub: int, https: int, http: int) -> list[str]:
    """Write the file that a Debian would include, with our ports and places; return the command.

    As on a Debian, compression is on for whoever does not switch it off.
    """
    site = rendering.site(Wanted(domain=NAME, proxy="nginx", port=hub))
    site = re.sub(r"/etc/letsencrypt/live/\S+/fullchain.pem", str(folder / "cert.pem"), site)
    site = re.sub(r"/etc/letsencrypt/live/\S+/privkey.pem", str(folder / "key.pem"), site)
    site = re.sub(r"\n *listen \[::\].*", "", site)
    site = site.replace("listen 443", f"listen 127.0.0.1:{https}").replace("listen 80", f"listen 127.0.0.1:{http}")
    site = site.replace("/var/log/nginx", str(folder)).replace("/var/www/html", str(folder))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    # Its workers would else be somebody who may not look into the folder of a test.
    whole = f"user {getpass.getuser()}; daemon off; pid {folder}/nginx.pid; error_log stderr; events {{}}\n"
    (folder / "nginx.conf").write_text(
        f"{whole}http {{ access_log {folder}/access.log; gzip on; {temporary}\n{site}\n}}"
    )
    return [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, hub: int, https: int, http: int) -> list[str]:
    """Write the site with our ports; the certificate is given, since nobody here would issue one."""
    site = rendering.site(Wanted(domain=NAME, proxy="caddy", port=hub))
    given = f"{NAME}:{https} {{\n\tbind 127.0.0.1\n\ttls {folder}/cert.pem {folder}/key.pem"
    settings = f"{{\n\tadmin off\n\thttp_port {http}\n\thttps_port {https}\n\tdefault_bind 127.0.0.1\n}}\n"
    (folder / "Caddyfile").write_text(settings + site.replace(f"{NAME} {{", given, 1))
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


PROXIES: dict[str, Callable[[Path, int, int, int], list[str]]] = {"nginx": nginx, "caddy": caddy}


@pytest.fixture(params=PROXIES)
def site(request: pytest.FixtureRequest, folder: Path, hub_port: int) -> Iterator[Site]:
    https, http = free_port(), free_port()
    with running(PROXIES[request.param](folder, hub_port, https, http), folder, https):
        yield Site(https, http, folder / "cert.pem")


@contextmanager
def running(command: list[str], folder: Path, https: int) -> Iterator[None]:
    """Run a proxy as long as this lasts."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    for former in folder.glob("*.log"):
        former.unlink()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment)
        try:
            await_port(https, process, folder / "said")
            yield
        finally:
            process.terminate()
            process.wait(10)


def await_port(port: int, process: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text()
        with socket.socket() as plain:
            if plain.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(said.read_text())


def test_site_of_the_guide_is_safe_from_outside(site: Site) -> None:
    status, page = site.ask("/login")
    assert status == 200
    assert re.search(r"set-cookie: session=[^\n]*secure", page, re.IGNORECASE)
    assert re.search(r"strict-transport-security: max-age=\d{7,}", page, re.IGNORECASE)
    forged = [f"{name}: {value}" for name, value in FORGED.items()]
    status, told = site.ask("/who", *(part for line in forged for part in ("-H", line)))
    assert '"address":"127.0.0.1"' in told.replace(" ", "")
    assert f'"host":"{NAME}"' in told.replace(" ", "")
    assert '"scheme":"https"' in told.replace(" ", "")
    assert site.ask("/metrics")[0] == 404
    moved, answer = site.ask("/customers?q=a", scheme="http")
    assert moved in (301, 308)
    assert re.search(rf"location: https://{NAME}(:\d+)?/customers\?q=a", answer, re.IGNORECASE)


FORGED = {
    "X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7;host=evil.example",
    "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http",
}  # fmt: skip


def test_body_over_the_limit_and_a_foreign_name_are_refused_by_the_proxy(site: Site, folder: Path) -> None:
    (folder / "large").write_bytes(b"x" * (33 * 1024 * 1024))
    # Either refuses, or cuts the connection that goes on sending.
    assert site.ask("/login", "-H", "Expect:", "--data-binary", f"@{folder / 'large'}")[0] in (413, 0)
    foreign = subprocess.run(
        ["curl", "-sS", "-k", "--max-time", "10", "--resolve", f"other.example:{site.https}:127.0.0.1",
         f"https://other.example:{site.https}/who"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert foreign.returncode == 35, foreign.stdout


def test_what_may_not_be_compressed_is_not_and_what_is_secret_is_not_logged(site: Site, folder: Path) -> None:
    foreign = ("-H", "Accept-Encoding: gzip", "-H", "Sec-Fetch-Site: cross-site")
    status, page = site.ask("/many", *foreign)
    assert (status, "content-encoding" in page.lower()) == (200, False)
    site.ask("/invite/opens-everything?and=this")
    site.ask("/invite/opens-everything", scheme="http")
    (folder / ".well-known/acme-challenge").mkdir(parents=True, exist_ok=True)
    logged = folder / "sintonia.log"
    if logged.exists():
        (folder / ".well-known/acme-challenge/proof").write_text("proven")
        assert "proven" in site.ask("/.well-known/acme-challenge/proof", scheme="http")[1]
        assert "/invite/-" in logged.read_text()
        assert [one.name for one in folder.glob("*.log") if "opens-everything" in one.read_text()] == []


def test_flood_of_sign_ins_is_held_back_by_nginx_and_a_platform_that_asks_is_not(folder: Path, hub_port: int) -> None:
    with running(nginx(folder, hub_port, *(ports := (free_port(), free_port()))), folder, ports[0]):
        site = Site(*ports, folder / "cert.pem")
        asked = {path: _statuses(site, path) for path in ("/login", "/callback/nobody")}
    assert asked["/login"].count(429) >= 5
    # The hub itself refuses who guesses; nginx held none back, or they would have had no answer of the hub.
    assert 503 not in asked["/callback/nobody"]


def _statuses(site: Site, path: str) -> list[int]:
    """Ask forty times over one connection."""
    once = ("-o", "/dev/null", "-w", "HTTP/1.1 %{http_code}\\n", f"https://{NAME}:{site.https}{path}")
    found = subprocess.run(
        ["curl", "-sS", "--max-time", "30", "--cacert", str(site.certificate),
         "--resolve", f"{NAME}:{site.https}:127.0.0.1", *(once * 40)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [int(code) for code in re.findall(r"HTTP/1.1 (\d+)", found.stdout)]


@pytest.mark.parametrize("kind", PROXIES)
def test_hub_that_starts_anew_is_told_in_words_and_with_a_time(kind: str, folder: Path) -> None:
    ports = (free_port(), free_port())
    with running(PROXIES[kind](folder, free_port(), *ports), folder, ports[0]):
        status, answer = Site(*ports, folder / "cert.pem").ask("/callback/opens-everything")
    assert (status, "Retry-After: 10".lower() in answer.lower()) == (503, True)
    assert "está iniciando" in answer
    # What a proxy says of a hub that does not answer names the whole address, unless it is told not to.
    told = [path.read_text() for path in (folder / "said", *folder.glob("*.log"))]
    assert not [text for text in told if "opens-everything" in text]
