"""``self-check``: is the program itself whole: every part of it loads, and every file that it reads is there.

It needs no instance and changes none. Whoever builds the one file runs it there: what a library looks for by name
at run time is found missing by this, and not by people.
"""

import gettext
import hashlib
import importlib
import importlib.util
import io
import json
import os
import pkgutil
import secrets
import ssl
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import certifi
import click
import psycopg
import pypdf
import xlsxwriter
from apprise import Apprise
from babel.numbers import format_currency
from flask import Flask
from flask_babel import gettext as _
from pysqlite3 import dbapi2 as sqlite
from python_calamine import CalamineWorkbook
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

from webapp.commands.program import FAILED, Program, pass_program
from webapp.config import load_settings
from webapp.database import SQLITE_FLOOR
from webapp.extensions import db
from webapp.gateways import registry
from webapp.languages import LANGUAGES, SOURCE
from webapp.paths import DOCS, FROZEN, STATIC, TRANSLATIONS
from webapp.schema import migrate_database
from webapp.services.channel_kinds import KINDS
from webapp.services.holiday_days import holidays_of
from webapp.services.operators import create_operator

PACKAGE = "webapp"
# Their import is their start.
STARTS = ("webapp.__main__",)
ZONE = "America/Sao_Paulo"


class Missing(Exception):
    """A part of the program is not there. Build it anew, or fetch it again and compare its sha256."""


@click.command("self-check")
@click.option("--modules-of", type=click.File("r"), hidden=True, help="Names of further modules that must be there.")
@pass_program
def self_check_command(program: Program, modules_of: io.TextIOBase | None) -> None:
    """Check that the program is whole; needs no database. Exit code 1 when something is missing."""
    bad = 0
    with tempfile.TemporaryDirectory(prefix="sintonia-check-") as folder:
        locale = os.environ.get("SINTONIA_LOCALE", "pt_BR")
        app = program.make_app(load_settings({"SINTONIA_INSTANCE": folder, "SINTONIA_LOCALE": locale}))
        with app.app_context():
            for name, found in _checked(app, modules_of.read().split() if modules_of else []):
                bad += isinstance(found, Exception)
                click.echo(f"{'fail' if isinstance(found, Exception) else 'ok  '} {name:12} {found}")
            db.session.remove()
            db.engine.dispose()
    if bad:
        click.echo(_("The program is not whole: fetch it again and compare its sha256."))
        raise click.exceptions.Exit(FAILED)


def _checked(app: Flask, further: list[str]) -> Iterator[tuple[str, object]]:
    """Yield the name of each check and what it found, or why it failed: the others are told all the same."""
    checks: dict[str, Callable[[], object]] = {
        "modules": _modules, "libraries": lambda: _libraries(further), "templates": lambda: _templates(app),
        "static": _static, "catalogues": _catalogues, "recipes": _recipes, "database": _database, "guide": _guide,
        "time zone": _time_zone, "languages": _languages, "holidays": _holidays, "passwords": _passwords,
        "channels": _channels, "tls": _tls, "drivers": _drivers, "engine": _engine, "spreadsheets": _spreadsheets,
        "documents": _documents,
    }  # fmt: skip
    for name, check in checks.items():
        try:
            yield name, check()
        except Exception as error:
            # A border: whatever is wrong with one part, the others are looked at, too.
            yield name, error if str(error) else Missing(repr(error))


def _need(there: object, what: object) -> None:
    if not there:
        raise Missing(str(what))


def _modules() -> int:
    package = importlib.import_module(PACKAGE)
    names = [one.name for one in pkgutil.walk_packages(package.__path__, f"{PACKAGE}.")]
    found = [importlib.import_module(name) for name in names if name not in STARTS]
    _need(len(found) > 500, names)
    return len(found)


def _libraries(names: list[str]) -> int:
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    _need(not missing, missing)
    return len(names)


def _templates(app: Flask) -> int:
    names = app.jinja_env.list_templates(extensions=["html", "txt", "xml"])
    for name in names:
        app.jinja_env.get_template(name)
    _need("layouts/base.html" in names and "security/base.html" in names, "security/base.html")
    return len(names)


def _static() -> int:
    vendor = STATIC / "vendor"
    told = json.loads((vendor / "manifest.json").read_text("utf-8"))
    changed = [one["file"] for one in told if _digest(vendor / one["file"]) != one["sha256"]]
    _need(told and not changed, changed)
    return len(told)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _catalogues() -> int:
    codes = [code for code in LANGUAGES if code != SOURCE]
    empty = [code for code in codes if not gettext.translation("messages", TRANSLATIONS, [code]).info()]
    _need(not empty, empty)
    return len(codes)


def _recipes() -> int:
    registry.load()
    _need(len(registry.all_gateways()) > len(registry.class_keys()), "gateways/recipes")
    return len(registry.all_gateways())


def _database() -> int:
    migrate_database(db.engine)
    _need(sqlite.sqlite_version_info >= SQLITE_FLOOR, sqlite.sqlite_version)
    return len(db.metadata.tables)


def _guide() -> int:
    found = list((DOCS / "guia").glob("*.md"))
    _need(found and (DOCS / "guia" / "img").is_dir(), DOCS)
    return len(found)


def _time_zone() -> str:
    """The one file brings the zones along, for a system without them."""
    if not FROZEN:
        return ZONE
    region, city = ZONE.split("/")
    _need((files("tzdata") / "zoneinfo" / region / city).read_bytes()[:4] == b"TZif", ZONE)
    return ZONE


def _languages() -> str:
    return "  ".join(format_currency(Decimal("1234.5"), "BRL", locale=code) for code in LANGUAGES)


def _holidays() -> date:
    day = date(2026, 9, 7)
    _need(holidays_of("SP")(day), day)
    return day


def _passwords() -> str:
    # A password that is easy to guess is refused: the lists of them are there.
    operator = create_operator("self-check@example.com", secrets.token_urlsafe(12), "admin")
    _need(str(operator.password).startswith("$argon2"), "argon2")
    return "argon2"


def _channels() -> int:
    known = {word for one in Apprise().details()["schemas"] for kind in ("protocols", "secure_protocols")
             for word in one[kind] or ()}  # fmt: skip
    missing = [word for kind in KINDS.values() for word in kind.schemes if word not in known]
    _need(not missing, missing)
    return len(known)


def _tls() -> int:
    trusted = ssl.create_default_context(cafile=certifi.where()).get_ca_certs()
    _need(len(trusted) > 50, certifi.where())
    return len(trusted)


def _drivers() -> str:
    return f"SQLite {sqlite.sqlite_version}, libpq {psycopg.pq.version()} ({psycopg.pq.__impl__})"


def _engine() -> int:
    """The tables of the engine for many machines are files of its library."""
    schema = (files("procrastinate") / "sql" / "schema.sql").read_text("utf-8")
    _need("procrastinate_jobs" in schema, "procrastinate/sql/schema.sql")
    return len(schema)


def _spreadsheets() -> int:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet().write_row(0, 0, ["Maria", 1])
    rows = CalamineWorkbook.from_filelike(io.BytesIO(written.getvalue())).get_sheet_by_index(0).to_python()
    _need(rows == [["Maria", 1.0]], rows)
    return len(rows)


def _documents() -> int:
    written = io.BytesIO()
    paper = Canvas(written)
    paper.drawString(72, 720, "Maria")
    paper.save()
    pages = pypdf.PdfReader(written).pages
    _need(pages[0].extract_text().strip() == "Maria", "PDF")
    return len(pages)
