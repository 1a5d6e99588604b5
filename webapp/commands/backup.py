"""``backup`` and ``restore``."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import click
from flask_babel import gettext as _

from webapp.clock import utc_now
from webapp.commands.program import ACTOR, FAILED, Program, opened, pass_program
from webapp.commands.restore_target import Target, target_of
from webapp.config import Settings
from webapp.extensions import db
from webapp.jobs.owner import ServeLock
from webapp.messages import explain
from webapp.models.backup import DONE
from webapp.services.audit import acting_as
from webapp.services.backups import making, scratch, settling, staging
from webapp.services.backups.errors import BackupRefused
from webapp.services.backups.packing import Openers
from webapp.services.backups.places import openers as own_openers
from webapp.services.backups.settling import Settled
from webapp.services.backups.staging import Staged
from webapp.services.hub import current_hub
from webapp.services.privacy.ledger import Entry

Folder = click.Path(exists=True, file_okay=False, path_type=Path)
File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("backup")
@click.argument("folder", type=Folder, required=False)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def backup_command(program: Program, folder: Path | None, as_json: bool) -> None:
    """Make a backup now, beside a hub that serves, and look whether it opens.

    Without DIR it lies with the others, is copied to the second place, and goes with the rotation.
    """
    with opened(program):
        row = making.make_now(folder.resolve() if folder else None)
        words = str(explain(row.error_code, row.error_params)) if row.error_code else ""
        if as_json:
            click.echo(json.dumps({"file": row.file, "sha256": row.sha256, "size_bytes": row.size_bytes,
                                   "encrypted": row.encrypted, "verified": row.verified_at is not None,
                                   "error": row.error_code}))  # fmt: skip
        elif row.status == DONE:
            click.echo(_("Made and opened again: %(file)s", file=row.file) if row.verified_at else
                       _("Made: %(file)s", file=row.file))  # fmt: skip
        if words:
            click.echo(words, err=True)
        failed = row.status != DONE
        db.session.rollback()
    if failed:
        raise click.exceptions.Exit(FAILED)


@dataclass(frozen=True)
class _Wish:
    """What the command was told."""

    source: Path
    openers: Openers
    only_check: bool
    without_keys: bool
    yes: bool


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Only open it and look whether it is whole.")
@click.option("--identity", type=File, help="File with the private key (age, or SSH) that opens it.")
@click.option("--passphrase-file", type=File, help="File with the passphrase that opens it.")
@click.option("--without-keys", is_flag=True, help="Although its secrets do not open with the keys at hand.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_program
def restore_command(
    program: Program, file: Path, only_check: bool, identity: Path | None, passphrase_file: Path | None,
    without_keys: bool, yes: bool,
) -> None:  # fmt: skip
    """Put a backup in the place of the database. The replaced one stays beside it.

    The hub must not be running. Afterwards it only observes until a person approves on the page "Observing".
    """
    with opened(program, migrate=False):
        settings = current_hub().settings
        wish = _Wish(file, _openers(identity, passphrase_file), only_check, without_keys, yes)
        # Looking at a backup disturbs nobody.
        with ServeLock(settings.instance) if settings.sqlite and not only_check else nullcontext():
            _restore(program, settings, wish)


def _openers(identity: Path | None, passphrase_file: Path | None) -> Openers:
    identities = _identities(identity.read_text("utf-8")) if identity else []
    if passphrase_file is not None:
        return Openers(identities, passphrase_file.read_text("utf-8").strip())
    return Openers(identities, own_openers().passphrase)


def _identities(text: str) -> list[str]:
    """Read an age key file, one key a line, or a whole SSH key."""
    if "PRIVATE KEY-----" in text:
        return [text]
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _restore(program: Program, settings: Settings, wish: _Wish) -> None:
    target = target_of(settings, utc_now())
    if not wish.only_check:
        scratch.sweep(target.place)
    with scratch.folder_in(target.place) as folder:
        staged = staging.stage(wish.source, folder, wish.openers, thorough=wish.only_check)
        _tell(staged)
        if wish.only_check:
            return
        _refuse_without_keys(staged, wish)
        target.refuse_in_use()
        if not wish.yes:
            click.confirm(_("Replace the database by this backup?"), abort=True)
        later = staging.later_erasures(staged, folder, wish.openers)
        settled, kept = _replace(program, target, staged, later)
    settling.anchor(staged)
    _tell_end(settled, kept)


def _replace(program: Program, target: Target, staged: Staged, later: Sequence[Entry]) -> tuple[Settled, str]:
    doors = target.doors()
    fresh = program.make_app(target.prepare(staged))
    try:
        with fresh.app_context(), acting_as(ACTOR):
            try:
                settled = settling.settle(staged, doors, later)
            finally:
                db.session.remove()
                db.engine.dispose()
        return settled, target.put(staged)
    except BaseException:
        target.discard()
        raise


def _refuse_without_keys(staged: Staged, wish: _Wish) -> None:
    secrets = staged.checked.secrets
    if secrets.lost and not wish.without_keys:
        keys = ", ".join(secrets.lost)
        raise BackupRefused("restore_keys_missing", {"closed": secrets.closed, "count": secrets.count, "keys": keys})


def _tell(staged: Staged) -> None:
    manifest, rows = staged.manifest, staged.manifest.rows
    click.echo(
        _(
            "Backup of %(when)s, of version %(program)s: %(customers)s customers, %(accounts)s accounts on platforms. "
            "It is whole.",
            when=manifest.made_at[:16].replace("T", " ") + " UTC", program=manifest.program or "?",
            customers=rows.get("customer", 0), accounts=rows.get("account", 0),
        )
    )  # fmt: skip
    if trouble := staged.checked.trouble:
        secrets = staged.checked.secrets
        click.echo(str(explain(trouble, {"closed": secrets.closed, "count": secrets.count})), err=True)


def _tell_end(settled: Settled, kept: str) -> None:
    click.echo(_("The backup stands in the place of the database."))
    if kept:
        click.echo(_("The replaced one was kept: %(place)s. Remove it when you need it no more.", place=kept))
    if settled.erased_again:
        click.echo(
            _("%(count)s people who were erased since the backup were erased again.", count=settled.erased_again)
        )
    if not settled.doors_known:
        click.echo(_("The replaced database could not be read: look at users and tokens; some may have been revoked."))
    if settled.observing:
        click.echo(
            _("Start the hub. It only observes until you approve on the page “Observing”; nothing is sent before.")
        )
    else:
        click.echo(_("Start the hub."))
