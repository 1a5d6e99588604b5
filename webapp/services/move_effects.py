"""What moving a service does on each platform, from rows that the page has read already. Reads only."""

from dataclasses import replace

from webapp.decide.desired import Inputs
from webapp.decide.effects import without_param
from webapp.gateways.contract import Secret
from webapp.models import Customer
from webapp.services.buyers import EMAIL, customer_facts
from webapp.services.plan_sales import PlanMove
from webapp.services.preview_effects import PlatformEffect, distinct, effects_on, without
from webapp.services.preview_inputs import Scene, new_sale


def effects_of_plan_move(scene: Scene, move: PlanMove) -> list[PlatformEffect]:
    """Return what a move to another plan does, for the platforms whose packages come or go."""
    gone = {sale.id for sale in move.gone}
    fresh = [(new.package.integration_id, new_sale(new.package, new.params)) for new in move.add]
    touched = [new.package.integration for new in move.add] + [sale.package.integration for sale in move.gone]

    def alter(integration_id: int, inputs: Inputs) -> Inputs:
        held = without(inputs, gone).sales
        return replace(inputs, sales=(*held, *(sale for owner, sale in fresh if owner == integration_id)))

    return effects_on(scene, distinct(touched), alter)


def effects_for_holder(scene: Scene, holder: Customer, email: str = "") -> list[PlatformEffect]:
    """Return what a new holder of the service gets, as if it were new: no account, no password, no old e-mail.

    Args:
        email: for the accounts; empty = the holder's own.
    """

    def alter(_integration_id: int, inputs: Inputs) -> Inputs:
        service = replace(inputs.service, id=0, password=Secret(""))
        sales = tuple(sale for sale in inputs.sales if not sale.removed)
        bare = without_param(replace(inputs, customer=customer_facts(holder), service=service, sales=sales), EMAIL)
        if not email or inputs.traits.param(EMAIL) is None:
            return bare
        return replace(bare, sales=tuple(replace(sale, params={**sale.params, EMAIL: email}) for sale in bare.sales))

    fresh = replace(scene, accounts={})
    return effects_on(fresh, fresh.integrations().values(), alter)
