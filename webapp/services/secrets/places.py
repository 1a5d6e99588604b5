"""Every place in the database where something is sealed: which column, and what its rows are bound to.

A new sealed column belongs here, or a rotation would leave it under a key that goes; ``tests/secrets`` notices.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, Text, select, tuple_
from sqlalchemy import cast as sql_cast

from webapp.models import (
    Channel,
    CustomerChannel,
    IdempotencyRecord,
    Integration,
    IntegrationCode,
    IntegrationParam,
    Invoice,
    Operator,
    Service,
    ServicePackage,
    Setting,
    Source,
    SourceParam,
    SourceRow,
)
from webapp.services.activation import addresses
from webapp.services.buyers import password_place
from webapp.services.channel_state import address_place
from webapp.services.idempotency import body_place
from webapp.services.integration_params import param_place, source_param_place
from webapp.services.integration_tokens import OF_INTEGRATION, OF_SOURCE, TokenTable, code_place
from webapp.services.integrations import token_place
from webapp.services.invoices.files import content_place
from webapp.services.privacy import salt
from webapp.services.receipts import key as receipt_key
from webapp.services.sale_params import SEALED as MARK
from webapp.services.sale_params import secret_place
from webapp.services.second_factor import place_of
from webapp.services.secrets.checking import DIGESTS, DIGESTS_PLACE
from webapp.services.source_pulls.rows import row_place
from webapp.services.sources import hook_place

Change = Callable[[str, str], str]


@dataclass(frozen=True)
class Sealed:
    """One column of sealed values.

    Attributes:
        place: what a row's value is bound to; gets the row.
        needs: further columns that ``place`` reads.
        only: which rows; None = all with a value.
        in_json: the column is an object, and those of its values that begin with ``MARK`` are sealed; then ``place``
            gets the name too.
    """

    column: Column[Any]
    place: Callable[..., str]
    needs: tuple[Column[Any], ...] = ()
    only: ColumnElement[bool] | None = None
    in_json: bool = False

    @property
    def table(self) -> Table:
        return self.column.table

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    def rows(self, after: tuple[Any, ...] | None, limit: int, *, lock: bool) -> Select[Any]:
        """Return the next rows with a value behind this primary key.

        Args:
            lock: keep others from changing them until the transaction ends.
        """
        keys = list(self.table.primary_key.columns)
        wanted = select(*keys, self.column.label("value"), *(one for one in self.needs if one.table is self.table))
        if self.in_json:
            code = Service.__table__.c.code
            wanted = wanted.add_columns(code.label("service_code")).join(Service.__table__)
            wanted = wanted.where(sql_cast(self.column, Text).contains(MARK))
        wanted = wanted.where(self.column.is_not(None), self.column != "") if not self.in_json else wanted
        if self.only is not None:
            wanted = wanted.where(self.only)
        if after is not None:
            wanted = wanted.where(tuple_(*keys) > tuple_(*after))
        wanted = wanted.order_by(*keys).limit(limit)
        return wanted.with_for_update(of=self.table) if lock else wanted

    def key(self, row: Any) -> tuple[Any, ...]:
        """Return the primary key of a row."""
        return tuple(row._mapping[column.name] for column in self.table.primary_key.columns)

    def values(self, row: Any) -> Mapping[str, tuple[str, str]]:
        """Return what is sealed in a row and what it is bound to, by a name within the row."""
        if not self.in_json:
            return {"": (row.value, self.place(row))}
        held = row.value or {}
        return {
            name: (text.removeprefix(MARK), self.place(row, name))
            for name, text in held.items()
            if isinstance(text, str) and text.startswith(MARK)
        }

    def put(self, row: Any, fresh: Mapping[str, str]) -> Any:
        """Return the column's new value."""
        if not self.in_json:
            return fresh[""]
        return {**row.value, **{name: MARK + text for name, text in fresh.items()}}


def _columns(model: Any) -> Any:
    return model.__table__.c


def _token(table: TokenTable) -> Sealed:
    owner = table.rows.c[table.owner]
    return Sealed(table.rows.c.sealed, lambda row: table.place(row._mapping[owner.name]), (owner,))


_PARAM, _SOURCE_PARAM, _CODE = _columns(IntegrationParam), _columns(SourceParam), _columns(IntegrationCode)
_SALE, _SETTING = _columns(ServicePackage), _columns(Setting)
PLACES: tuple[Sealed, ...] = (
    Sealed(_PARAM.sealed, lambda row: param_place(row.integration_id, row.name), (_PARAM.integration_id, _PARAM.name)),
    Sealed(
        _SOURCE_PARAM.sealed,
        lambda row: source_param_place(row.source_id, row.name),
        (_SOURCE_PARAM.source_id, _SOURCE_PARAM.name),
    ),
    Sealed(_columns(Integration).callback_token, lambda row: token_place(row.id)),
    Sealed(_columns(Source).hook_token, lambda row: hook_place(row.id)),
    _token(OF_INTEGRATION),
    _token(OF_SOURCE),
    Sealed(
        _CODE.sealed,
        lambda row: code_place(row.integration_id, row.state_hash),
        (_CODE.integration_id, _CODE.state_hash),
    ),
    Sealed(_columns(Channel).sealed, lambda row: address_place(row.id)),
    Sealed(_columns(CustomerChannel).sealed, lambda row: addresses.address_place(row.id)),
    Sealed(_columns(Operator).tf_totp_secret, lambda row: place_of(row.id)),
    Sealed(_SETTING.value, lambda row: salt.PLACE, only=_SETTING.name == salt.NAME),
    Sealed(_SETTING.value, lambda row: DIGESTS_PLACE, only=_SETTING.name == DIGESTS),
    Sealed(_SETTING.value, lambda row: receipt_key.PLACE, only=_SETTING.name == receipt_key.NAME),
    Sealed(_columns(IdempotencyRecord).body, lambda row: body_place(row.id)),
    Sealed(
        _SALE.params,
        lambda row, name: secret_place(row.service_code, row.package_id, name),
        (_SALE.package_id,),
        in_json=True,
    ),
    Sealed(_columns(Service).password, lambda row: password_place(row.id)),
    Sealed(_columns(Invoice).content, lambda row: content_place(row.id)),
    Sealed(_columns(SourceRow).sealed, lambda row: row_place(row.pull_id, row.position)),
)
