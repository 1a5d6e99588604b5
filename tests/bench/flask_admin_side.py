"""The same customers in Flask-Admin, served as the hub serves: what the hub's list is measured beside.

Set up as its documentation advises: the columns of our list, search and filters, the services of a page read at once,
pages only for who is signed in. ``python -m tests.bench.flask_admin_side PORT``.
"""

import sys
from typing import Any

import waitress
from flask import Flask, abort, request, session
from flask.typing import ResponseReturnValue
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.filters import FilterEqual
from flask_babel import Babel
from sqlalchemy.orm import selectinload

from webapp.config import load_settings
from webapp.database import engine_options
from webapp.extensions import db
from webapp.jobs.server import WEB_THREADS
from webapp.models import Customer, Operator

PERSON = "person"


class Status(FilterEqual):  # type: ignore[misc]
    """Customers with a service of that status."""

    def apply(self, query: Any, value: Any, alias: Any = None) -> Any:
        """Narrow the query."""
        return query.filter(Customer.services.any(status=value))


class Customers(ModelView):  # type: ignore[misc]
    """The columns, the search and the size of a page that the hub's list has."""

    column_list = ("name_folded", "code", "document", "email", "services")
    column_searchable_list = ("name_folded", "document", "email", "code")
    column_sortable_list = ("name_folded", "code", "document", "email")
    column_default_sort = "name_folded"
    column_filters = (Status(Customer.id, "status"),)
    column_formatters = {  # noqa: RUF012 - so it is declared there
        "services": lambda _view, _context, row, _name: ", ".join(one.status for one in row.services)
    }
    named_filter_urls = True
    can_set_page_size = True
    page_size = 50

    def is_accessible(self) -> bool:
        """Only for who is signed in, asked of the database at every request as the hub does."""
        return PERSON in session and db.session.get(Operator, session[PERSON]) is not None

    def get_query(self) -> Any:
        """Read the services of a page at once."""
        return super().get_query().options(selectinload(Customer.services))


def make_app() -> Flask:
    """Return an application with the list of customers and its own door."""
    url, app = load_settings().database_url, Flask("beside")
    app.config.update(
        SECRET_KEY="of a bench", SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url)
    )  # fmt: skip
    db.init_app(app)
    Babel(app)
    Admin(app, name="Beside").add_view(Customers(Customer, db.session, endpoint="customer"))
    app.add_url_rule("/login", view_func=_login, methods=["GET", "POST"])
    return app


def _login() -> ResponseReturnValue:
    if request.method == "GET":
        return "<form method=post></form>"
    person = db.session.query(Operator).filter_by(email=request.form["email"]).one_or_none()
    if person is None:
        abort(403)
    session[PERSON] = person.id
    return "in"


if __name__ == "__main__":
    waitress.serve(make_app(), host="127.0.0.1", port=int(sys.argv[1]), threads=WEB_THREADS, _quiet=True)
