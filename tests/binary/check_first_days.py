"""The one file on the oldest and the newest Debian that it is for: from the first start to the backup put back."""

import json
import signal
from pathlib import Path

import pytest

from tests.binary.debian import NEWEST, OLDEST, PROGRAM, Debian
from tests.binary.hub import EMAIL, PHRASE, Hub
from tests.binary.shop import GONE, OWING, PAYING, Shop

pytestmark = pytest.mark.parametrize("debian", [OLDEST, NEWEST], indirect=True, scope="module")
ZONES = "/usr/share/zoneinfo"


def test_system_has_no_python_no_certificates_and_the_newest_one_no_time_zones(debian: Debian) -> None:
    looked = debian.run(
        "find", "/usr", "/opt", "(", "-name", "python[0-9]*", "-o", "-name", "libpython*", ")", user="root"
    )
    assert (looked.returncode, looked.stdout) == (0, "")
    assert not debian.path("/etc/ssl/certs/ca-certificates.crt").exists()
    if NEWEST in debian.root.parts:
        debian.run("rm", "-r", ZONES, user="root")
        assert not debian.path(ZONES).exists()


def test_program_is_whole_and_has_every_module_that_the_checkout_imports(debian: Debian, needed_modules: str) -> None:
    debian.path("/tmp/modules").write_text(needed_modules, encoding="ascii")
    debian.path("/tmp/modules").chmod(0o644)
    done = debian.run(PROGRAM, "self-check", "--modules-of", "/tmp/modules")
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(needed_modules.split()) > 2000


def test_program_says_what_it_was_built_from(debian: Debian) -> None:
    told = json.loads(debian.run(PROGRAM, "--version", "--json").stdout)
    assert told["form"] == "binary"
    assert tuple(map(int, told["sqlite"].split("."))) >= (3, 51, 3)
    assert told["built_at"].endswith("+00:00")
    assert told["commit"] is None or len(told["commit"].partition("+")[0]) == 40


def test_provider_comes_from_the_link_to_an_account_suspended_enabled_and_cancelled(shop: Shop) -> None:
    hub = shop.hub
    hub.pages.cookies.clear()
    signed_in = hub.fill("/login", email=EMAIL, password=PHRASE)
    assert signed_in.ok
    assert hub.pages.get(f"{hub.address}/customers", timeout=30).url.endswith("/customers")
    shop.sell("1", "Maria da Conceição", "52998224725")
    for status, shown in ((PAYING, "active"), (OWING, "suspended"), (PAYING, "active"), (GONE, "cancelled")):
        shop.tell("1", status)
        shop.wait("1", shown)
    assert shop.platform.doubles() == {}
    points = json.loads(hub.command("doctor", "--json"))
    assert {point["level"] for point in points} <= {"ok", "warn"}
    assert hub.end() == (0, pytest.approx(0, abs=30))


def test_backup_is_put_back_and_nobody_gets_a_second_account(shop: Shop) -> None:
    hub = shop.hub
    shop.sell("1", "Maria da Conceição", "52998224725")
    shop.wait("1", "active")
    made = json.loads(hub.command("backup", "--json").splitlines()[0])
    assert made["verified"]
    shop.sell("2", "João de Souza", "11144477735")
    shop.wait("2", "active")
    hub.end()
    hub.command("restore", made["file"], "--yes")
    hub.start()
    assert hub.api("GET", "/observing")["observing"]
    shop.sell("2", "João de Souza", "11144477735")
    _adopt(shop)
    shop.wait("2", "active")
    assert shop.platform.doubles() == {}
    assert shop.platform.calls("create") == 2


def test_signal_ends_it_within_half_a_minute_while_calls_hang(shop: Shop) -> None:
    shop.platform.set_dials(latency_ms=20_000)
    shop.sell("1", "Maria da Conceição", "52998224725")
    shop.platform.wait_calls("create", 1, timeout_s=60)
    code, took_s = shop.hub.end(signal.SIGTERM)
    assert code == 0
    assert took_s < 30
    shop.platform.clear_dials()
    shop.hub.start()
    shop.wait("1", "active")
    assert shop.platform.doubles() == {}


def test_demonstration_fills_itself_and_leaves_nothing(debian: Debian, tmp_path: Path) -> None:
    """Its platforms are a process of their own, started from the one file."""
    hub, before = Hub(debian, tmp_path), _left(debian)
    process = debian.start(hub.log, PROGRAM, "demo", "--port", str(hub.port))
    Shop.wait_for(lambda: "created" in _ledger(debian), hub.said)
    assert EMAIL in hub.said()
    assert hub.is_up()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0, hub.said()[-3000:]
    assert _left(debian) == before


def _left(debian: Debian) -> list[str]:
    return sorted(path.name for path in debian.path("/tmp").iterdir())


def _ledger(debian: Debian) -> str:
    """Return what the platforms of the demonstration wrote down so far."""
    return "".join(path.read_text("utf-8") for path in debian.path("/tmp").glob("sintonia-demo-*/ledger.jsonl"))


def _adopt(shop: Shop) -> None:
    """Have the platform read, and approve what follows."""
    hub = shop.hub
    hub.api("POST", "/observing/plan", {"integration_id": None})
    shop.until(lambda: _plans(shop)[0]["state"] == "ready", lambda: str(_plans(shop)))
    plans = [{"run_id": one["run_id"], "checksum": one["checksum"]} for one in _plans(shop)]
    hub.api("POST", "/observing/approve", {"plans": plans})


def _plans(shop: Shop) -> list[dict[str, object]]:
    return list(shop.hub.api("GET", "/observing")["platforms"])
