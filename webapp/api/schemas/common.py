"""Shapes that many resources share."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from webapp.api.paging import ListQuery, Moment
from webapp.api.problems import words
from webapp.services.inputs import Input, Text

MoneyText = Annotated[str, Field(pattern=r"^\d+\.\d{2}$", description="R$, two decimals.", examples=["29.90"])]
AT = "2026-11-22T15:04:05Z"


class Out(BaseModel):
    """Parent of everything that is given out."""

    model_config = ConfigDict(extra="forbid")


class FailureOut(Out):
    """Why something did not work, in the words of Accept-Language."""

    code: str
    cause: str
    remedy: str
    field: str | None = None


class SwitchInput(Input):
    """Switch an object on or off."""

    active: bool


class ActiveInput(SwitchInput):
    """Switch an object on or off, with the reason for the history."""

    reason: Text = ""


class WhyInput(Input):
    """Why; kept in the history."""

    reason: Text = ""


class ChangedQuery(ListQuery):
    """A list that can be asked for what changed."""

    updated_since: Annotated[Moment | None, Field(description="Only what changed at or after this time.")] = None


def money(value: Decimal) -> str:
    """Return R$ as text with two decimals."""
    return f"{value:.2f}"


def failure(code: str | None, params: Mapping[str, Any] | None, field: str | None = None) -> FailureOut | None:
    """Explain a stored message code; None when there is none."""
    if code is None:
        return None
    said = words(code, params)
    return FailureOut(code=code, cause=said.cause, remedy=said.remedy, field=field)
