"""What tests of the pages of customers and services share."""

from sqlalchemy import select

from tests.web.page import Page
from webapp.extensions import db
from webapp.models import Service


def held(service: Service) -> set[int]:
    """Return the ids of the packages that a service holds, as stored."""
    db.session.expire_all()
    return {sale.package_id for sale in service.packages if sale.removed_at is None}


def fields(found: Page) -> dict[str, str]:
    """Return what the page's forms would send, check boxes aside."""
    boxes = ("checkbox", "radio")
    inputs = [attrs for attrs in found.all("input") if attrs.get("name") and attrs.get("type") not in boxes]
    return {attrs["name"]: attrs.get("value", "") for attrs in inputs}


def ticked(found: Page, name: str = "packages") -> list[str]:
    """Return the values of the boxes of that name that are ticked."""
    return [attrs["value"] for attrs in found.all("input") if attrs.get("name") == name and "checked" in attrs]


def part_of(text: str) -> Page:
    """Return a fragment, which is no page of its own."""
    page = Page()
    page.feed(text)
    return page


def the_service(code: str = "S-1") -> Service:
    """Return the service of that code."""
    return db.session.scalars(select(Service).where(Service.code == code)).one()
