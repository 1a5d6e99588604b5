"""What a platform does not allow a subscriber to have at the same time. Pure.

The same words keep a sale from being made and a call from being sent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.decide.credentials import Flaw
from webapp.gateways.contract import Constraints

_CPF_LENGTH = 11
NONE = Constraints()


@dataclass(frozen=True)
class Held:
    """One product that a customer has, or shall have, on an integration.

    Attributes:
        service: code of the service that it belongs to.
        kind: the platform's own word for what sort of product it is; empty = not known.
    """

    service: str
    code: str
    name: str
    kind: str = ""


def constraint_flaw(
    rules: Constraints, document: str, own: Sequence[Held], others: Sequence[Held], *, shared_users: bool, fresh: bool
) -> Flaw | None:
    """Return the first rule that would be broken, in words; None = all are kept.

    Args:
        document: of the customer, without punctuation.
        own: what the account shall have, what it has included.
        others: what other services of the same customer have there.
        shared_users: all services of a customer are one subscriber there.
        fresh: the account, or the right, is not there yet.
    """
    if rules == NONE or not own:
        return None
    if fresh and rules.people_only and len(document) > _CPF_LENGTH:
        return Flaw("cpf_cnpj", "constraint_people_only", {})
    if fresh and rules.one_account_per_customer and others:
        return Flaw("", "constraint_one_account", {"service": others[0].service})
    subscriber = _distinct([*own, *others] if shared_users else own)
    if rules.one_product and len(subscriber) > 1:
        return Flaw("", "constraint_one_product", {"products": _names(subscriber)})
    return _kind_flaw(rules, [*_distinct(own), *others])


def _kind_flaw(rules: Constraints, held: list[Held]) -> Flaw | None:
    # A kind that is not known, such as of a product typed by hand, may be the one that is asked for.
    if rules.basic_kind and all(one.kind and not _same(one.kind, rules.basic_kind) for one in held):
        return Flaw("", "constraint_basic_missing", {"kind": rules.basic_kind, "products": _names(held)})
    for one in held if rules.distinct_kinds else ():
        same = [other for other in held if one.kind and _same(one.kind, other.kind)]
        if len(same) > 1:
            return Flaw("", "constraint_same_kind", {"kind": one.kind, "products": _names(same)})
    return None


def _same(kind: str, other: str) -> bool:
    return kind.casefold() == other.casefold()


def _distinct(held: Iterable[Held]) -> list[Held]:
    return list({one.code: one for one in held}.values())


def _names(held: Iterable[Held]) -> str:
    return ", ".join(sorted(one.name for one in held))
