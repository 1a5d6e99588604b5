"""The first steps of a new hub: how far they are, told by what there is, and what a person chose to skip."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, or_, select

from webapp.extensions import db
from webapp.models import Account, Event, Integration, PackageProduct, PlanPackage, Product, Setting, SourceLink
from webapp.models.account import ACTIVE
from webapp.services import provider
from webapp.services.changes import commit
from webapp.services.errors import NotFound
from webapp.services.integration_reports import TEST
from webapp.services.provider import Provider

NAME = "first_run"
PROVIDER, PLATFORM, TESTED, PRODUCTS, PACKAGE, PLAN, CUSTOMER = STEPS = (
    "provider", "platform", "test", "products", "package", "plan", "customer",
)  # fmt: skip
WATCHING = "watching"


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        done: what it is about is there.
        skipped: a person went past it; it can be done all the same.
        now: the first one that is neither.
    """

    key: str
    done: bool
    skipped: bool
    now: bool = False


@dataclass(frozen=True)
class Progress:
    """How far the first steps are.

    Attributes:
        watching: somebody has an account that is active on its platform.
    """

    steps: Sequence[Step]
    provider: Provider
    watching: bool = False

    @property
    def settled(self) -> int:
        """How many are done or skipped."""
        return sum(step.done or step.skipped for step in self.steps)

    @property
    def now(self) -> str:
        """Key of the step to be done now; empty when none is left."""
        return next((step.key for step in self.steps if step.now), "")


@dataclass(frozen=True)
class _Kept:
    skipped: frozenset[str] = frozenset()
    closed: bool = False
    begun: bool = False


def progress() -> Progress:
    """Return how far the first steps are, also where the dashboard shows them no more; two questions."""
    rows = db.session.scalars(select(Setting).where(Setting.name.in_((NAME, provider.NAME)))).all()
    texts = {row.name: row.value for row in rows}
    return _progress(_kept(texts.get(NAME, "")), texts.get(provider.NAME, ""))


def invitation(kept_text: str, provider_text: str, peopled: bool) -> Progress | None:
    """Return how far they are where the dashboard invites to them, else None; at most one question.

    Args:
        kept_text, provider_text: values of the settings ``NAME`` and ``provider.NAME``; empty = there are none.
        peopled: there are accounts: a hub that was at work when the steps came has none to take.
    """
    kept = _kept(kept_text)
    if kept.closed or (peopled and not kept.begun):
        return None
    found = _progress(kept, provider_text)
    return found if found.now else None


def _progress(kept: "_Kept", provider_text: str) -> Progress:
    known = provider.provider_from(provider_text)
    facts = {PROVIDER: bool(known.name), **_facts()}
    return Progress(_steps(facts, kept.skipped), known, facts[WATCHING])


def _steps(done: Mapping[str, bool], skipped: Collection[str]) -> list[Step]:
    left = next((key for key in STEPS if not done[key] and key not in skipped), "")
    return [Step(key, done[key], key in skipped and not done[key], now=key == left) for key in STEPS]


def begin() -> None:
    """Note in the caller's transaction that this hub is new; the caller commits."""
    _write(_Kept(begun=True))


def skip(step: str) -> None:
    """Go past a step, and commit; it can be done later all the same.

    Raises:
        NotFound: there is no such step; answer 404.
    """
    if step not in STEPS:
        raise NotFound("first_step_unknown", {"step": step})
    kept = _read()
    _write(_Kept(kept.skipped | {step}, kept.closed, begun=True))
    commit()


def close() -> None:
    """Show the steps on the dashboard no more, and commit; their page stays."""
    _write(_Kept(_read().skipped, closed=True, begun=True))
    commit()


def _facts() -> dict[str, bool]:
    """Ask for everything at once: each part ends at the first row that it finds."""
    active = exists().where(Integration.active.is_(True))
    tested = exists().where(
        Event.object_type == "integration", Event.action == TEST, Event.after["ok"].as_boolean().is_(True)
    )  # fmt: skip
    fed = or_(exists().where(Account.id.is_not(None)), exists().where(SourceLink.id.is_not(None)))
    parts: dict[str, ColumnElement[bool]] = {
        PLATFORM: active,
        TESTED: active & tested,
        PRODUCTS: exists().where(Product.missing_since.is_(None)),
        PACKAGE: exists().where(PackageProduct.package_id.is_not(None)),
        PLAN: exists().where(PlanPackage.id.is_not(None)),
        CUSTOMER: fed,
        WATCHING: exists().where(Account.integration_id == Integration.id, Account.status == ACTIVE),
    }
    row = db.session.execute(select(*parts.values())).one()
    return {name: bool(value) for name, value in zip(parts, row, strict=True)}


def _read() -> _Kept:
    row = db.session.get(Setting, NAME)
    return _kept(row.value if row is not None else "")


def _kept(text: str) -> _Kept:
    raw = json.loads(text) if text else {}
    return _Kept(frozenset(raw.get("skipped", ())), bool(raw.get("closed")), bool(raw.get("begun")))


def _write(kept: _Kept) -> None:
    value = {"skipped": sorted(kept.skipped), "closed": kept.closed, "begun": kept.begun}
    db.session.merge(Setting(name=NAME, value=json.dumps(value)))
