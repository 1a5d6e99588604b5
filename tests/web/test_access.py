"""Who may open what, over the whole route map; so new routes are covered on arrival. See ``test_matrix.py``."""

import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from apiflask import APIFlask
from sqlalchemy import Select, Table, select
from werkzeug.routing import Rule

from tests import factories
from tests.fixtures.people import Browser
from tests.web import agenda_states, invoice_states, orphan_states, people_states, world
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import Alert, BulkJob, Integration, OperatorSession, Orphan
from webapp.services import alerts, channels, source_files
from webapp.services.activation import channels as customer_channels
from webapp.services.activation.channels import CustomerChannelInput
from webapp.services.channels import ChannelInput
from webapp.services.seats import costs
from webapp.services.tokens import create_token
from webapp.web.access import API_PREFIX, PUBLIC, declared_access
from webapp.web.access_log import about
from webapp.web.held import access_name

LIST = "Código;Nome;CPF;Contrato;Plano;Status\n901;Ana Teste;52998224725;9010;Fibra;Ativo\n"
WORDS = {
    "/tables/<name>": "/tables/customers", "/img/<name>": "/img/why-1280-light.webp", "<page>": "vender-um-pacote",
    "<step>": "provider", "<key>": "nx_play", "<kind>": "csv", "<group>": "customers",
    "<any(stop, resume, compare, confirm, discard, accept):action>": "stop",
    "<any(adopt, ignore, cancel, approve, reopen):action>": "ignore", "<any(reject, stop):action>": "stop",
    "<any(created, password, enabled):message_kind>": "created",
    "<any(pause, resume, accept):action>": "pause", "<any(withdraw, finish, readmit):word>": "finish",
    "<any(check, close, discard):action>": "check", "<any(aside, contest):action>": "contest",
}  # fmt: skip
# Programs call them: what they say is believed for a secret of its own, not for a form's token.
WITHOUT_FORM = {
    "callback.answer", "callback.take_event", "callback.receive_code", "source_hook.receive", "approval.decide",
    "password_link.reveal", "strength.show",
}  # fmt: skip
SEEN = OperatorSession.__table__.c.last_seen_at
UNDECLARED_BUT_REFUSED = {"security.verify"}
# Whoever may open them is told, of what this test has, that there is nothing to take back or that nothing is chosen.
OPENED_OTHERWISE = {
    # Before the first receipt there is no key.
    "receipts.public_key": 404,
    "runs.take_back": 409, "pulls.take_back": 409, "kept.lift": 303, "orphans.choose": 303,
    "bulk.new": 404, "guided_moves.holder": 303,
}  # fmt: skip


def build() -> dict[str, int]:
    """Make a small provider with one of everything that has a page; return ids by the names that routes have."""
    found = world.build().ids()
    source = factories.make_source(kind="spreadsheet")
    pull = source_files.stage_upload(source.id, io.BytesIO(LIST.encode()), "clientes.csv")
    token, _text = create_token("erp", "read")
    alerts.raise_alert("reading_empty", "source", source.id)
    db.session.commit()
    alert = db.session.query(Alert).one()
    channel = channels.create_channel(ChannelInput(description="Support", address="json://127.0.0.1:9"))
    found["channel_id"] = channel.id
    told = customer_channels.create_customer_channel(
        CustomerChannelInput(kind="email", description="Mail", address="json://127.0.0.1:9/{email}")
    )
    found["customer_channel_id"] = told.id
    orphan_states.note(found["integration_id"], [orphan_states.stranger("somebody")])
    found["orphan_id"] = db.session.query(Orphan).one().id
    job = BulkJob(
        kind="accounts_try",
        table_name="accounts_stuck",
        status="waiting",
        total=1,
        requested_by="x",
        created_at=utc_now(),
    )
    db.session.add(job)
    db.session.commit()
    found["job_id"] = job.id
    found |= {"cost_id": make_cost(found["integration_id"])}
    people_states.build()
    agenda_states.build()
    invoice_states.build()
    found |= invoice_states.IDS
    found |= agenda_states.IDS
    found |= {name: value for name, value in people_states.IDS.items() if isinstance(value, int)}
    return {**found, "source_id": source.id, "pull_id": pull.id, "token_id": token.id, "alert_id": alert.id}


def make_cost(integration_id: int) -> int:
    """Put a cost of one product of the platform on record."""
    product = factories.make_product(db.session.get_one(Integration, integration_id))
    data = costs.CostInput(product_id=product.id, from_on=date(2026, 1, 1), value=Decimal("9.90"))
    return costs.set_cost(integration_id, data)[0].id


def our_rules(app: APIFlask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API_PREFIX) and rule.endpoint not in UNDECLARED_BUT_REFUSED:
            yield rule


def guarded(app: APIFlask, method: str) -> list[Rule]:
    return [
        rule
        for rule in our_rules(app)
        if method in (rule.methods or ()) and declared_access(app, rule.endpoint) != PUBLIC
    ]


def address(rule: Rule, here: Mapping[str, int]) -> str:
    url = rule.rule
    for name in rule.arguments:
        url = url.replace(f"<int:{name}>", str(here.get(name, 1)))
    for name, value in WORDS.items():
        url = url.replace(name, value)
    assert "<" not in url, f"give the test a value for {url}"
    return url


def dump() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, without when somebody last clicked: that is noted once a minute."""
    db.session.rollback()
    with db.engine.connect().execution_options(reads_only=True) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(_rows(table))] for table in db.metadata.sorted_tables
        }


def _rows(table: Table) -> Select[Any]:
    # In an order of their own: PostgreSQL puts a row that was written last.
    return select(*(one for one in table.c if one is not SEEN)).order_by(*(table.primary_key or table.c))


def test_every_route_says_who_may_open_it(app: APIFlask) -> None:
    silent = [rule.endpoint for rule in our_rules(app) if declared_access(app, rule.endpoint) is None]
    assert not silent


def test_public_routes_are_these_and_no_others(app: APIFlask) -> None:
    found = {rule.endpoint for rule in our_rules(app) if declared_access(app, rule.endpoint) == PUBLIC}
    assert found == {
        "static", "security.login", "security.logout", "sign_in.second_step", "sign_in.passkey_options",
        "sign_in.by_passkey", "strength.show", "setup.first_administrator", "callback.answer",
        "callback.receive_code", "callback.take_event", "source_hook.receive",
        "health.alive", "health.ready", "health.metrics", "approval.show", "approval.decide",
        "password_link.show", "password_link.reveal", "invite.accept",
        "preferences.switch_language", "shell.offline", "shell.worker",
    }  # fmt: skip


def test_undeclared_route_is_refused_even_to_an_administrator(app: APIFlask, admin: Browser) -> None:
    for endpoint in UNDECLARED_BUT_REFUSED:
        rule = next(rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint)
        assert admin.get(rule.rule).status_code == 403


def test_anonymous_fragment_gets_401_and_a_full_redirect(app: APIFlask, anonymous: Browser) -> None:
    here = build()
    headers = {"HX-Current-URL": "http://localhost/customers?q=ana"}
    for method in ("GET", "POST"):
        for rule in guarded(app, method):
            response = anonymous.open(address(rule, here), method=method, hx=True, headers=headers)
            assert response.status_code == 401, rule
            assert response.headers["HX-Redirect"] == "/login?next=/customers?q%3Dana", rule
            assert response.text == ""


def test_viewer_may_change_nothing_but_the_own_access_and_how_lists_look(app: APIFlask) -> None:
    open_to_viewers = [rule for rule in guarded(app, "POST") if "viewer" in declared_access(app, rule.endpoint)]
    assert {rule.endpoint for rule in open_to_viewers if not rule.rule.startswith(("/own", "/prove"))} == {
        "tables.columns", "tables.reset", "table_views.index", "table_views.edit", "table_views.refill",
        "table_views.delete", "receipts.check",
    }  # fmt: skip


def test_get_leaves_the_database_unchanged(app: APIFlask, admin: Browser) -> None:
    here = build()
    before = dump()
    for rule in guarded(app, "GET"):
        admin.get(address(rule, here))
    for path in ("/healthz", "/readyz", "/metrics", "/login", "/setup/nobody", "/callback/nothing?user=a&pass=b"):
        admin.get(path)
    assert dump() == before


def test_everything_whose_opening_is_noted_has_a_name_that_people_read(app: APIFlask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    noted = {
        rule.endpoint for rule in rules
        if about(rule.endpoint, rule.rule, dict.fromkeys(rule.arguments, "1"), lambda _name: None) is not None
    }  # fmt: skip
    assert len(noted) > 50
    with app.test_request_context():
        assert sorted(endpoint for endpoint in noted if access_name(endpoint) == endpoint) == []
