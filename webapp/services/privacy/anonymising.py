"""Takes one person out of the rows here: in small batches, each its own transaction, again and again the same.

What stays names nobody: ids, dates, values and products, which accounting and the platform's invoice need. It may
stop anywhere, even by a crash, and goes on by being called again; the customer's own row comes last.
"""

from collections.abc import Callable, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update

from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import (
    Account,
    Alert,
    Attempt,
    Customer,
    CustomerMessage,
    Event,
    GuidedMove,
    InvoiceLine,
    Orphan,
    PasswordLink,
    Run,
    RunItem,
    Service,
    ServicePackage,
    SourceHint,
    SourceLink,
    SourcePull,
    SourcePullItem,
    SourceRow,
)
from webapp.models.account import CANCELLED
from webapp.models.run import OPEN
from webapp.services import chain
from webapp.services.convergence import rights
from webapp.services.documents import fold
from webapp.services.privacy import salt as salts
from webapp.services.privacy.person import Holding, load_holding
from webapp.services.source_pulls.leases import WORKABLE
from webapp.services.transactions import begin

BATCH = chain.ERASE_BATCH
# What the history must still say afterwards: that it was asked for, done, and undone. None of it names anybody.
STAYING = ("customer.erasure", "customer.erased", "customer.erasure_unproven", "customer.erasure_withdrawn",
           "customer.readmit")  # fmt: skip
TRANSFER = "service.transfer"
_SYNC = {"synchronize_session": False}
_ATTEMPT, _EVENT, _ITEM, _ROW = Attempt.__table__, Event.__table__, SourcePullItem.__table__, SourceRow.__table__
_LINE, _PULL = RunItem.__table__, SourcePull.__table__


def anonymise(customer_id: int, event_id: int) -> None:
    """Take a person out of every row, and commit; again it changes nothing.

    Args:
        event_id: the event of the history that says why content is gone.
    """
    begin(reads_only=True)
    person = load_holding(customer_id)
    db.session.rollback()
    for part in (_attempts, _source_rows, _source_items, _hints, _runs, _orphans, _alerts, _money, _events):
        part(person, event_id)
    _own_rows(person)
    # What was written while the rest went, such as the last cancel; the next round finds nothing.
    _attempts(person, event_id)
    _events(person, event_id)


def _attempts(person: Holding, event_id: int) -> None:
    units = [f"orphan:{orphan_id}" for orphan_id in person.orphans]
    own = _ATTEMPT.c.account_id.in_(person.accounts)
    mine = or_(own, and_(_ATTEMPT.c.account_id.is_(None), _ATTEMPT.c.unit.in_(units))) if units else own
    full = or_(_ATTEMPT.c.request.is_not(None), _ATTEMPT.c.response.is_not(None))
    _erase("attempt", select(_ATTEMPT.c.id).where(mine, full, _ATTEMPT.c.finished_at.is_not(None)), event_id)


def _events(person: Holding, event_id: int) -> None:
    said = or_(_EVENT.c.label != "", _EVENT.c.reason != "", _EVENT.c.before.is_not(None), _EVENT.c.after.is_not(None))
    mine = or_(person.is_about(Event), _handed_over(person))
    _erase("event", select(_EVENT.c.id).where(mine, _EVENT.c.action.not_in(STAYING), said), event_id)


def _handed_over(person: Holding) -> ColumnElement[bool]:
    """What is told of another person's service names whom it came from, or went to."""
    sides = [side["customer"].as_string() == person.customer.code for side in (_EVENT.c.before, _EVENT.c.after)]
    return and_(_EVENT.c.object_type == "service", _EVENT.c.action == TRANSFER, or_(*sides))


def _erase(kind: str, wanted: Any, event_id: int) -> None:
    """Through the chain, which keeps proving that nothing else was changed."""
    after = 0
    column = wanted.selected_columns[0]
    while True:
        begin(reads_only=False)
        ids = db.session.scalars(wanted.where(column > after).order_by(column).limit(BATCH)).all()
        if not ids:
            db.session.rollback()
            return
        chain.erase_content(kind, ids, event_id)
        db.session.commit()
        after = ids[-1]


def _source_rows(person: Holding, _event_id: int) -> None:
    """What readings brought. One that is being worked on is left: its rows go within days, and bring nobody back."""
    for source_id, external in person.externals:
        pulls = select(_PULL.c.id).where(_PULL.c.source_id == source_id, _PULL.c.status.not_in(WORKABLE))
        names = (_ROW.c.payload["customer"]["code"].as_string(), _ROW.c.payload["service"]["code"].as_string())
        begin(reads_only=False)
        db.session.execute(
            delete(_ROW).where(_ROW.c.pull_id.in_(pulls), or_(*(name == external for name in names))),
            execution_options=_SYNC,
        )
        db.session.commit()


def _source_items(person: Holding, _event_id: int) -> None:
    named = [_ITEM.c.customer_code == person.customer.code]
    named += [_ITEM.c.service_code.in_(person.codes)] if person.codes else []
    blank = {"name": "", "customer_code": "", "service_code": "", "changes": [], "problems": []}
    _in_batches(_ITEM, or_(*named), lambda ids: update(_ITEM).where(_ITEM.c.id.in_(ids)).values(**blank))


def _hints(person: Holding, _event_id: int) -> None:
    names = {external for _, external in person.externals}
    begin(reads_only=False)
    done = db.session.execute(select(SourceHint.id, SourceHint.refs).where(SourceHint.done_at.is_not(None)))
    ids = [row.id for row in done if any(names & {str(value) for value in ref.values()} for ref in row.refs)]
    db.session.execute(delete(SourceHint).where(SourceHint.id.in_(ids)), execution_options=_SYNC)
    db.session.commit()


def _runs(person: Holding, _event_id: int) -> None:
    """Lines go as a whole: an undo could not use them any more; the figures of a run stay."""
    mine = _LINE.c.account_id.in_(person.accounts)
    nameless = and_(_LINE.c.account_id.is_(None), _LINE.c.login.in_(person.logins)) if person.logins else None
    where = and_(mine if nameless is None else or_(mine, nameless), _LINE.c.outcome.not_in(OPEN))
    begin(reads_only=False)
    run_ids = db.session.scalars(select(_LINE.c.run_id).where(where).distinct()).all()
    for run in db.session.scalars(select(Run).where(Run.id.in_(run_ids))):
        run.radius = _without(run.radius, set(person.accounts))
    db.session.commit()
    _in_batches(_LINE, where, lambda ids: delete(_LINE).where(_LINE.c.id.in_(ids)))


def _without(radius: dict[str, Any], account_ids: set[int]) -> dict[str, Any]:
    if not radius.get("examples"):
        return radius
    return {**radius, "examples": [one for one in radius["examples"] if one.get("account_id") not in account_ids]}


def _orphans(person: Holding, _event_id: int) -> None:
    """One that may still be there keeps its ids: without them nobody could end it."""
    begin(reads_only=False)
    key = salts.make_salt()
    for orphan in db.session.scalars(select(Orphan).where(Orphan.id.in_(person.orphans)).with_for_update()):
        orphan.login, orphan.document, orphan.reference, orphan.error_params = "", "", "", {}
        orphan.guess_service_id, orphan.guess_code = None, None
        if orphan.status in ("adopted", "cancelled", "gone"):
            orphan.key, orphan.remote_ids = f"erased:{salts.digest(key, 'orphan', orphan.key)}", {}
    db.session.commit()


def _alerts(person: Holding, _event_id: int) -> None:
    begin(reads_only=False)
    db.session.execute(delete(Alert).where(person.is_about(Alert)), execution_options=_SYNC)
    db.session.commit()


def _money(person: Holding, _event_id: int) -> None:
    """Seats and values stay: by ids they name nobody, and what was billed can still be contested."""
    lines, messages, links = InvoiceLine.account_id, CustomerMessage.account_id, PasswordLink.account_id
    moves = or_(GuidedMove.service_id.in_(person.services), GuidedMove.to_customer_id == person.customer.id)
    # What was set aside stays so, without what was written of it.
    aside = case((InvoiceLine.aside.is_not(None), ""), else_=None)
    begin(reads_only=False)
    for change in (
        update(InvoiceLine).where(lines.in_(person.accounts)).values(subject="", proof={}, aside=aside),
        update(CustomerMessage).where(messages.in_(person.accounts)).values(sent_to="", params={}),
        delete(PasswordLink).where(links.in_(person.accounts)),
        update(GuidedMove).where(moves).values(to_email="", reason="", data={}),
    ):
        db.session.execute(change, execution_options=_SYNC)
    db.session.commit()


def _own_rows(person: Holding) -> None:
    begin(reads_only=False)
    customer = db.session.get_one(Customer, person.customer.id, with_for_update=True)
    for sale in db.session.scalars(select(ServicePackage).where(ServicePackage.id.in_(person.sales))):
        sale.description, sale.params = "", {}
    for service in db.session.scalars(select(Service).where(Service.id.in_(person.services))):
        _blank_service(service)
    for account in db.session.scalars(select(Account).where(Account.id.in_(person.accounts))):
        _blank_account(account)
    # Nothing is sent for them any more: no seat may seem to last for ever.
    rights.end_all(db.session.connection(), person.accounts, utc_now())
    _unlink(person)
    if customer.erased_at is None:
        customer.code, customer.erased_at = f"erased-{customer.id}", utc_now()
        customer.name = _("Erased person %(id)s", id=customer.id)
        customer.name_folded = fold(customer.name)
        customer.document, customer.email, customer.phone = "", "", ""
    db.session.commit()


def _blank_service(service: Service) -> None:
    service.code = f"erased-{service.id}"
    service.login, service.password, service.address, service.city = "", None, "", None
    service.no_suspend_until, service.no_suspend_reason = None, ""


def _blank_account(account: Account) -> None:
    """Closed for good. Its ids on the platform are known again by their marks, so an invoice can still be compared."""
    account.login, account.login_key, account.remote_ids = "", "", {}
    account.units, account.tombstone, account.error_params = {}, {}, {}
    account.error_kind, account.error_code, account.error_field = None, None, None
    account.keep_content, account.keep_reason, account.kept_at = "", "", None
    account.status, account.desired, account.due_at, account.recheck_on = CANCELLED, "absent", None, None
    account.generation += 1
    account.applied_generation = account.generation


def _unlink(person: Holding) -> None:
    owned: list[ColumnElement[bool]] = [
        and_(SourceLink.kind == "customer", SourceLink.local_id == person.customer.id),
        and_(SourceLink.kind == "service", SourceLink.local_id.in_(person.services)),
        and_(SourceLink.kind == "sale", SourceLink.local_id.in_(person.sales)),
    ]
    db.session.execute(delete(SourceLink).where(or_(*owned)), execution_options=_SYNC)


def _in_batches(table: Any, where: ColumnElement[bool], change: Callable[[Sequence[int]], Any]) -> None:
    """Change rows a few at a time, by id, so that nobody waits for long."""
    after = 0
    while True:
        begin(reads_only=False)
        ids = db.session.scalars(
            select(table.c.id).where(where, table.c.id > after).order_by(table.c.id).limit(BATCH)
        ).all()
        if not ids:
            db.session.rollback()
            return
        db.session.execute(change(ids), execution_options=_SYNC)
        db.session.commit()
        after = ids[-1]
