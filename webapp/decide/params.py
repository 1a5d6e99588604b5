"""Parameters of integrations, of sales and of sources, judged by what declares them. Pure."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from webapp.decide.credentials import USER_PARAM, Flaw, boolean_flaw
from webapp.gateways.contract import ParamSpec, PasswordRule, Traits

INTEGRATION, SALE = "integration", "package"
# A free param is typed by hand, so its name is all that tells a password from a shop number.
_SECRET_NAME = re.compile(
    r"authorization|token|secret|segredo|senha|passw|cookie|credential|api[-_]?key", re.IGNORECASE
)
# As platforms read it, and as a request carries it: no thousands parted, a point before the decimals.
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", re.ASCII)


class Declares(Protocol):
    """What declares params: a gateway's ``Traits``, or what stands in for those of a source."""

    @property
    def params(self) -> tuple[ParamSpec, ...]:
        """Those that are declared."""

    @property
    def boolean_params(self) -> tuple[str, ...]:
        """Params of a sale that are switches."""

    @property
    def free_params(self) -> bool:
        """Whether others are taken too."""

    @property
    def password(self) -> PasswordRule | None:
        """How a subscriber's password is made; None = none is."""

    def param(self, name: str) -> ParamSpec | None:
        """Return the declared param of that name."""


def specs_for(traits: Declares, scope: str) -> list[ParamSpec]:
    """Return the declared params that may stand on an integration or on a sale."""
    return [spec for spec in traits.params if spec.scope in (scope, "both")]


def is_secret(traits: Declares, name: str) -> bool:
    """Tell whether a param's value must never be shown."""
    spec = traits.param(name)
    return spec.secret if spec else looks_secret(name)


def looks_secret(name: str) -> bool:
    """Tell whether a name that no gateway declares is that of a secret."""
    return bool(_SECRET_NAME.search(name))


def param_flaws(traits: Declares, params: Mapping[str, str], scope: str, kept: Iterable[str] = ()) -> list[Flaw]:
    """Return everything that is wrong with these params; empty when they can be used.

    Args:
        scope: ``INTEGRATION`` or ``SALE``.
        kept: names of secrets that are stored already and need not be given again.
    """
    specs = {spec.name: spec for spec in specs_for(traits, scope)}
    flaws = [flaw for name, value in params.items() if (flaw := _flaw(traits, specs, name, value, scope))]
    given = {name for name, value in params.items() if value.strip()} | (set(kept) - params.keys())
    missing = [spec for spec in specs.values() if spec.required and not spec.default and spec.name not in given]
    return flaws + [Flaw(spec.name, "param_required", {"name": spec.name, "label": spec.label}) for spec in missing]


def frozen_flaws(traits: Traits, old: Mapping[str, str], new: Mapping[str, str]) -> list[Flaw]:
    """Return the params that changed although the platform has taken them for good."""
    changed = [
        spec.name
        for spec in specs_for(traits, SALE)
        if spec.immutable and old.get(spec.name, "").strip().lower() != new.get(spec.name, "").strip().lower()
    ]
    return [Flaw(name, "param_frozen", {"name": name, "value": old.get(name, "")}) for name in changed]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that was probably meant, or an empty text."""
    plain = {_plain(option): option for option in known}
    found = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=0.6)
    return plain[found[0]] if found else ""


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.lower())


def _flaw(traits: Declares, specs: Mapping[str, ParamSpec], name: str, value: str, scope: str) -> Flaw | None:
    if scope == SALE and name in traits.boolean_params:
        return boolean_flaw(name, value)
    spec = specs.get(name)
    if spec is None:
        return _unknown(traits, specs, name, scope)
    return _value_flaw(spec, value.strip())


def _unknown(traits: Declares, specs: Mapping[str, ParamSpec], name: str, scope: str) -> Flaw | None:
    names = [*specs, *(traits.boolean_params if scope == SALE else ())]
    if traits.password and name == USER_PARAM:
        return None
    if traits.free_params:
        return None
    meant = nearest(name, names)
    if meant:
        return Flaw(name, "param_unknown_near", {"name": name, "meant": meant})
    return Flaw(name, "param_unknown", {"name": name, "allowed": ", ".join(names) or "-"})


def _value_flaw(spec: ParamSpec, value: str) -> Flaw | None:
    if not value:
        return None
    if spec.kind == "url" and not _is_url(value):
        return Flaw(spec.name, "param_not_url", {"name": spec.name, "label": spec.label})
    if spec.kind == "number" and not _NUMBER.fullmatch(value):
        return Flaw(spec.name, "param_not_number", {"name": spec.name, "label": spec.label})
    if spec.kind == "boolean":
        return boolean_flaw(spec.name, value)
    if spec.choices and value not in spec.choices:
        return Flaw(spec.name, "param_choice", {"name": spec.name, "allowed": ", ".join(spec.choices)})
    return None


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in value and port != 0
