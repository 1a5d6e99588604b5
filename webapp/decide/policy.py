"""From a service's status to what its content shall be. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Content(StrEnum):
    """What shall be on a platform. ``KEEP``: what exists stays as it is, nothing new is made."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    KEEP = "keep"
    ABSENT = "absent"


# What a kept account never falls below; *as it is* takes nothing away, so it stands above all of them.
_LEVELS = (Content.ABSENT, Content.SUSPENDED, Content.ACTIVE)
PAYING = ("servico_habilitado", "franquia_excedida")
NOT_PAYING = ("suspenso_debito", "suspenso_parcialmente", "suspenso_pedido_cliente")
WAITING = (
    "agendado_para_instalacao",
    "aguardando_assinatura_contrato",
    "aguardando_configuracao",
    "aguardando_instalacao",
    "aguardando_liberacao_ti",
    "aguardando_migracao",
)
ENDED = ("cancelado", "inativo")
STATUSES = (*PAYING, *NOT_PAYING, *WAITING, *ENDED)
WAITING_PREFIXES = ("agendado_", "aguardando_")


# Whose status counts on an integration: of the service that carries the package, or the best of the customer's.
SERVICE_SCOPE, CUSTOMER_SCOPE = "service", "customer"


def lifted(status: str, others: Iterable[str]) -> str:
    """Return the status that counts where the best of a customer's services does.

    Only a service that is suspended or still waits is lifted, and only to one that pays. One that ended stays
    ended, whoever pays for another; so does one whose status nobody knows.

    Args:
        others: statuses of the customer's other services.
    """
    if status not in (*NOT_PAYING, *WAITING):
        return status
    found = set(others)
    return next((paying for paying in PAYING if paying in found), status)


def at_least(content: Content, keep: str) -> Content:
    """Return the content, or what is kept where that is more; ``KEEP`` stays: it takes nothing away.

    Args:
        keep: ``Account.keep_content``; empty = nothing is kept.
    """
    if not keep or content is Content.KEEP:
        return content
    return max(content, Content(keep), key=_LEVELS.index)


def content_for(status: str, *, follow_status: bool, rules: Mapping[str, str]) -> Content:
    """Return what a service's status asks for on one integration.

    An unknown status word changes nothing: it is never read as ended.

    Args:
        follow_status: the integration's *Habilitar/Suspender Assinaturas*.
        rules: the integration's own rows, status -> content; they win.

    Source: HubSoft API documents, ``servico_status`` prefixes; design 3.
    """
    if status in rules:
        return Content(rules[status])
    if status in PAYING:
        return Content.ACTIVE
    if status in NOT_PAYING:
        return Content.SUSPENDED if follow_status else Content.KEEP
    if status in ENDED:
        return Content.ABSENT
    return Content.KEEP
