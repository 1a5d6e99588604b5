"""Made-up subscribers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from webapp.gateways.contract import (
    AccountFacts,
    CustomerFacts,
    ProductFacts,
    SaleFacts,
    Secret,
    ServiceFacts,
    Subject,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PASSWORD = "s3nha-da-maria"
FULL = ProductFacts("FULL", "Plano Full")


def make_subject(**account: Any) -> Subject:
    """Maria and her account; ``account`` changes facts of it."""
    facts = AccountFacts(
        id=5,
        reference="sintonia-5",
        login="maria@example.com",
        password=Secret(PASSWORD),
        params={},
        products=(FULL,),
        remote_ids={"id": "88"},
    )
    return Subject(
        account=replace(facts, **account),
        customer=CustomerFacts(
            25138, "2023", "Maria Conceição 🎬", "52998224725", "maria@example.com", "+55 11 98765-4321"
        ),
        service=ServiceFacts(17711, "S1", "servico_habilitado", "maria.login", Secret(PASSWORD)),
    )


def make_sale_subject(**account: Any) -> Subject:
    """Maria, as a gateway sees her whose unit is the package sold."""
    sale = SaleFacts(991, 240, "APP", "App de filmes", FULL, {"noggin": "false"})
    return replace(make_subject(**account), sale=sale)
