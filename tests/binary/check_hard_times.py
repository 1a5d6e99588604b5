"""The one file when things go badly: killed, no room to unpack, replaced in mid-work, another database."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy.engine import make_url

from tests.binary.debian import PROGRAM, Debian
from tests.binary.hub import Hub
from tests.binary.shop import OWING, Shop
from webapp.sandbox.client import Tenant

FORMER = "/usr/local/bin/sintonia-former"
PEOPLE = ("52998224725", "11144477735", "39053344705", "71428793860", "87748248800")


def unpacked(debian: Debian) -> list[Path]:
    return sorted(debian.path("/tmp").glob("_MEI*"))


def test_killed_first_process_takes_the_other_along_and_the_next_start_tidies_up(hub: Hub) -> None:
    hub.start()
    hub.process.kill()
    hub.process.wait()
    Shop.wait_for(lambda: not hub.is_up(), hub.said)
    [left] = unpacked(hub.debian)
    os.utime(left, (0, 0))
    hub.start()
    assert left not in unpacked(hub.debian)
    assert hub.end()[0] == 0
    assert unpacked(hub.debian) == []


def test_folder_of_a_running_program_stays_however_old_it_is(hub: Hub) -> None:
    hub.start()
    [own] = unpacked(hub.debian)
    os.utime(own, (0, 0))
    hub.command("--version")
    assert unpacked(hub.debian) == [own]
    assert (own / "build.json").is_file()


def test_signal_to_both_processes_at_once_still_ends_it_in_order(shop: Shop) -> None:
    shop.platform.set_dials(latency_ms=3_000)
    shop.sell("1", "Maria da Conceição", PEOPLE[0])
    shop.platform.wait_calls("create", 1, timeout_s=60)
    os.killpg(shop.hub.process.pid, signal.SIGTERM)
    assert shop.hub.process.wait(60) == 0
    shop.hub.start()
    shop.wait("1", "active")
    assert shop.platform.calls("create") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [("noexec", "failed to map segment"), ("size=20m", "Failed to extract")],
    ids=["noexec", "full"],
)
def test_place_where_nothing_can_be_unpacked_is_told_and_another_one_works(
    debian: Debian, options: str, said: str
) -> None:
    place = f"/mnt/{options[:4]}"
    debian.path(place).mkdir()
    debian.mount("tmpfs", place, f"{options},mode=1777")
    refused = debian.run(PROGRAM, "--version", tmpdir=place)
    assert refused.returncode != 0
    assert said in refused.stderr, refused.stderr
    assert debian.run(PROGRAM, "--version", tmpdir="/var/tmp").returncode == 0


def test_upgrade_from_the_former_program_killed_in_mid_work_loses_and_doubles_nobody(
    debian: Debian, hub: Hub, nx: Tenant, former_program: Path
) -> None:
    debian.install(former_program, FORMER)
    hub.program = FORMER
    hub.start()
    assert hub.set_up().ok
    shop = Shop(hub, nx)
    shop.open()
    shop.sell("0", "Ana Lima", PEOPLE[0])
    shop.wait("0", "active")
    nx.set_dials(latency_ms=1_000)
    for number, document in enumerate(PEOPLE[1:], 1):
        shop.sell(str(number), f"Pessoa {number}", document)
    nx.wait_calls("create", 2, timeout_s=60)
    hub.end(signal.SIGKILL)
    Shop.wait_for(lambda: not hub.is_up(), hub.said)
    nx.clear_dials()
    before = _revision(hub)
    hub.program = PROGRAM
    hub.start()
    for number in range(len(PEOPLE)):
        shop.wait(str(number), "active")
    assert nx.doubles() == {}
    assert _revision(hub) != before
    kept = debian.path(hub.settings["instance"]) / "backups"
    assert len(list(kept.glob("*.zip"))) == 1
    # Whoever goes back is told the way, and nothing is changed.
    hub.end()
    hub.program = FORMER
    assert "sintonia restore" in hub.command("serve", "--port", str(hub.port), fails=True)


def test_hub_on_postgresql_does_the_main_job(debian: Debian, hub: Hub, nx: Tenant, postgres_url: str) -> None:
    """The socket of a PostgreSQL of this machine is lent to that system."""
    server = make_url(postgres_url)
    debian.path("/mnt/postgresql").mkdir()
    # Whoever asks there is another user.
    Path(str(server.query["host"])).chmod(0o755)
    debian.mount("none", "/mnt/postgresql", "bind", source=str(server.query["host"]))
    with psycopg.connect(server.set(drivername="postgresql").render_as_string(False), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS binary_check")
        connection.execute("CREATE DATABASE binary_check")
    there = server.set(database="binary_check", query={"host": "/mnt/postgresql"})
    hub.settings["database_url"] = there.render_as_string(hide_password=False)
    hub.start()
    assert hub.set_up().ok
    shop = Shop(hub, nx)
    shop.open()
    for number, document in enumerate(PEOPLE):
        shop.sell(str(number), f"Pessoa {number}", document)
    shop.tell("0", OWING)
    for number in range(len(PEOPLE)):
        shop.wait(str(number), "active" if number else "suspended")
    assert hub.end()[0] == 0


def _revision(hub: Hub) -> str:
    """Return the revision of the tables, as the file itself says."""
    connection = sqlite.connect(hub.debian.path(hub.settings["instance"]) / "sintonia.db")
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()
