"""What a platform does not allow beside each other, checked while the attendant still looks at the sale.

The engine checks the same before it sends, and says it in the same words.
"""

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import select

from webapp.decide.constraints import NONE, Held, constraint_flaw
from webapp.decide.policy import ENDED
from webapp.extensions import db
from webapp.gateways.contract import Traits
from webapp.models import Account, Integration, Package, PackageProduct, Product, Service, ServicePackage
from webapp.services.buyers import Buyer, Wanted, frozen_account
from webapp.services.errors import Problem

_FIELDS = {"cpf_cnpj": "document"}


def constraint_problems(
    traits: Traits, integration: Integration, buyer: Buyer, sales: Sequence[Wanted],
    frozen: Callable[[int, int], Account | None] = frozen_account,
) -> list[Problem]:  # fmt: skip
    """Return which of the platform's own rules these packages of one integration would break.

    Args:
        sales: all that the service will hold there; without a new or changed one nothing is judged.
        frozen: see ``sale_checks.sale_problems``.
    """
    judged = next((sale for sale in sales if sale.judged), None)
    if traits.constraints == NONE or judged is None:
        return []
    flaw = constraint_flaw(
        traits.constraints, buyer.customer.document, list(_own(buyer, sales)), _others(integration.id, buyer),
        shared_users=traits.shared_users, fresh=frozen(buyer.service.id, integration.id) is None,
    )  # fmt: skip
    if flaw is None:
        return []
    return [Problem(_FIELDS.get(flaw.field, f"{judged.prefix}package_id"), flaw.code, flaw.params)]


def _own(buyer: Buyer, sales: Sequence[Wanted]) -> Iterator[Held]:
    for sale in sales:
        for link in sale.package.product_links:
            yield Held(buyer.service.code, link.product.code, link.product.name, link.product.kind)


def _others(integration_id: int, buyer: Buyer) -> list[Held]:
    """Return what the customer's other services hold on the integration."""
    if not buyer.customer.id:
        return []
    statement = (
        select(Service.code.label("service"), Product.code, Product.name, Product.kind)
        .join(ServicePackage, ServicePackage.service_id == Service.id)
        .join(Package, Package.id == ServicePackage.package_id)
        .join(PackageProduct, PackageProduct.package_id == Package.id)
        .join(Product, Product.id == PackageProduct.product_id)
        .where(Service.customer_id == buyer.customer.id, Service.id != buyer.service.id)
        .where(Service.status.not_in(ENDED), ServicePackage.removed_at.is_(None))
        .where(Package.integration_id == integration_id)
        .order_by(Service.id, Product.id)
    )
    return [Held(row.service, row.code, row.name, row.kind) for row in db.session.execute(statement)]
