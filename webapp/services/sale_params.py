"""Params of a package sold: secrets among them are sealed before they reach the database.

A sealed value is bound to its service, package and name; moved elsewhere it does not open.
Whoever stores a row need not think of it: it happens on every flush.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, inspect

from webapp.decide.params import is_secret
from webapp.extensions import db
from webapp.gateways.contract import Secret, Traits
from webapp.models import Package, Service, ServicePackage
from webapp.services.audit import MASK
from webapp.services.buyers import traits_of
from webapp.services.hub import current_hub
from webapp.vault import Vault, VaultError

# A value that begins so is always a sealed one: what people type is sealed when it does.
SEALED = "sealed:"


def open_params(vault: Vault, service_code: str, package_id: int, params: Mapping[str, str]) -> dict[str, str]:
    """Return the params as a gateway needs them; what was sealed is a ``Secret``.

    Raises:
        VaultError: restore the encryption key; nothing may be sent.
    """
    return {
        name: vault.open(value.removeprefix(SEALED), secret_place(service_code, package_id, name))
        if value.startswith(SEALED)
        else value
        for name, value in params.items()
    }


def opened(sale: ServicePackage) -> dict[str, str]:
    """Return the params of a stored sale, secrets opened: to be sold again elsewhere, never to be shown.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    return open_params(current_hub().vault, sale.service.code, sale.package_id, sale.params)


def secret_names(sale: ServicePackage) -> set[str]:
    """Return the names of those params whose values must never be shown."""
    traits = traits_of(sale.package.integration)
    return {name for name, value in sale.params.items() if value.startswith(SEALED) or _secret(traits, name)}


def shown(sale: ServicePackage) -> dict[str, str]:
    """Return the params as anybody may see them: of a secret only that there is one."""
    hidden = secret_names(sale)
    return {name: MASK if name in hidden else value for name, value in sale.params.items()}


def sealed(traits: Traits | None, service_code: str, package_id: int, params: Mapping[str, str]) -> dict[str, str]:
    """Return params as a row keeps them, for those who write rows without the session's flush."""
    return {name: _kept(traits, service_code, package_id, name, value) for name, value in params.items()}


def history(
    params: Mapping[str, str], traits: Traits | None, before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return params as the history keeps them; a secret that differs from ``before`` is seen to be new."""
    kept = {}
    for name, value in params.items():
        if not (value.startswith(SEALED) or _secret(traits, name)):
            kept[name] = value
        else:
            kept[name] = MASK if before is None or before.get(name) == value else f"{MASK} (new)"
    return kept


def merged(sale: ServicePackage, given: Mapping[str, str]) -> dict[str, str]:
    """Return what a sale's params become: a secret left out or given masked is kept, an empty one goes.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    kept = {name: sale.params[name] for name in _kept_secrets(sale, given)}
    return {**_fresh(sale, given, kept), **kept}


def plain_after(sale: ServicePackage, given: Mapping[str, str]) -> dict[str, str]:
    """Return the same opened, secrets marked as such: to be judged and previewed, never to be stored.

    Raises:
        VaultError: restore the encryption key; nothing was changed.
    """
    plain = opened(sale)
    kept = {name: Secret(plain[name]) for name in _kept_secrets(sale, given)}
    return {**marked(traits_of(sale.package.integration), _fresh(sale, given, kept)), **kept}


def marked(traits: Traits | None, params: Mapping[str, str]) -> dict[str, str]:
    """Return params with the secret ones marked, so that no request shows them."""
    return {name: Secret(value) if _secret(traits, name) else value for name, value in params.items()}


def _kept_secrets(sale: ServicePackage, given: Mapping[str, str]) -> list[str]:
    hidden, plain = secret_names(sale), opened(sale)
    return [name for name in sale.params if name in hidden and given.get(name, MASK) in (MASK, plain[name])]


def _fresh(sale: ServicePackage, given: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    hidden = secret_names(sale)
    return {name: value for name, value in given.items() if name not in kept and (value or name not in hidden)}


@event.listens_for(db.session, "before_flush")
def _seal_fresh(session: Any, _context: Any, _objects: Any) -> None:
    for row in (*session.new, *session.dirty):
        if isinstance(row, ServicePackage) and row.params and inspect(row).attrs.params.history.has_changes():
            _seal(row)


def _seal(row: ServicePackage) -> None:
    package = row.package or db.session.get(Package, row.package_id)
    service = row.service or db.session.get(Service, row.service_id)
    if package is None or service is None:
        # The foreign key refuses the row in a moment.
        return
    traits = traits_of(package.integration)
    wanted = sealed(traits, service.code, package.id, row.params)
    if wanted != row.params:
        row.params = wanted


def _kept(traits: Traits | None, service_code: str, package_id: int, name: str, value: str) -> str:
    """Return a value as the row keeps it; what is sealed for this very place already stays as it is."""
    if not value or not (value.startswith(SEALED) or _secret(traits, name)):
        return value
    vault, place = current_hub().vault, secret_place(service_code, package_id, name)
    try:
        vault.open(value.removeprefix(SEALED), place)
    except VaultError:
        return SEALED + vault.seal(value, place)
    return value


def _secret(traits: Traits | None, name: str) -> bool:
    return traits is not None and is_secret(traits, name)


def secret_place(service_code: str, package_id: int, name: str) -> str:
    """Return where a secret param of a package sold is sealed."""
    return f"service_package:params:{service_code}:{package_id}:{name}"
