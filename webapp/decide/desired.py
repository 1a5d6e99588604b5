"""Desired state of one account, from rows alone. Pure.

Which account must exist, with which log-in, password and params, and each unit active,
suspended, as it is, or absent; and what prevents that, in words for an attendant.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from webapp.decide.credentials import USER_PARAM, Flaw, boolean_flaw, login_for, password_for
from webapp.decide.policy import CUSTOMER_SCOPE, NOT_PAYING, SERVICE_SCOPE, Content, at_least, content_for, lifted
from webapp.decide.state import ACCOUNT_UNIT, UnitState
from webapp.gateways.contract import (
    AccountFacts,
    CustomerFacts,
    ProductFacts,
    Progress,
    SaleFacts,
    Secret,
    ServiceFacts,
    Subject,
    Traits,
    Unit,
)


@dataclass(frozen=True)
class Sale:
    """One package sold. ``products`` by product id."""

    id: int
    package_id: int
    package_code: str
    package_description: str
    products: Mapping[int, ProductFacts]
    params: Mapping[str, str] = field(default_factory=dict)
    starts_on: date | None = None
    ends_on: date | None = None
    removed: bool = False

    def runs_on(self, today: date) -> bool:
        """Tell whether the right holds on that day."""
        return (
            not self.removed
            and (self.starts_on is None or self.starts_on <= today)
            and (self.ends_on is None or self.ends_on >= today)
        )


@dataclass(frozen=True)
class ServiceDates:
    """Dated inputs of a service; all days included."""

    pause_from: date | None = None
    pause_until: date | None = None
    no_suspend_until: date | None = None

    def paused_on(self, today: date) -> bool:
        """Tell whether the customer's holiday covers that day."""
        if self.pause_from is None or self.pause_from > today:
            return False
        return self.pause_until is None or self.pause_until >= today


@dataclass(frozen=True)
class Rules:
    """What the integration says about everybody on it.

    Attributes:
        status_scope: whose status counts: that of the service that carries the package, or the best of the customer's.
    """

    follow_status: bool
    status_rules: Mapping[str, str]
    params: Mapping[str, str]
    status_scope: str = SERVICE_SCOPE


@dataclass(frozen=True)
class Inputs:
    """Everything that the desired state of one account depends on.

    Attributes:
        others: the customer's other services, code -> status; read only where the integration asks for them.
        keep: what the account never falls below, whatever the status asks (``Account.keep_content``).
    """

    traits: Traits
    rules: Rules
    account_id: int
    reference: str
    frozen_login: str
    remote_ids: Mapping[str, str]
    customer: CustomerFacts
    service: ServiceFacts
    dates: ServiceDates
    sales: tuple[Sale, ...]
    units: Mapping[str, UnitState]
    today: date
    others: Mapping[str, str] = field(default_factory=dict)
    keep: str = ""


@dataclass(frozen=True)
class DesiredUnit:
    """What one unit shall be.

    Attributes:
        payload: fingerprint of the data that the platform shall have.
        rights: (sale id, product id) pairs that this unit carries.
        flaws: why data cannot be sent; suspend and cancel go all the same.
    """

    key: str
    content: Content
    payload: str
    subject: Subject
    rights: tuple[tuple[int, int], ...]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True)
class Desired:
    """What one account shall be.

    Attributes:
        recheck_on: the next day that changes it by itself.
        keep_over: the status asks for at least as much as is kept, so nothing need be kept any more.
    """

    login: str
    units: tuple[DesiredUnit, ...]
    recheck_on: date | None
    keep_over: bool = False

    @property
    def content(self) -> Content:
        """The account as a whole: its most alive unit."""
        contents = {unit.content for unit in self.units}
        order = (Content.ACTIVE, Content.KEEP, Content.SUSPENDED)
        return next((content for content in order if content in contents), Content.ABSENT)

    def shared_with(self, others: int) -> "Desired":
        """Return the same with so many rights more on the log-in, of other services of the customer."""
        units = (replace(one, subject=replace(one.subject, others=one.subject.others + others)) for one in self.units)
        return replace(self, units=tuple(units)) if others else self


def desired_state(inputs: Inputs, fingerprint: Callable[[str], str]) -> Desired:
    """Return what the account shall be on ``inputs.today``.

    Args:
        fingerprint: keyed digest; the data themselves are not kept.
    """
    login = inputs.frozen_login or _login(inputs)
    build = _account_units if inputs.traits.unit is Unit.ACCOUNT else _right_units
    return Desired(login, build(inputs, login, fingerprint), _recheck_on(inputs), _keep_over(inputs))


def service_content(inputs: Inputs) -> Content:
    """Return what holds before the packages are looked at: what is asked for, and never less than what is kept."""
    return at_least(asked_content(inputs), inputs.keep)


def asked_content(inputs: Inputs) -> Content:
    """Return what status and dated inputs ask for, whatever is kept."""
    status, rules = counting_status(inputs), inputs.rules
    content = content_for(status, follow_status=rules.follow_status, rules=rules.status_rules)
    exempt = inputs.dates.no_suspend_until
    if content is Content.SUSPENDED and status in NOT_PAYING and exempt is not None and exempt >= inputs.today:
        content = Content.ACTIVE
    if content is Content.ACTIVE and inputs.dates.paused_on(inputs.today):
        return Content.SUSPENDED
    return content


def _keep_over(inputs: Inputs) -> bool:
    """Tell whether something is kept for nothing. *As it is* asks for nothing, so it ends no keep."""
    asked = asked_content(inputs)
    return bool(inputs.keep) and asked is not Content.KEEP and at_least(asked, inputs.keep) is asked


def counting_status(inputs: Inputs) -> str:
    """Return the status that decides: the service's own, or the better one of another service of the customer."""
    status = inputs.service.status
    return lifted(status, inputs.others.values()) if inputs.rules.status_scope == CUSTOMER_SCOPE else status


def lifted_by(inputs: Inputs) -> str:
    """Return the code of the other service whose status counts; empty where the service's own does."""
    status = counting_status(inputs)
    if status == inputs.service.status:
        return ""
    return min(code for code, other in inputs.others.items() if other == status)


def _login(inputs: Inputs) -> str:
    chosen = next((sale.params["email"] for sale in inputs.sales if sale.params.get("email", "").strip()), "")
    if chosen and inputs.traits.login_fields[:1] == ("email",):
        return chosen.strip().lower()
    params = dict(inputs.rules.params)
    for sale in inputs.sales:
        params.update({name: value for name, value in sale.params.items() if value.strip()})
    return login_for(inputs.traits, params, inputs.customer, inputs.service)


def _account_units(inputs: Inputs, login: str, fingerprint: Callable[[str], str]) -> tuple[DesiredUnit, ...]:
    live = [sale for sale in inputs.sales if sale.runs_on(inputs.today) and sale.products]
    content = service_content(inputs) if live else Content.ABSENT
    shown = live or list(inputs.sales)
    params = dict(inputs.rules.params)
    for sale in shown:
        params.update({name: value for name, value in sale.params.items() if value.strip()})
    products = {product.code: product for sale in live for product in sale.products.values()}
    password, flaws = _password(inputs, params)
    account = AccountFacts(
        inputs.account_id, inputs.reference, login, password, params,
        tuple(products[code] for code in sorted(products)), _remote_ids(inputs, ACCOUNT_UNIT),
    )  # fmt: skip
    subject = _subject(inputs, ACCOUNT_UNIT, account, None)
    rights = tuple((sale.id, product_id) for sale in live for product_id in sale.products)
    flaws = (*_login_flaws(inputs, login), *_switch_flaws(inputs, params), *flaws)
    payload = fingerprint(_account_payload(inputs.traits, subject))
    return (DesiredUnit(ACCOUNT_UNIT, content, payload, subject, rights, flaws),)


def _right_units(inputs: Inputs, login: str, fingerprint: Callable[[str], str]) -> tuple[DesiredUnit, ...]:
    content = service_content(inputs)
    units = []
    for sale in inputs.sales:
        for product_id, product in sale.products.items():
            key = f"{sale.id}:{product.code}"
            wanted = content if sale.runs_on(inputs.today) else Content.ABSENT
            params = {**inputs.rules.params, **sale.params}
            password, flaws = _sent_password(inputs, params)
            subject = _right(inputs, key, sale, product, login, password, params)
            payload = fingerprint(_right_payload(inputs.traits, subject))
            flaws = (*_sent_login_flaws(inputs, login), *_switch_flaws(inputs, params), *flaws)
            units.append(DesiredUnit(key, wanted, payload, subject, ((sale.id, product_id),), flaws))
    known = {unit.key for unit in units}
    return _counting_the_coming(inputs, [*units, *_orphaned(inputs, login, known)])


def _counting_the_coming(inputs: Inputs, units: list[DesiredUnit]) -> tuple[DesiredUnit, ...]:
    """Count, among the others on the log-in, rights that are about to be made there.

    One product in place of another ends the old right first; the user there must outlive the moment between.
    """
    coming = {unit.key for unit in units if unit.content is Content.ACTIVE and not unit.flaws}
    coming -= {key for key, unit in inputs.units.items() if unit.maybe_there}
    return tuple(
        replace(unit, subject=replace(unit.subject, others=unit.subject.others + len(coming - {unit.key})))
        for unit in units
    )


def _orphaned(inputs: Inputs, login: str, known: set[str]) -> list[DesiredUnit]:
    """Return units whose product left its package: they end, with what is still known of them."""
    sales = {sale.id: sale for sale in inputs.sales}
    units = []
    for key, unit in inputs.units.items():
        sale = sales.get(int(key.partition(":")[0])) if ":" in key else None
        if key in known or not (unit.live or unit.half_made) or sale is None:
            continue
        code = key.partition(":")[2]
        params = {**inputs.rules.params, **sale.params}
        password, _ = _sent_password(inputs, params)
        subject = _right(inputs, key, sale, ProductFacts(code, code), login, password, params)
        units.append(DesiredUnit(key, Content.ABSENT, unit.payload, subject, ()))
    return units


def _right(
    inputs: Inputs, key: str, sale: Sale, product: ProductFacts, login: str, password: Secret | None,
    params: Mapping[str, str],
) -> Subject:  # fmt: skip
    """Return whom and what a call for one right is about."""
    account = AccountFacts(
        inputs.account_id, inputs.reference, login, password, params, (product,), _remote_ids(inputs, key)
    )
    right = SaleFacts(sale.id, sale.package_id, sale.package_code, sale.package_description, product, sale.params)
    return _subject(inputs, key, account, right)


def _subject(inputs: Inputs, key: str, account: AccountFacts, right: SaleFacts | None) -> Subject:
    """Return the subject, with what else stands on its log-in and how far an earlier try came."""
    others = sum(unit.maybe_there for name, unit in inputs.units.items() if name != key)
    have = inputs.units.get(key)
    progress = have.progress if have is not None and have.progress is not None else Progress()
    return Subject(account, inputs.customer, inputs.service, right, others, progress)


def _remote_ids(inputs: Inputs, key: str) -> Mapping[str, str]:
    """Return the account's ids, and on top of them those of this unit alone."""
    have = inputs.units.get(key)
    return {**inputs.remote_ids, **have.remote_ids} if have is not None and have.remote_ids else inputs.remote_ids


def sends_password(traits: Traits) -> bool:
    """Tell whether a platform gets the password of an account."""
    return "account.password" in traits.sends


def _sent_password(inputs: Inputs, params: Mapping[str, str]) -> tuple[Secret | None, tuple[Flaw, ...]]:
    """Return the password of a right where the platform gets one with it."""
    return _password(inputs, params) if sends_password(inputs.traits) else (None, ())


def _sent_login_flaws(inputs: Inputs, login: str) -> list[Flaw]:
    return _login_flaws(inputs, login) if "account.login" in inputs.traits.sends else []


def _password(inputs: Inputs, params: Mapping[str, str]) -> tuple[Secret | None, tuple[Flaw, ...]]:
    if inputs.traits.password is None:
        return None, ()
    made = password_for(inputs.traits.password, params, inputs.customer, inputs.service)
    return (None, (made,)) if isinstance(made, Flaw) else (made, ())


def _login_flaws(inputs: Inputs, login: str) -> list[Flaw]:
    if login:
        return []
    return [Flaw(inputs.traits.login_fields[0], "login_missing", {"field": inputs.traits.login_fields[0]})]


def _switch_flaws(inputs: Inputs, params: Mapping[str, str]) -> list[Flaw]:
    found = (boolean_flaw(name, params.get(name, "")) for name in inputs.traits.boolean_params)
    return [flaw for flaw in found if flaw is not None]


def _account_payload(traits: Traits, subject: Subject) -> str:
    account, switches = subject.account, traits.boolean_params
    declared = {spec.name for spec in traits.params if spec.scope != "integration"} - {USER_PARAM, "email"}
    params = {name: account.params.get(name, "") for name in declared - set(switches)}
    # Absent and "true" mean the same (NX Play), so they must not look like a change.
    params |= {name: str(account.params.get(name, "").strip().lower() != "false") for name in switches}
    return _canonical(
        account.login, str(account.password or ""), params, [product.code for product in account.products],
        subject.customer.name, subject.customer.phone,
    )  # fmt: skip


def _right_payload(traits: Traits, subject: Subject) -> str:
    account, customer, sale = subject.account, subject.customer, subject.sale
    assert sale is not None
    credentials = {"account.login": account.login, "account.password": str(account.password or "")}
    return _canonical(
        dict(sale.params), sale.product.code, sale.package_code, sale.package_description, customer.code,
        customer.name, customer.document, customer.email, customer.phone,
        *(value for name, value in credentials.items() if name in traits.sends),
    )  # fmt: skip


def _canonical(*parts: object) -> str:
    return json.dumps(parts, sort_keys=True, ensure_ascii=False)


def _recheck_on(inputs: Inputs) -> date | None:
    """Return the next day on which a dated input changes its answer."""
    day = timedelta(days=1)
    dates, today = inputs.dates, inputs.today
    turns = [dates.pause_from, dates.pause_until and dates.pause_until + day]
    turns.append(dates.no_suspend_until and dates.no_suspend_until + day)
    for sale in inputs.sales:
        if not sale.removed:
            turns += [sale.starts_on, sale.ends_on and sale.ends_on + day]
    return min((turn for turn in turns if turn is not None and turn > today), default=None)
