"""Answers a platform that asks at log-in whether a subscriber may enter. From our own rows only.

Wrong and unknown cost the same work and get the same words: the same queries, one secret
opened, one password made, one comparison; a made-up subscriber stands in for one who is not there.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime

import structlog
from sqlalchemy import or_, select

from webapp.clock import utc_now
from webapp.decide.credentials import Flaw, password_for
from webapp.decide.desired import Inputs, Rules, ServiceDates, service_content
from webapp.decide.policy import Content
from webapp.extensions import db
from webapp.gateways.contract import (
    CallbackAnswer,
    CallbackQuestion,
    CallbackRequest,
    CustomerFacts,
    Gateway,
    PasswordRule,
    Secret,
    ServiceFacts,
    Traits,
    Verdict,
)
from webapp.models import Account, Integration, IntegrationParam
from webapp.models.account import ACTIVE, SUSPENDED
from webapp.services import facts, throttle
from webapp.services.connections import current_connections
from webapp.services.errors import NotFound
from webapp.services.hub import current_hub
from webapp.services.metrics.process import CALLBACKS
from webapp.services.one_way import token_hash
from webapp.vault import Vault

log = structlog.get_logger()
# Gets the accounts that were let in for the first time that we know; writes nothing before the answer is out.
FirstUse = Callable[[Collection[int]], None]

# Only refusals are counted: a football night brings thousands of right answers from one address.
PER_LOGIN = throttle.Limit("callback-login", 10, 300)
PER_ADDRESS = throttle.Limit("callback-address", 300, 300, of_address=True)

# Where a gateway says nothing, a log-in is checked against the subscriber's own password.
OWN_PASSWORD = PasswordRule(default_field="senha_autenticacao")
MOST_ACCOUNTS = 5
DUMMY_PLACE = "callback:dummy:0"


class TooManyRefusals(Exception):
    """Somebody is guessing: answer 429 with ``Retry-After``."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("too_many_refusals")
        self.retry_after_s = retry_after_s


def answer(token: str, request: CallbackRequest, remote_addr: str, used: FirstUse | None = None) -> CallbackAnswer:
    """Answer one question. Writes nothing.

    Args:
        token: from the address; a rotated one is good until its overlap ends.
        used: is told who was let in for the first time.

    Raises:
        NotFound: no integration has this token; answer 404.
        TooManyRefusals: answer 429.
    """
    integration = integration_of(token, remote_addr)
    gateway = admitted(integration, request, remote_addr)
    question = gateway.read_callback(request)
    if question is None:
        throttle.hit(PER_ADDRESS, remote_addr)
        _count(integration, "unreadable")
        return gateway.answer_callback(Verdict.DENIED, "", ())
    return _answer(integration, gateway, question, remote_addr, used)


def integration_of(token: str, remote_addr: str) -> Integration:
    """Return whose address this is; a rotated token is good until its overlap ends.

    Raises:
        NotFound: no integration has this token; answer 404.
        TooManyRefusals: answer 429.
    """
    _brake(PER_ADDRESS, remote_addr)
    integration = _integration(token, utc_now())
    if integration is None:
        throttle.hit(PER_ADDRESS, remote_addr)
        _count(None, "unknown")
        raise NotFound("callback_unknown", {})
    return integration


def admitted(integration: Integration, request: CallbackRequest, remote_addr: str) -> Gateway:
    """Return the gateway, if address and header of the request are those that the integration asks for.

    Raises:
        NotFound: they are not; the same as for an unknown token, so that nobody learns of it.
    """
    gateway, connection = current_connections().find(db.session.connection(), integration.id)
    if not gateway.admits_callback(connection, request):
        log.warning("callback.not_admitted", integration_id=integration.id, remote_addr=remote_addr)
        throttle.hit(PER_ADDRESS, remote_addr)
        _count(integration, "not_admitted")
        raise NotFound("callback_unknown", {})
    return gateway


def _answer(
    integration: Integration, gateway: Gateway, question: CallbackQuestion, remote_addr: str, used: FirstUse | None
) -> CallbackAnswer:
    login = question.login.strip().lower()
    key = (str(integration.id), hashlib.sha256(login.encode()).hexdigest())
    _brake(PER_LOGIN, *key, integration=integration)
    verdict, products = _judge(integration, gateway.traits, login, question, used)
    if verdict is Verdict.DENIED:
        throttle.hit(PER_LOGIN, *key)
        throttle.hit(PER_ADDRESS, remote_addr)
    _count(integration, str(verdict))
    log.info("callback", integration_id=integration.id, verdict=str(verdict), remote_addr=remote_addr)
    return gateway.answer_callback(verdict, question.login.strip(), products)


def _brake(limit: throttle.Limit, *key: str, integration: Integration | None = None) -> None:
    if not throttle.is_open(limit, *key):
        _count(integration, "rate_limited")
        raise TooManyRefusals(limit.seconds)


def _count(integration: Integration | None, decision: str) -> None:
    """Count an answer; None = nobody knows whose platform it was."""
    owner = ("", "") if integration is None else (str(integration.id), integration.gateway)
    CALLBACKS.labels(*owner, decision).inc()


def _integration(token: str, now: datetime) -> Integration | None:
    digest = token_hash(token)
    found: Integration | None = db.session.scalar(
        select(Integration).where(or_(Integration.callback_hash == digest, Integration.callback_old_hash == digest))
    )
    if found is None or (found.callback_hash != digest and not _overlaps(found, now)):
        return None
    return found


def _overlaps(integration: Integration, now: datetime) -> bool:
    return integration.callback_old_until is not None and integration.callback_old_until > now


def _judge(
    integration: Integration, traits: Traits, login: str, question: CallbackQuestion, used: FirstUse | None
) -> tuple[Verdict, tuple[str, ...]]:
    """Return the most favourable verdict over the accounts with this log-in."""
    hub = current_hub()
    today = hub.today()
    rules = Rules(
        integration.follow_status, integration.status_rules, _params(integration.id), integration.status_scope
    )
    connection = db.session.connection()
    statuses, known, unused = _accounts(integration.id, login)
    found = facts.load_inputs(connection, hub.vault, integration.id, traits, rules, known, today)
    subscribers = list(found.values()) or [_nobody(traits, rules, hub.vault, today)]
    answers = [_verdict(inputs, statuses.get(inputs.account_id, ""), question, hub.vault) for inputs in subscribers]
    if used is not None:
        used([one.account_id for one, (verdict, _) in zip(subscribers, answers, strict=True)
              if verdict is Verdict.ALLOWED and one.account_id in unused])  # fmt: skip
    order = (Verdict.ALLOWED, Verdict.SUSPENDED, Verdict.DENIED)
    return min(answers, key=lambda pair: order.index(pair[0]))


def _accounts(integration_id: int, login: str) -> tuple[dict[int, str], list[facts.Known], set[int]]:
    """Return the accounts with this log-in: their statuses, what they know, and those that were never used."""
    rows = db.session.execute(
        select(
            Account.id, Account.service_id, Account.login, Account.status, Account.keep_content, Account.first_used_at
        )
        .where(Account.integration_id == integration_id, Account.login_key == login)
        .order_by(Account.id)
        .limit(MOST_ACCOUNTS)
    ).all()
    statuses = {row.id: row.status for row in rows}
    known = [facts.Known(row.id, row.service_id, row.login, {}, {}, row.keep_content) for row in rows]
    return statuses, known, {row.id for row in rows if row.first_used_at is None}


def _params(integration_id: int) -> Mapping[str, str]:
    rows = db.session.execute(
        select(IntegrationParam.name, IntegrationParam.value).where(
            IntegrationParam.integration_id == integration_id, IntegrationParam.sealed.is_(None)
        )
    )
    return {row.name: row.value for row in rows}


def _verdict(inputs: Inputs, status: str, question: CallbackQuestion, vault: Vault) -> tuple[Verdict, tuple[str, ...]]:
    if not inputs.service.password:
        _open_dummy(vault)
    live = [sale for sale in inputs.sales if sale.runs_on(inputs.today) and sale.products]
    params = dict(inputs.rules.params)
    for sale in live:
        params.update({name: value for name, value in sale.params.items() if value.strip()})
    made = password_for(inputs.traits.password or OWN_PASSWORD, params, inputs.customer, inputs.service)
    expected = secrets.token_urlsafe(16) if isinstance(made, Flaw) else str(made)
    right = hmac.compare_digest(_digest(expected), _digest(question.password))
    content = _content(inputs, status) if live else Content.ABSENT
    products = tuple(sorted({product.code for sale in live for product in sale.products.values()}))
    if not right or content is Content.ABSENT:
        return Verdict.DENIED, ()
    return (Verdict.ALLOWED, products) if content is Content.ACTIVE else (Verdict.SUSPENDED, ())


def _content(inputs: Inputs, status: str) -> Content:
    """Return what holds at this moment; *as it is* means what the account was last made."""
    content = service_content(inputs)
    if content is not Content.KEEP:
        return content
    return {ACTIVE: Content.ACTIVE, SUSPENDED: Content.SUSPENDED}.get(status, Content.ABSENT)


def _nobody(traits: Traits, rules: Rules, vault: Vault, today: date) -> Inputs:
    """Return a subscriber who does not exist and whose password nobody can know."""
    password = _open_dummy(vault)
    return Inputs(
        traits=traits, rules=rules, account_id=0, reference="", frozen_login="", remote_ids={},
        customer=CustomerFacts(0, password, "", password, password, password),
        service=ServiceFacts(0, password, "", password, password),
        dates=ServiceDates(), sales=(), units={}, today=today,
    )  # fmt: skip


def _open_dummy(vault: Vault) -> Secret:
    """Do the work that a real subscriber's sealed password costs."""
    return vault.open(vault.seal(secrets.token_urlsafe(16), DUMMY_PLACE), DUMMY_PLACE)


def _digest(text: str) -> bytes:
    """Equal lengths, so that the comparison tells nothing about either."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
