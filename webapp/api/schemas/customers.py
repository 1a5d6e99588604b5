"""Customers, their services and the packages sold on them."""

from datetime import date, datetime
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from webapp.api.paging import Id, ListQuery
from webapp.api.schemas.common import AT, ChangedQuery, MoneyText, Out
from webapp.services.inputs import Code, Input, SaleInput, Text

CUSTOMER_IN = {
    "name": "Maria da Silva",
    "document": "52998224725",
    "email": "maria@example.com",
    "phone": "5511987654321",
}
CUSTOMER = {**CUSTOMER_IN, "id": 11, "code": "1234", "created_at": AT, "updated_at": AT}
SERVICE_IN = {
    "customer_code": "1234",
    "plan_id": 5,
    "status": "servico_habilitado",
    "login": "maria.fibra",
    "password": "segredo1",
}
SERVICE = {
    "id": 21,
    "code": "17711",
    "customer_code": "1234",
    "plan_id": 5,
    "status": "servico_habilitado",
    "login": "maria.fibra",
    "password_set": True,
    "address": "",
    "city": "Cidade Exemplo",
    "sold_on": "2026-11-22",
    "value": None,
    "due_day": 10,
    "billing_method": "Boleto",
    "billing_kind": "postpaid",
    "suspension_profile": "",
    "contract_ends_on": "2027-11-21",
    "enabled_at": AT,
    "paid_at": AT,
    "pause_from": None,
    "pause_until": None,
    "no_suspend_until": None,
    "no_suspend_reason": "",
    "created_at": AT,
    "updated_at": AT,
}
SALE_IN = {"package_id": 3, "value": "24.90", "description": "Black November", "params": {"usuario": "codigo_cliente"}}
SALE = {
    **SALE_IN,
    "id": 31,
    "service_code": "17711",
    "starts_on": None,
    "ends_on": None,
    "free_until": None,
    "removed_at": None,
    "created_at": AT,
    "updated_at": AT,
}


class CustomerQuery(ChangedQuery):
    """Filters of the list of customers."""

    search: str | None = Field(
        default=None, min_length=2, max_length=100, description="Part of the name, or a code, document or e-mail."
    )


class CustomerOut(Out):
    """Person or company."""

    id: int
    code: str
    name: str
    document: str
    email: str
    phone: str
    created_at: datetime
    updated_at: datetime


class CustomerPage(Out):
    """A page of customers."""

    items: list[CustomerOut]
    next_cursor: str | None


class ServiceQuery(ChangedQuery):
    """Filters of the list of services."""

    customer_code: str | None = Field(default=None, max_length=60)
    status: str | None = Field(default=None, max_length=40)
    plan_id: Id | None = None


class ServicePatch(Input):
    """Either a new status, or another plan with the packages to have on it (None = those of the plan)."""

    status: Code | None = None
    plan_id: Id | None = None
    packages: list[SaleInput] | None = None
    reason: Text = ""

    @model_validator(mode="after")
    def _one_change(self) -> Self:
        if (self.status is None) == (self.plan_id is None):
            raise PydanticCustomError("one_change_at_a_time", "Give exactly one of status and plan_id.")
        if self.packages is not None and self.plan_id is None:
            raise PydanticCustomError("packages_need_plan", "Packages come together with plan_id.")
        return self


class ServiceOut(Out):
    """One contracted plan of one customer. The password is never given out.

    ``value`` is null where the plan's own value counts.
    """

    id: int
    code: str
    customer_code: str
    plan_id: int
    status: str
    login: str
    password_set: bool
    address: str
    city: str | None
    sold_on: date | None
    value: MoneyText | None
    due_day: int | None
    billing_method: str
    billing_kind: str
    suspension_profile: str
    contract_ends_on: date | None
    enabled_at: datetime | None
    paid_at: datetime | None
    pause_from: date | None
    pause_until: date | None
    no_suspend_until: date | None
    no_suspend_reason: str
    created_at: datetime
    updated_at: datetime


class ServicePage(Out):
    """A page of services."""

    items: list[ServiceOut]
    next_cursor: str | None


class SaleQuery(ListQuery):
    """Filters of the packages of a service."""

    removed: bool = Field(default=False, description="True lists those that were taken off, too.")


class SaleRemoval(Input):
    """Why a package is taken off; kept in the history."""

    reason: Text = ""


class SaleOut(Out):
    """A package sold on a service."""

    id: int
    service_code: str
    package_id: int
    value: MoneyText
    description: str
    params: dict[str, str]
    starts_on: date | None
    ends_on: date | None
    free_until: date | None = Field(description="Last day that costs the customer nothing, by a campaign.")
    removed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class SalePage(Out):
    """A page of packages sold."""

    items: list[SaleOut]
    next_cursor: str | None
