"""A hub with a sealed value in every place where there can be one."""

import json
import re

from sqlalchemy import MetaData, select, text, update

from tests.factories import make_integration, make_package, make_sale, make_service, make_source
from tests.fixtures.people import PASSWORD
from webapp.clock import utc_now
from webapp.extensions import db
from webapp.models import (
    ApiToken,
    Channel,
    CustomerChannel,
    IdempotencyRecord,
    IntegrationCode,
    IntegrationToken,
    Invoice,
    SourcePull,
    SourceRow,
    SourceToken,
)
from webapp.services.hub import current_hub
from webapp.services.operators import create_operator
from webapp.services.privacy import salt
from webapp.services.secrets.places import PLACES, Sealed

SEALED = re.compile(r"(?:^|sealed:|\")(k\d+)\.[A-Za-z0-9+/]{38,}={0,2}")


OF_SALES = (
    "select service_package.*, service.code as service_code from service_package"
    " join service on service.id = service_package.service_id"
)


def build() -> None:
    """Make a row in every table with a sealed column, and seal something in each."""
    integration, source = make_integration(gateway="nx_play"), make_source()
    make_sale(make_service(), make_package(integration))
    operator = create_operator("admin@example.com", PASSWORD, "admin")
    token = ApiToken(name="erp", scope="read", token_hash="0" * 64)
    pull = SourcePull(source_id=source.id, mode="full", started_at=utc_now())
    db.session.add_all([token, pull])
    db.session.flush()
    db.session.add_all([
        IntegrationToken(integration_id=integration.id, sealed="-", changed_at=utc_now()),
        IntegrationCode(integration_id=integration.id, state_hash="1" * 64, sealed="-", expires_at=utc_now()),
        SourceToken(source_id=source.id, sealed="-", changed_at=utc_now()),
        SourceRow(pull_id=pull.id, position=0, payload={}, sealed="-"),
        Invoice(integration_id=integration.id, month=utc_now().date(), file_name="f.csv", digest="2" * 64, content="-"),
        Channel(description="mail", sealed="-", scheme="mailto"),
        CustomerChannel(kind="email", description="mail", sealed="-", scheme="mailto"),
        IdempotencyRecord(token_id=token.id, key="k", fingerprint="f", body="-", created_at=utc_now()),
    ])  # fmt: skip
    source.hook_token = operator.tf_totp_secret = "-"
    salt.make_salt()
    db.session.commit()
    for sealed in PLACES:
        _fill(sealed)
    db.session.commit()


def _fill(sealed: Sealed) -> None:
    """Seal a text in every row of a place; a row of the settings has its own already."""
    if sealed.only is not None:
        return
    vault = current_hub().vault
    column, table = sealed.column, sealed.column.table
    wanted = OF_SALES if sealed.in_json else f'select * from "{table.name}"'
    for row in db.session.execute(text(wanted)).all():
        if not sealed.in_json and not getattr(row, column.name):
            continue
        place = sealed.place(row, "pin") if sealed.in_json else sealed.place(row)
        value = vault.seal(f"secret at {place}", place)
        mine = [one == getattr(row, one.name) for one in table.primary_key.columns]
        put = {"pin": f"sealed:{value}", "plain": "x"} if sealed.in_json else value
        db.session.execute(update(table).where(*mine).values({column.name: put}))


def keys_in_use() -> dict[str, set[str]]:
    """Return under which keys something is sealed, by column: read from all tables, whatever the models say."""
    found: dict[str, set[str]] = {}
    tables = MetaData()
    with db.engine.connect() as connection:
        tables.reflect(connection)
        for table in tables.sorted_tables:
            for row in connection.execute(select(text("*")).select_from(table)).mappings():
                # The checks of the keys themselves stay, each under its own.
                texts = {} if row.get("name") == "key_check" else dict(row)
                for name, value in texts.items():
                    # An object comes as such from PostgreSQL, and as its text from SQLite.
                    content = json.dumps(value) if isinstance(value, dict | list) else value
                    content = content.decode("ascii", "replace") if isinstance(content, bytes) else content
                    if isinstance(content, str):
                        found.setdefault(f"{table.name}.{name}", set()).update(SEALED.findall(content))
    return {name: used for name, used in found.items() if used}
