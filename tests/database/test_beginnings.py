"""Who is looked for by the beginning of a document or an e-mail is found in every order that a database may keep."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.engine import make_url

from tests.fixtures.postgres_server import pgserver
from webapp.services.beginnings import begins_with

LANGUAGE = "pt_BR.UTF-8"
LOCALEDEF, SOURCE = shutil.which("localedef"), Path("/usr/share/i18n/locales/pt_BR")
TEXTS = ("maria", "Maria@x", "maria.silva", "mariana@x", "maria@x", "mária@x", "maria-1", "marib", "12345678901", "123")


@pytest.fixture(scope="module")
def in_portuguese() -> Iterator[Connection]:
    """A PostgreSQL that orders as Portuguese does: that of the tests orders by bytes."""
    folder = Path(tempfile.mkdtemp(prefix="sintonia-pt-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    folder.chmod(0o755)
    subprocess.run([str(LOCALEDEF), "-i", "pt_BR", "-f", "UTF-8", str(folder / LANGUAGE)], check=True, umask=0o022)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOCPATH", str(folder))
        server = pgserver.get_server(folder / "data")
    plain = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with create_engine(plain, isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE pt TEMPLATE template0 LC_COLLATE '{LANGUAGE}'"))
        connection.engine.dispose()
    engine = create_engine(plain.set(database="pt"))
    with engine.connect() as connection:
        yield connection
    engine.dispose()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.skipif(LOCALEDEF is None or not SOURCE.exists(), reason="needs localedef and the sources of locales")
@pytest.mark.parametrize("beginning", ["maria", "maria@", "maria.", "maria-", "123", "m"])
def test_beginning_is_found_letter_by_letter_and_through_the_index(in_portuguese: Connection, beginning: str) -> None:
    people = Table("people", MetaData(), Column("name", String(80), index=True))
    people.create(in_portuguese)
    in_portuguese.execute(insert(people), [{"name": name} for name in TEXTS])
    wanted = select(people.c.name).where(begins_with(people.c.name, beginning))
    found = set(in_portuguese.scalars(wanted))
    in_portuguese.execute(text("SET LOCAL enable_seqscan = off"))
    statement = wanted.compile(in_portuguese.engine, compile_kwargs={"literal_binds": True})
    plan = " ".join(in_portuguese.scalars(text(f"EXPLAIN {statement}")))
    in_portuguese.rollback()
    assert found == {name for name in TEXTS if name.startswith(beginning)}
    assert "Index Cond: (((name)::text >= " in plan
