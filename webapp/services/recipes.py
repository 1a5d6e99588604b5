"""The provider's own recipes: every version is kept, one of each key runs, no restart is needed."""

import threading
from dataclasses import dataclass, field
from itertools import count
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from webapp.clock import monotonic_s, utc_now
from webapp.extensions import db
from webapp.gateways import registry
from webapp.gateways.registry import OwnRecipe
from webapp.models import Integration, RecipeVersion
from webapp.services import audit
from webapp.services.changes import commit
from webapp.services.errors import Conflict, NotFound
from webapp.services.recipe_texts import RecipeRefused, compile_text, plain_text, renamed

__all__ = [
    "ACTIVE_IDS", "RecipeRefused", "activate_version", "active_version", "copy_text", "current_text", "edition",
    "get_version", "is_known", "refresh", "remove_own", "root_id", "running_text", "save_version",
]  # fmt: skip

REFRESH_S = 5.0
ACTIVE_IDS = select(RecipeVersion.id).where(RecipeVersion.active)
log = structlog.get_logger()
_TABLE = RecipeVersion.__table__


@dataclass
class _Pulse:
    """When a database was asked last."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    asked_at: float | None = None

    def is_due(self) -> bool:
        return self.asked_at is None or monotonic_s() - self.asked_at >= REFRESH_S


_pulses: "WeakKeyDictionary[Engine, _Pulse]" = WeakKeyDictionary()


def refresh(engine: Engine | None = None, *, at_once: bool = False) -> None:
    """Take over what was made active here or in another process.

    Call it before gateways are looked up, wherever that is not a page. The database is asked every
    ``REFRESH_S`` seconds at most; one that cannot be asked, or has no tables yet, leaves all as it is.

    Args:
        engine: of the database, for a thread without an application context.
    """
    engine = engine or db.engine
    pulse = _pulses.setdefault(engine, _Pulse())
    if not at_once and not pulse.is_due():
        return
    with pulse.lock:
        if not at_once and not pulse.is_due():
            return
        try:
            own = _changed(engine)
            if own is not None:
                registry.load(own)
        except SQLAlchemyError as error:
            log.info("recipes.not_read", reason=type(error).__name__)
        finally:
            # Not before: another thread that finds nothing due takes what is loaded for all there is.
            pulse.asked_at = monotonic_s()


def edition(key: str) -> str:
    """Return what the recipes of a key are like now; an edit brings back the one that it was begun on."""
    row = db.session.execute(
        select(
            func.coalesce(func.max(RecipeVersion.number), 0),
            func.coalesce(func.max(RecipeVersion.number).filter(RecipeVersion.active), 0),
        ).where(RecipeVersion.key == key)
    ).one()
    return f"{row[0]}.{row[1]}"


def save_version(text: str, *, reason: str, base: str, key: str = "") -> RecipeVersion:
    """Check a recipe, keep it as the next version of its key, commit, and let it run.

    A text that equals the version that runs changes nothing.

    Args:
        base: the ``edition`` that the writer saw; of a key that is new, ``"0.0"``.
        key: what the recipe must be called; empty = as it likes, if no bundled recipe is called so.

    Raises:
        RecipeRefused: show every problem beside its line; what ran runs on.
        Conflict: ``recipe_stale``; somebody saved or activated another version meanwhile.
    """
    text = plain_text(text)
    found = compile_text(text, key).traits.key
    active = active_version(found)
    if active is not None and active.text == text:
        return active
    if edition(found) != base:
        raise Conflict("recipe_stale", {"gateway": found})
    version = RecipeVersion(
        key=found, number=_last_number(found) + 1, text=text, reason=reason, actor=audit.current_actor(),
        created_at=utc_now(),
    )  # fmt: skip
    db.session.add(version)
    _activate(version, active, Conflict("recipe_stale", {"gateway": found}))
    _tell("recipe.update" if version.number > 1 else "recipe.create", version, active, reason)
    return _installed(version)


def activate_version(key: str, number: int, *, reason: str = "") -> RecipeVersion:
    """Let an older or newer version run from now on, and commit.

    Raises:
        NotFound: no such version.
        RecipeRefused: this program cannot run it any more; copy it into a new version and mend it there.
        Conflict: somebody else was faster.
    """
    version, active = get_version(key, number), active_version(key)
    if version.active:
        return version
    compile_text(version.text, key)
    _activate(version, active, Conflict("recipe_stale", {"gateway": key}))
    _tell("recipe.activate", version, active, reason)
    return _installed(version)


def remove_own(key: str, *, reason: str = "") -> None:
    """Let no version of a key run, and commit: the bundled recipe takes over where there is one.

    The versions are kept; each can be made active again. Without one that runs, nothing changes.

    Raises:
        Conflict: ``recipe_in_use``; integrations need it and there is no bundled one.
    """
    active = active_version(key)
    if active is None:
        return
    users = db.session.scalar(select(func.count()).where(Integration.gateway == key)) or 0
    if users and key not in registry.bundled():
        raise Conflict("recipe_in_use", {"gateway": key, "count": users})
    active.active = False
    audit.record("recipe.remove", "recipe", root_id(key), key, before=_seen(active), after={}, reason=reason)
    commit()
    refresh(at_once=True)


def get_version(key: str, number: int) -> RecipeVersion:
    """Return one version.

    Raises:
        NotFound: answer 404.
    """
    wanted = select(RecipeVersion).where(RecipeVersion.key == key, RecipeVersion.number == number)
    found: RecipeVersion | None = db.session.scalar(wanted)
    if found is None:
        raise NotFound("recipe_version_missing", {"gateway": key, "number": number})
    return found


def active_version(key: str) -> RecipeVersion | None:
    """Return the version that runs; None when none does."""
    return db.session.scalar(select(RecipeVersion).where(RecipeVersion.key == key, RecipeVersion.active))


def current_text(key: str) -> str:
    """Return the recipe that runs, or would run if it had no problems: the provider's own, else the bundled one.

    Raises:
        NotFound: the gateway is no recipe, or not there.
    """
    text = running_text(key)
    if not text:
        raise NotFound("recipe_missing", {"gateway": key})
    return text


def running_text(key: str) -> str:
    """Return what ``current_text`` returns; empty where there is nothing."""
    active = active_version(key)
    return active.text if active is not None else registry.bundled_text(key) or ""


def copy_text(key: str) -> str:
    """Return a recipe under a key that is free, as the beginning of one for another platform.

    Raises:
        NotFound: the gateway is no recipe, or not there.
    """
    text = current_text(key)
    free = next(name for name in (f"{key}_{number}" for number in count(2)) if not is_known(name))
    return renamed(text, free)


def is_known(key: str) -> bool:
    """Tell whether a gateway, or at least a version of a recipe, has this key."""
    return key in registry.bundled() or root_id(key) is not None


def root_id(key: str) -> int | None:
    """Return the id of a recipe's first version, which stands for the recipe in the history."""
    return db.session.scalar(select(func.min(RecipeVersion.id)).where(RecipeVersion.key == key))


def _changed(engine: Engine) -> dict[str, OwnRecipe] | None:
    """Return what runs by key; None when that is loaded already."""
    loaded = {own.id for own in registry.own_recipes().values()}
    with engine.connect().execution_options(reads_only=True) as connection:
        if set(connection.scalars(ACTIVE_IDS)) == loaded:
            return None
        rows = connection.execute(select(_TABLE).where(_TABLE.c.active)).all()
    return {row.key: OwnRecipe(row.id, row.key, row.number, row.text) for row in rows}


def _last_number(key: str) -> int:
    return db.session.scalar(select(func.max(RecipeVersion.number)).where(RecipeVersion.key == key)) or 0


def _activate(version: RecipeVersion, former: RecipeVersion | None, overtaken: Conflict) -> None:
    """One at a time is active, also for the moment between two statements.

    Raises:
        Conflict: ``overtaken``; on PostgreSQL two may come as far as this, and the index lets one pass.
    """
    try:
        if former is not None:
            former.active = False
            db.session.flush()
        version.active = True
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise overtaken from error


def _tell(action: str, version: RecipeVersion, former: RecipeVersion | None, reason: str) -> None:
    before = None if former is None else _seen(former)
    audit.record(
        action, "recipe", root_id(version.key), version.key, before=before, after=_seen(version), reason=reason
    )


def _seen(version: RecipeVersion) -> dict[str, int]:
    return {"version": version.number}


def _installed(version: RecipeVersion) -> RecipeVersion:
    commit()
    refresh(at_once=True)
    return version
