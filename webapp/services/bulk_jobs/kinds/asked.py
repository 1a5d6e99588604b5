"""What an action is about besides its rows: a package, a plan."""

from webapp.extensions import db
from webapp.models import Package, Plan
from webapp.services.bulk_jobs.contract import Params
from webapp.services.errors import Problem
from webapp.services.pages import read_id


def asked_id(params: Params, name: str) -> int | None:
    """Return the id that was asked for; None where nothing was, or no id."""
    return read_id(str(params.get(name) or ""))


def asked_package(params: Params) -> Package | None:
    """Return the package that was asked for, or None where there is no such one."""
    package_id = asked_id(params, "package_id")
    return db.session.get(Package, package_id) if package_id is not None else None


def package_problems(params: Params) -> list[Problem]:
    """Return what is wrong with the package that was asked for."""
    if not params.get("package_id"):
        return [Problem("package_id", "bulk_package_missing")]
    if asked_package(params) is None:
        return [Problem("package_id", "package_id_unknown", {"id": params["package_id"]})]
    return []


def plan_problems(params: Params) -> list[Problem]:
    """Return what is wrong with the plan to which services are narrowed; none is a plan, too."""
    plan_id = asked_id(params, "plan_id")
    if not params.get("plan_id") or (plan_id is not None and db.session.get(Plan, plan_id) is not None):
        return []
    return [Problem("plan_id", "plan_id_unknown", {"id": params["plan_id"]})]
