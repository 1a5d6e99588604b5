"""Plans: internet plans, and the packages that come with them."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from webapp.decide.params import SALE, is_secret, param_flaws
from webapp.extensions import db
from webapp.models import Package, Plan, PlanPackage
from webapp.services import audit
from webapp.services.buyers import traits_of
from webapp.services.changes import assign, check_version, commit, get_or_refuse, refuse_if, snapshot, touch
from webapp.services.errors import Problem
from webapp.services.inputs import PlanInput, PlanPackageInput
from webapp.services.plan_sales import single_package_problems

FIELDS = (
    "description", "value", "technology", "download_kbps", "upload_kbps", "band_control", "lock_packages",
    "contract_months", "active",
)  # fmt: skip


def get_plan(plan_id: int) -> Plan:
    """Return a plan.

    Raises:
        NotFound: answer 404.
    """
    return get_or_refuse(Plan, plan_id, "plan_unknown")


def create_plan(data: PlanInput) -> Plan:
    """Make a plan and commit.

    Raises:
        Invalid: show every problem beside its field; nothing was made.
    """
    plan = add_plan(data)
    commit()
    return plan


def add_plan(data: PlanInput) -> Plan:
    """Make a plan in the caller's transaction; the caller commits.

    Raises:
        Invalid: as ``create_plan``.
    """
    refuse_if(_problems(data, None))
    plan = Plan(**_values(data))
    db.session.add(plan)
    _write_links(plan, data.packages)
    db.session.flush()
    audit.record("plan.create", "plan", plan.id, plan.description, after=_seen(plan))
    return plan


def update_plan(plan_id: int, data: PlanInput, version: int | None = None) -> Plan:
    """Change a plan and commit; equal data change nothing. Customers who have it are not touched.

    Raises:
        NotFound: no such plan.
        Invalid: show every problem; nothing was changed.
        Conflict: ``stale``; somebody changed it meanwhile.
    """
    plan = get_plan(plan_id)
    check_version(plan, version)
    refuse_if(_problems(data, plan))
    before = _seen(plan)
    changed, links_changed = assign(plan, _values(data)), _write_links(plan, data.packages)
    if links_changed:
        touch(plan)
    db.session.flush()
    if changed or links_changed:
        audit.record("plan.update", "plan", plan.id, plan.description, before=before, after=_seen(plan))
    commit()
    return plan


def set_plan_active(plan_id: int, active: bool, reason: str = "") -> Plan:
    """Offer a plan or not, and commit; who has it keeps it.

    Raises:
        NotFound: no such plan.
    """
    plan = get_plan(plan_id)
    turn_plan(plan, active, reason)
    commit()
    return plan


def turn_plan(plan: Plan, active: bool, reason: str = "") -> None:
    """Like ``set_plan_active``, in the caller's transaction; the caller commits."""
    if plan.active == active:
        return
    plan.active = active
    action = "plan.activate" if active else "plan.deactivate"
    before, after = {"active": not active}, {"active": active}
    audit.record(action, "plan", plan.id, plan.description, before=before, after=after, reason=reason)


def _problems(data: PlanInput, plan: Plan | None) -> list[Problem]:
    own_id = plan.id if plan else 0
    problems = []
    if db.session.scalar(select(Plan.id).where(Plan.description == data.description, Plan.id != own_id)):
        problems.append(Problem("description", "plan_description_taken", {"plan": data.description}))
    held = {link.package_id for link in plan.packages} if plan else set()
    packages: list[Package] = []
    for index, link in enumerate(data.packages):
        package = db.session.get(Package, link.package_id)
        problems += _link_problems(package, link, f"packages.{index}.", held)
        if package is not None and package in packages:
            problems.append(Problem(f"packages.{index}.package_id", "package_twice", {"id": package.id}))
        elif package is not None:
            packages.append(package)
    return problems + single_package_problems(packages, "packages")


def _link_problems(package: Package | None, link: PlanPackageInput, prefix: str, held: set[int]) -> list[Problem]:
    if package is None:
        return [Problem(f"{prefix}package_id", "package_id_unknown", {"id": link.package_id})]
    if not package.active and package.id not in held:
        return [Problem(f"{prefix}package_id", "package_inactive", {"package": package.description})]
    traits = traits_of(package.integration)
    flaws = param_flaws(traits, link.params, SALE) if traits else []
    secret = [name for name in link.params if traits is not None and is_secret(traits, name)]
    # Customers bring what is required; a plan only presets what is the same for all.
    return [Problem(f"{prefix}params.{name}", "plan_param_secret", {"name": name}) for name in secret] + [
        Problem(f"{prefix}params.{flaw.field}", flaw.code, flaw.params)
        for flaw in flaws
        if flaw.code != "param_required"
    ]


def _values(data: PlanInput) -> dict[str, Any]:
    values = {name: getattr(data, name) for name in FIELDS}
    return {**values, "value": data.value.quantize(Decimal("0.01"))}


def _write_links(plan: Plan, wanted: list[PlanPackageInput]) -> bool:
    have = {link.package_id: link for link in plan.packages}
    named = {link.package_id for link in wanted}
    changed = bool(have.keys() - named)
    for package_id in have.keys() - named:
        plan.packages.remove(have[package_id])
    for link in wanted:
        row = have.get(link.package_id)
        if row is None:
            plan.packages.append(PlanPackage(**link.model_dump()))
            changed = True
        else:
            changed = assign(row, {"mandatory": link.mandatory, "params": link.params}) or changed
    return changed


def _seen(plan: Plan) -> dict[str, Any]:
    packages = [
        {"package_id": link.package_id, "mandatory": link.mandatory, "params": dict(link.params)}
        for link in sorted(plan.packages, key=lambda link: link.package_id)
    ]
    return {**snapshot(plan, FIELDS), "packages": packages}
