"""An import of a large file in the background: rows a second, and that memory stays flat.

The file goes the way of the screens: uploaded, its columns chosen, compared, confirmed by a person, applied. Then the
same file once more, which changes nothing. Each size runs in a process of its own, whose peak is its own.
"""

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from webapp import create_app
from webapp.config import load_settings
from webapp.demo.people import make_people
from webapp.extensions import db
from webapp.models import Package, Plan, Service, SourceMapping, SourcePull
from webapp.services import source_files, source_mapping, source_pulls, sources
from webapp.services.inputs import IntegrationInput, PackageInput, PlanInput, ProductInput, SourceInput
from webapp.services.integrations import create_integration
from webapp.services.packages import create_package
from webapp.services.plans import create_plan
from webapp.services.products import add_product

SIZES = (10_000, 100_000)
MARK_S = 120
HEADER = "código;nome;cpf;e-mail;telefone;contrato;plano;status;login;pacotes"
PLAN, STATUS, PACKAGE = "Fibra 500", "Ativo", "TV"
VALUE = Decimal("29.90")
Progress = Callable[[], None]


@dataclass(frozen=True)
class Imported:
    """One file of one size, the first time or again.

    Attributes:
        staged_s, compared_s, applied_s: seconds of the three stages by the clock.
        cpu_s: of the process, in all three: a busy machine changes it less than the seconds.
        peak_mb: of the process so far.
    """

    size: int
    again: bool
    staged_s: float
    compared_s: float
    applied_s: float
    cpu_s: float
    peak_mb: float
    counts: dict[str, int]

    @property
    def seconds(self) -> float:
        """All three stages."""
        return self.staged_s + self.compared_s + self.applied_s

    @property
    def is_within(self) -> bool:
        """Tell whether it was fast enough."""
        return self.seconds <= MARK_S


@dataclass
class _Stage:
    wall_s: float = 0.0
    cpu_s: float = 0.0


def steps() -> int:
    """Return how often ``progress`` is called."""
    return len(SIZES)


def measure(progress: Progress) -> list[Imported]:
    """Import a file of each size into an empty hub, twice."""
    found = []
    for size in SIZES:
        command = [sys.executable, "-m", "tests.bench.imports", str(size)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        found += [Imported(**row) for row in json.loads(answer.stdout.splitlines()[-1])]
        progress()
    return found


def import_twice(size: int) -> list[Imported]:
    """Import one file twice in this process, into a hub that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        write_file(path, size)
        app = create_app(load_settings({"SINTONIA_INSTANCE": folder}), TESTING=True)
        with app.app_context():
            db.create_all()
            source_id = open_shop()
            rows = [import_file(source_id, path, size, again=again) for again in (False, True)]
            assert db.session.scalar(select(func.count()).select_from(Service)) == size
            db.session.remove()
            db.engine.dispose()
    return rows


def write_file(path: Path, size: int, first: int = 1) -> None:
    """Write a file of so many made-up people, whose codes begin with that number."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for number, person in enumerate(make_people(size, seed=first), start=first):
            cells = (
                str(number), person.name, person.document, f"{number}.{person.email}", person.phone, f"S{number}",
                PLAN, STATUS, f"login{number}", PACKAGE,
            )  # fmt: skip
            file.write(";".join(cells) + "\n")


def open_shop(url: str = "http://127.0.0.1:9/") -> int:
    """Make what such a file names, sold on a platform there, and the list that it is uploaded to; returns its id."""
    data = {"gateway": "outros", "description": "Platform", "params": {"url": url}}
    integration = create_integration(IntegrationInput(**data))
    add_product(integration.id, ProductInput(code="TV", name="TV"))
    create_package(
        PackageInput(
            description=PACKAGE, code=PACKAGE, value=VALUE, integration_id=integration.id, product_codes=["TV"]
        )
    )
    create_plan(PlanInput(description=PLAN, value=VALUE))
    return sources.create_source(SourceInput(kind="spreadsheet", description="File")).id


def map_words(source_id: int) -> None:
    """Say what the words of such a file mean here, once it was compared for the first time."""
    plan = db.session.scalars(select(Plan.id).where(Plan.description == PLAN)).one()
    package = db.session.scalars(select(Package.id).where(Package.code == PACKAGE)).one()
    words = db.session.execute(
        select(SourceMapping.kind, SourceMapping.external).where(SourceMapping.source_id == source_id)
    ).all()
    targets = {"plan": str(plan), "package": str(package), "status": "servico_habilitado"}
    source_mapping.save_mapping(source_id, {(kind, external): targets[kind] for kind, external in words})


def import_file(source_id: int, path: Path, size: int, *, again: bool) -> Imported:
    """Upload a file, choose its columns, compare, confirm, apply.

    Args:
        again: its words are known.
    """
    with path.open("rb") as stream, _timed() as staged:
        pull_id = source_files.stage_upload(source_id, stream, path.name).id
    with _timed() as compared:
        header = source_files.file_header(pull_id)
        source_files.choose_columns(pull_id, header.columns, sure=True)
        source_pulls.work(pull_id)
    if not again:
        map_words(source_id)
        with _timed() as compared:
            source_files.compare_again(pull_id)
            source_pulls.work(pull_id)
    with _timed() as applied:
        source_pulls.confirm_pull(pull_id)
        source_pulls.work(pull_id)
    pull = db.session.get(SourcePull, pull_id, populate_existing=True)
    assert pull is not None
    assert pull.status == "done", (pull.status, pull.error_code)
    stages = (staged, compared, applied)
    return Imported(
        size, again, *(stage.wall_s for stage in stages), sum(stage.cpu_s for stage in stages),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, dict(pull.counts),
    )  # fmt: skip


@contextmanager
def _timed() -> Iterator[_Stage]:
    stage, wall_s, cpu_s = _Stage(), time.perf_counter(), time.process_time()
    yield stage
    stage.wall_s, stage.cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s


def as_json(rows: Sequence[Imported]) -> list[dict[str, Any]]:
    """Return everything that was measured."""
    return [{**asdict(row), "rows_per_s": row.size / row.seconds, "is_within": row.is_within} for row in rows]


def calm_collector() -> None:
    """Do as ``serve`` does, in which an import runs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 100)


if __name__ == "__main__":
    calm_collector()
    sys.stdout.write(json.dumps([asdict(row) for row in import_twice(int(sys.argv[1]))]) + "\n")
