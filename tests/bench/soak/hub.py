"""The hub of a soak: made, filled, and served as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from sqlalchemy import select

from tests.bench import imports
from tests.bench.seed import Shop, add_customers, open_shop
from tests.bench.site import free_port
from webapp import create_app
from webapp.config import load_settings
from webapp.extensions import db
from webapp.jobs.drain import converge
from webapp.models import Customer, Integration, SourceMapping
from webapp.models.operator import ADMIN
from webapp.sandbox.client import SandboxProcess, Tenant
from webapp.sandbox.erp.client import Erp
from webapp.schema import migrate_database
from webapp.services import source_pulls, sources
from webapp.services.inputs import SourceInput
from webapp.services.integrations import callback_url
from webapp.services.operators import create_operator
from webapp.services.tokens import create_token

ROOT = Path(__file__).resolve().parents[3]
EMAIL, PASSWORD = "soak@example.com", "quatro girafas no telhado"
IN_ERP, IN_FILE = 300, 300
LIGHT_EVERY_S = 15
START_S, STOP_S = 240.0, 60.0


@dataclass(frozen=True)
class Filled:
    """What whoever uses it must know of it.

    Attributes:
        callback: path at which the platform asks at a log-in.
        logins: of the people sold to, with each one's password.
        codes: of their services.
        file: a list of people to upload; its columns and words are known.
    """

    folder: Path
    tenant: Tenant
    erp: Erp
    shop: Shop
    token: str
    callback: str
    logins: Sequence[tuple[str, str]]
    codes: Sequence[str]
    source_id: int
    erp_services: Sequence[int]
    list_id: int
    file: Path


def fill(folder: Path, sandbox: SandboxProcess, people: int) -> Filled:
    """Make a hub with so many customers on one platform, an ERP that it reads, and a list that people upload."""
    settings = load_settings(_environment(folder))
    file, tenant, erp = folder / "people.csv", sandbox.tenant("soak"), sandbox.erp("soak")
    with create_app(settings).app_context():
        migrate_database(db.engine)
        create_operator(EMAIL, PASSWORD, ADMIN, "Soak")
        token = create_token("soak", "admin")[1]
        shop = open_shop("Clube de Livros", "nx_play", {"api_url": tenant.url, "token": tenant.token}, "full", 16)
        add_customers(shop, people, 1, due=True)
        erp.people(IN_ERP, plain=True)
        source_id, erp_services = _erp(erp, shop), [int(row["id"]) for row in erp.services()]
        list_id = _list(file, tenant)
        callback = callback_url(db.session.get_one(Integration, shop.integration_id))
        emails = list(db.session.scalars(select(Customer.email).where(Customer.id <= people).order_by(Customer.id)))
        # Who is asked about at a log-in is there by then.
        assert converge(until_idle=True) == 0
        db.session.remove()
        db.engine.dispose()
    logins = [(email, f"login{number}") for number, email in enumerate(emails, 1)]
    codes = [f"S{number}" for number in range(1, people + 1)]
    path = "/" + callback.split("/", 3)[-1] if "://" in callback else callback
    return Filled(folder, tenant, erp, shop, token, path, logins, codes, source_id, erp_services, list_id, file)


def _erp(erp: Erp, shop: Shop) -> int:
    """Configure the ERP, map its words, and read it once; then the hub looks at its changes as often as it may."""
    data = SourceInput(
        kind="hubsoft", description="ERP", code_prefix="E", params=erp.hubsoft_params(), light_interval_s=LIGHT_EVERY_S
    )
    source_id = sources.create_source(data).id
    db.session.rollback()
    source_pulls.work(source_pulls.request_pull(source_id, dry_run=True).id)
    for row in db.session.scalars(select(SourceMapping).where(SourceMapping.kind != "status")):
        row.target, row.confirmed = str(shop.plan_id if row.kind == "plan" else shop.package_id), True
    db.session.commit()
    source_pulls.work(source_pulls.request_pull(source_id).id)
    db.session.rollback()
    return source_id


def _list(path: Path, tenant: Tenant) -> int:
    """Upload a list once, in this process, so that its columns and words are known from then on."""
    imports.write_file(path, IN_FILE, first=1_000_000)
    list_id = imports.open_shop(tenant.hook_url)
    db.session.rollback()
    imports.import_file(list_id, path, IN_FILE, again=False)
    db.session.rollback()
    return list_id


def _environment(folder: Path) -> dict[str, str]:
    return {"SINTONIA_INSTANCE": str(folder), "SINTONIA_EGRESS_ALLOW": "127.0.0.0/8"}


@dataclass(frozen=True)
class Served:
    """A hub that serves: where, as which process, and where it puts what it needs for a moment."""

    address: str
    pid: int
    temporary: Path


@contextmanager
def serving(folder: Path, leak: str = "") -> Iterator[Served]:
    """Serve it until the end of the block; it must end in order.

    Args:
        leak: put into it (``child.py``); empty = the program as it is.
    """
    port, log, temporary = free_port(), folder / "serve.log", folder / "temporary"
    temporary.mkdir()
    module = ("tests.bench.soak.child", leak) if leak else ("webapp", "serve")
    environment = {**os.environ, **_environment(folder), "TMPDIR": str(temporary)}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, "--port", str(port)], cwd=ROOT, env=environment, stdout=file, stderr=file
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process, log)
        yield Served(address, process.pid, temporary)
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_S) == 0, log.read_text("utf-8")[-2000:]
    finally:
        process.kill()
        process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until_s = time.monotonic() + START_S
    while True:
        try:
            requests.get(f"{address}/healthz", timeout=5).raise_for_status()
        except requests.RequestException:
            is_lost = process.poll() is not None or time.monotonic() > until_s
            assert not is_lost, log.read_text("utf-8")[-2000:]
            time.sleep(0.1)
        else:
            return
