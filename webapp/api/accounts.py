"""Accounts on platforms: what shall be, what is, what was tried, and what a person may do about it."""

from collections.abc import Callable, Mapping

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from webapp.api import runs
from webapp.api.auth import ADMIN_SCOPE, READ, WRITE, needs
from webapp.api.blueprint import bp
from webapp.api.etag import Answer, tagged
from webapp.api.paging import page
from webapp.api.schemas.accounts import (
    ACCOUNT,
    AccountOut,
    AccountPage,
    AccountQuery,
    KeptOut,
    LiftInput,
    ResendQuery,
    SettleInput,
)
from webapp.api.schemas.common import failure
from webapp.api.schemas.runs import RUN, RunList
from webapp.extensions import db
from webapp.models import Account, Customer, Service
from webapp.services import accounts as use
from webapp.services import keeps
from webapp.services.changes import refuse_if
from webapp.services.errors import NotFound, Problem


@bp.get("/accounts")
@needs(READ)
@bp.input(AccountQuery, location="query")
@bp.output(AccountPage, example={"items": [ACCOUNT], "next_cursor": None})
def list_accounts(query_data: AccountQuery) -> AccountPage:
    """List accounts."""
    wanted = _filtered(_accounts(), query_data)
    rows, following = page(wanted, Account.id, query_data)
    return AccountPage(items=[show(row) for row in rows], next_cursor=following)


@bp.get("/accounts/<int:account_id>")
@needs(READ)
@bp.output(AccountOut, example=ACCOUNT)
def read_account(account_id: int) -> Answer:
    """Read one account."""
    return tagged(show(find(account_id)))


@bp.post("/accounts/<int:account_id>/resend")
@needs(WRITE)
@bp.input(ResendQuery, location="query")
@bp.output(AccountOut, status_code=202, example=ACCOUNT)
def resend_account(account_id: int, query_data: ResendQuery) -> Answer:
    """Send the present state once more, or the activation where the platform waits for its user."""
    return _after(account_id, lambda: use.resend(account_id, query_data.sale_id))


@bp.post("/accounts/<int:account_id>/retry")
@needs(WRITE)
@bp.output(AccountOut, status_code=202, example=ACCOUNT)
def retry_account(account_id: int) -> Answer:
    """Try at once what would be tried later, also when the account is blocked."""
    return _after(account_id, lambda: use.try_now(account_id))


@bp.post("/accounts/<int:account_id>/settle")
@needs(WRITE)
@bp.input(SettleInput, example={"exists": False})
@bp.output(AccountOut, status_code=202, example=ACCOUNT)
def settle_account(account_id: int, json_data: SettleInput) -> Answer:
    """Tell what a person found out about a parked account; the work goes on from there.

    Where the platform has ids of its own and cannot be asked for them, ``remote_ids`` must name them.
    """
    if json_data.exists:
        refuse_if(_missing_ids(find(account_id), json_data.remote_ids))
    return _after(account_id, lambda: use.settle(account_id, exists=json_data.exists, remote_ids=json_data.remote_ids))


@bp.post("/accounts/lift")
@needs(ADMIN_SCOPE)
@bp.input(LiftInput, example={"account_ids": [41], "reason": "Not paid after all"})
@bp.output(RunList, example={"items": [{**RUN, "reading": "none", "trigger": "lift"}]})
def lift_accounts(json_data: LiftInput) -> RunList:
    """Let kept accounts follow their status again; those that are not kept are passed over.

    What is given back are batches that wait for a person, because they are too many at once; empty = none waits.
    """
    return RunList(items=[runs.show(run) for run in keeps.lift_keeps(json_data.account_ids, json_data.reason)])


def show(row: Account) -> AccountOut:
    """Return an account as it is given out."""
    return AccountOut(
        id=row.id,
        integration_id=row.integration_id,
        service_code=row.service.code,
        customer_code=row.service.customer.code,
        login=row.login,
        status=row.status,  # type: ignore[arg-type]
        desired=row.desired,
        observed=row.observed,
        observed_at=row.observed_at,
        applied_at=row.applied_at,
        remote_ids=row.remote_ids,
        kept=_kept(row),
        error=failure(row.error_code, row.error_params, row.error_field),
        next_attempt_at=row.due_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _kept(row: Account) -> KeptOut | None:
    if not row.keep_content:
        return None
    return KeptOut(content=row.keep_content, reason=row.keep_reason, since=row.kept_at)  # type: ignore[arg-type]


def _missing_ids(account: Account, given: Mapping[str, str]) -> list[Problem]:
    """Without them the account could never be changed there."""
    return [
        Problem(f"remote_ids.{name}", "remote_id_needed", {"name": name})
        for name in use.remote_names(account)
        if not given.get(name)
    ]


def _after(account_id: int, action: Callable[[], object]) -> Answer:
    find(account_id)
    action()
    return tagged(show(find(account_id)), 202)


def _accounts() -> Select[Account]:
    return select(Account).options(joinedload(Account.service).joinedload(Service.customer))


def find(account_id: int) -> Account:
    """Return an account with whom it is for.

    Raises:
        NotFound: answer 404.
    """
    row: Account | None = db.session.scalar(_accounts().where(Account.id == account_id))
    if row is None:
        raise NotFound("account_not_found", {"id": account_id})
    return row


def _filtered(wanted: Select[Account], query: AccountQuery) -> Select[Account]:
    if query.integration_id is not None:
        wanted = wanted.where(Account.integration_id == query.integration_id)
    if query.status is not None:
        wanted = wanted.where(Account.status == query.status)
    if query.login is not None:
        wanted = wanted.where(Account.login == query.login)
    if query.service_code is not None:
        wanted = wanted.where(Account.service.has(Service.code == query.service_code))
    if query.customer_code is not None:
        wanted = wanted.where(Account.service.has(Service.customer.has(Customer.code == query.customer_code)))
    if query.kept is not None:
        wanted = wanted.where((Account.keep_content != "") == query.kept)
    if query.updated_since is not None:
        wanted = wanted.where(Account.updated_at >= query.updated_since)
    return wanted
