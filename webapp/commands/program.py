"""What every command needs: the application, who acts, and words instead of tracebacks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import click
from flask import Flask, has_app_context
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, OperationalError

from webapp import lazy
from webapp.config import ConfigError
from webapp.database.file import LOST
from webapp.database.trouble import AWAY, RIGHTS, trouble
from webapp.extensions import db
from webapp.gateways.errors import GatewayError
from webapp.jobs.owner import AlreadyServing
from webapp.messages import explain
from webapp.schema import SchemaTooNew, check_known, head_revision, migrate_database
from webapp.services import chain, secrets
from webapp.services.audit import acting_as
from webapp.services.backups.upgrading import way_back
from webapp.services.errors import Invalid, ServiceError
from webapp.services.moving import refuse_moved
from webapp.vault import VaultError

if TYPE_CHECKING:
    from rich import console as terminal
    from rich import progress
else:
    terminal, progress = lazy.module("rich.console"), lazy.module("rich.progress")

USAGE, FAILED, LEFT_OVER = 2, 1, 3
ACTOR = "cli"


@dataclass(frozen=True)
class Program:
    """How the commands get their application; given by whoever starts them.

    Attributes:
        make_app: ``create_app``; takes settings, or reads them itself.
    """

    make_app: Callable[..., Flask]
    version: str


pass_program = click.make_pass_decorator(Program)


@contextmanager
def opened(program: Program, *, migrate: bool = True) -> Iterator[Flask]:
    """Make the application and act in it as ``cli``; expected failures end as one sentence.

    Args:
        migrate: False leaves the schema unseen and writes nothing, for ``doctor``. Otherwise what the command wrote
            into the history is sealed at its end.

    Raises:
        ClickException: shown on standard error; exit code 1.
    """
    with explained():
        app = program.make_app()
        with app.app_context(), acting_as(ACTOR), explained():
            try:
                if migrate:
                    refuse_moved(db.engine)
                    _bring_schema()
                    secrets.check_keys()
                yield app
                if migrate:
                    # What a command read last may hold SQLite's write lock: sealing has a connection of its own.
                    db.session.rollback()
                    chain.seal()
            finally:
                db.session.remove()


@contextmanager
def explained() -> Iterator[None]:
    """Turn failures that people can mend into one sentence with the next step."""
    try:
        yield
    except ConfigError as error:
        raise _failure("\n".join([_("The settings cannot work:"), *error.problems])) from error
    except Invalid as error:
        raise _failure("\n".join(str(explain(one.code, one.params)) for one in error.problems)) from error
    except (ServiceError, GatewayError) as error:
        raise _failure(str(explain(error.code, error.params))) from error
    except VaultError as error:
        raise _failure(
            _("A secret cannot be opened. Restore instance/encryption.keys (or SINTONIA_ENCRYPTION_KEYS) and repeat.")
        ) from error
    except AlreadyServing as error:
        raise _failure(
            _(
                "Another server works on %(place)s already. Stop that one first, or give this one its own folder "
                "with SINTONIA_INSTANCE.",
                place=str(error),
            )
        ) from error
    except SchemaTooNew as error:
        raise _failure(_too_new(error)) from error
    except DBAPIError as error:
        _tell_of_database(error)


@contextmanager
def progress_bar(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on standard error while this lasts; nothing where no person looks on."""
    console = terminal.Console(stderr=True)
    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn(),
               progress.TimeRemainingColumn())  # fmt: skip
    bar = progress.Progress(*columns, console=console, transient=True)
    shown: AbstractContextManager[Any] = bar if console.is_terminal else nullcontext()
    task = bar.add_task(words, total=None)
    with shown:
        yield lambda done, total: bar.update(task, completed=done, total=total or None)


def read_password() -> str:
    """Return the first line of standard input, without its line break."""
    return sys.stdin.readline().rstrip("\r\n")


def _bring_schema() -> None:
    """Make the tables of a fresh instance; an older schema is the server's to migrate."""
    current = check_known(db.engine)
    if current is None:
        migrate_database(db.engine)
    elif current != head_revision():
        raise _failure(_("The database has another version's tables. Start `sintonia serve` once; it migrates them."))


def _tell_of_database(error: DBAPIError) -> NoReturn:
    # A right that lacks is among what PostgreSQL says of wrong statements.
    if not isinstance(error, OperationalError) and trouble(error) != RIGHTS:
        raise error
    raise _failure(_said_of_database(error)) from error


def _said_of_database(error: DBAPIError) -> str:
    code, reason = trouble(error), str(error.orig)
    if code in LOST or (code.startswith("database_") and code != AWAY):
        return f"{explain(code)} ({reason})"
    return _("The database does not answer (%(reason)s). Run `sintonia doctor` to see why.", reason=reason)


def _too_new(error: SchemaTooNew) -> str:
    """Say why, and both ways out. An older program would read tables that it does not understand."""
    words = _(
        "The database was made by a newer version of Sintonia: its tables are of revision %(current)s, this version "
        "knows them up to %(known)s. Nothing was changed. Start the newer version again; or go back to a backup that "
        "was made before the upgrade, with `sintonia restore FILE`.",
        current=error.current, known=head_revision(),
    )  # fmt: skip
    found = way_back() if has_app_context() else None
    return f"{words} " + (_("The newest one that fits: %(file)s", file=found) if found else "").strip()


def _failure(text: str) -> click.ClickException:
    return click.ClickException(text)
