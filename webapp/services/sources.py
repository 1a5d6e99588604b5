"""Sources: configured ERPs and spreadsheets from which customers, services and their statuses come."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, select, update

from webapp.clock import utc_now
from webapp.decide.params import nearest
from webapp.extensions import db
from webapp.models import Source, SourceLink, SourcePull
from webapp.services import audit
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot, touch
from webapp.services.errors import Conflict, Invalid, Problem
from webapp.services.hub import current_hub
from webapp.services.inputs import SourceInput
from webapp.services.integration_params import (
    forget_secrets,
    masked_params,
    public_params,
    secret_names_set,
    store_params,
)
from webapp.services.one_way import token_hash
from webapp.services.source_params import address_changed, declared, source_problems
from webapp.services.source_reports import TEST, SourceReport, try_source
from webapp.sources.contract import SourceAbility, SourceTraits
from webapp.sources.registry import UnknownSource, all_sources
from webapp.sources.registry import get_source as get_kind

__all__ = [
    "SourceTraits", "all_sources", "all_traits", "create_source", "get_source", "hook_url", "list_sources",
    "prefix_twin", "public_params", "resume_source", "rotate_hook", "run_test", "secret_names_set",
    "set_source_active", "source_version", "traits_or_refuse", "update_source",
]  # fmt: skip

FIELDS = (
    "kind", "description", "active", "precedence", "code_prefix", "full_interval_s", "light_interval_s",
)  # fmt: skip
OLD_HOOK_LIVES = timedelta(hours=24)


def list_sources() -> Sequence[Source]:
    """Return all sources in the order of their ids."""
    return db.session.scalars(select(Source).order_by(Source.id)).all()


def get_source(source_id: int) -> Source:
    """Return a source.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Source, source_id, "source_not_found")


def all_traits() -> list[SourceTraits]:
    """Return what every kind of source declares, in the order in which they are offered."""
    return [kind.traits for kind in all_sources()]


def traits_or_refuse(key: str) -> SourceTraits:
    """Return what a kind of source declares.

    Raises:
        Invalid: there is no such kind; those that exist are listed.
    """
    try:
        return get_kind(key).traits
    except UnknownSource as error:
        keys = sorted(kind.traits.key for kind in all_sources())
        params = {"value": key, "meant": nearest(key, keys) or "-", "allowed": ", ".join(keys)}
        raise Invalid([Problem("kind", "source_kind_unknown", params)]) from error


def source_version(source: Source) -> str:
    """Return what tells one state of the settings from the next; a form carries it.

    Readings write to the row too, so its own version says more than an editor needs to know.
    """
    params = [(param.name, param.value, param.sealed) for param in source.params]
    return hashlib.sha256(repr((snapshot(source, FIELDS), params)).encode()).hexdigest()[:32]


def create_source(data: SourceInput) -> Source:
    """Configure a source, and commit. Nothing is read by itself before a person has started a first whole reading.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    traits = traits_or_refuse(data.kind)
    refuse_if(source_problems(traits, data.params, set(), set()) + _problems(data, traits, None))
    source = Source(**_values(data))
    db.session.add(source)
    db.session.flush()
    store_params(source, declared(traits), data.params)
    _new_hook(source)
    audit.record("source.create", "source", source.id, source.description, after=_seen(source))
    commit()
    return source


def update_source(source_id: int, data: SourceInput, version: int | str | None = None) -> Source:
    """Change a source and commit; equal data change nothing. New params end a pause.

    Another kind, or an address on another server, keeps no secret: those of one ERP are never sent to another.

    Args:
        version: the row's own, or what ``source_version`` said when the form was opened.

    Raises:
        NotFound: no such source.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """
    source = get_source(source_id)
    _check(source, version)
    traits = traits_or_refuse(data.kind)
    stored = secret_names_set(source)
    moved = data.kind != source.kind or address_changed(source, traits, data.params)
    kept, forgotten = (set(), stored) if moved else (stored, set())
    refuse_if(source_problems(traits, data.params, kept, forgotten) + _problems(data, traits, source))
    before = _seen(source)
    fresh = _write(source, data, traits, moved)
    after = _seen(source, fresh)
    if before != after:
        audit.record("source.update", "source", source.id, source.description, before=before, after=after)
    commit()
    return source


def set_source_active(source_id: int, active: bool, reason: str = "") -> Source:
    """Switch a source on or off, and commit. Off reads nothing, forgets nothing and ends nothing.

    Whoever switches it off may have seen it go wrong, so what is under way stops too, at its next page or batch.

    Raises:
        NotFound: no such source.
    """
    source = get_source(source_id)
    if source.active != active:
        source.active = active
        if active:
            _clear_pause(source)
            _read_soon(source)
        else:
            _stop_pulls(source.id)
        audit.record(
            "source.active", "source", source.id, source.description,
            before={"active": not active}, after={"active": active}, reason=reason,
        )  # fmt: skip
    commit()
    return source


def resume_source(source_id: int) -> Source:
    """End a pause and read again soon, and commit; without a pause nothing changes.

    Raises:
        NotFound: no such source.
    """
    source = get_source(source_id)
    if source.paused_code or source.failures:
        _resume(source)
    commit()
    return source


def hook_url(source: Source) -> str:
    """Return the address to which the ERP pushes: absolute where the hub knows its own.

    Raises:
        VaultError: restore the encryption key.
    """
    hub = current_hub()
    token = hub.vault.open(source.hook_token or "", hook_place(source.id))
    return f"{hub.settings.base_url}/hook/{token}"


def rotate_hook(source_id: int) -> str:
    """Make a new push address, commit, and return it; the old one works for 24 hours more.

    Raises:
        NotFound: no such source.
    """
    source = get_source(source_id)
    source.hook_old_hash, source.hook_old_until = source.hook_hash, utc_now() + OLD_HOOK_LIVES
    _new_hook(source)
    audit.record("source.hook", "source", source.id, source.description)
    commit()
    return hook_url(source)


def run_test(source_id: int) -> SourceReport:
    """Try address and credentials and return each step; a success ends a pause and learns the ERP's statuses.

    Raises:
        NotFound: no such source.
        UnknownSource: its kind is gone.
        VaultError: restore the encryption key; nothing was sent.
    """
    get_source(source_id)
    # An ERP may take its time: no transaction waits for it.
    db.session.rollback()
    report = try_source(source_id)
    source = get_source(source_id)
    after = {"ok": report.ok, "failed": report.failed}
    audit.record(TEST, "source", source.id, source.description, after=after)
    report.note_words(source_id)
    if report.ok and source.paused_code:
        _resume(source)
    commit()
    return report


def prefix_twin(source_id: int, code_prefix: str) -> Source | None:
    """Return another source with the same prefix, whose codes may mean other customers."""
    return db.session.scalar(
        select(Source).where(Source.code_prefix == code_prefix, Source.id != source_id).order_by(Source.id).limit(1)
    )


def _check(source: Source, version: int | str | None) -> None:
    if isinstance(version, str):
        if version != source_version(source):
            raise Conflict("stale", {"id": source.id})
        return
    check_version(source, version)


def _problems(data: SourceInput, traits: SourceTraits, source: Source | None) -> list[Problem]:
    problems = []
    own_id = source.id if source else 0
    twin = db.session.scalar(
        select(func.min(Source.id)).where(Source.description == data.description, Source.id != own_id)
    )
    if twin:
        params = {"description": data.description, "id": twin}
        problems.append(Problem("description", "source_description_taken", params))
    if data.light_interval_s is not None and not traits.can(SourceAbility.CHANGES):
        problems.append(Problem("light_interval_s", "source_no_changes", {"source": traits.label}))
    if source is not None and _has_links(source.id):
        problems += _frozen_problems(source, data)
    return problems


def _frozen_problems(source: Source, data: SourceInput) -> list[Problem]:
    """What the codes of customers hang on stays as long as there are any."""
    problems = []
    if data.kind != source.kind:
        problems.append(Problem("kind", "source_kind_frozen", {"kind": source.kind}))
    if data.code_prefix != source.code_prefix:
        problems.append(Problem("code_prefix", "source_prefix_frozen", {"prefix": source.code_prefix or "-"}))
    return problems


def _has_links(source_id: int) -> bool:
    return bool(db.session.scalar(select(exists().where(SourceLink.source_id == source_id))))


def _values(data: SourceInput) -> dict[str, Any]:
    return {name: getattr(data, name) for name in FIELDS}


def _write(source: Source, data: SourceInput, traits: SourceTraits, moved: bool) -> set[str]:
    times = (source.full_interval_s, source.light_interval_s)
    if moved:
        forget_secrets(source, data.params.keys())
        # It counts as the former ERP did.
        source.light_cursor = ""
    assign(source, _values(data))
    fresh = store_params(source, declared(traits), data.params)
    if fresh or moved:
        touch(source)
        _clear_pause(source)
    if times != (source.full_interval_s, source.light_interval_s):
        _schedule(source)
    return fresh


def _schedule(source: Source) -> None:
    """Count the new intervals from now; a source that nobody has read yet has no schedule."""
    if source.full_due_at is None:
        return
    now = utc_now()
    source.full_due_at = now + timedelta(seconds=source.full_interval_s)
    source.light_due_at = now if source.light_interval_s is not None else None


def _read_soon(source: Source) -> None:
    """Read at once what is read by a schedule."""
    now = utc_now()
    source.full_due_at = now if source.full_due_at else None
    source.light_due_at = now if source.light_due_at else None


def _stop_pulls(source_id: int) -> None:
    at_work = (SourcePull.source_id == source_id, SourcePull.status.in_(("reading", "applying")))
    db.session.execute(update(SourcePull).where(*at_work).values(stop_requested=True))


def _resume(source: Source) -> None:
    before = {"paused": source.paused_code}
    _clear_pause(source)
    _read_soon(source)
    audit.record("source.resume", "source", source.id, source.description, before=before, after={"paused": None})


def _clear_pause(source: Source) -> None:
    source.failures = 0
    source.paused_code = source.paused_at = None
    source.paused_params = {}


def hook_place(source_id: int) -> str:
    """Return where the token of a push address is sealed."""
    return f"source:hook_token:{source_id}"


def _new_hook(source: Source) -> None:
    token = secrets.token_urlsafe(32)
    source.hook_token = current_hub().vault.seal(token, hook_place(source.id))
    source.hook_hash = token_hash(token)


def _seen(source: Source, fresh: Collection[str] = ()) -> dict[str, Any]:
    return {**snapshot(source, FIELDS), "params": masked_params(source, fresh)}
