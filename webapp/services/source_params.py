"""Parameters of a source as those of an integration are judged, and whether its address became another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.decide.params import Declares
from webapp.gateways.contract import ParamSpec, PasswordRule
from webapp.models import Source
from webapp.services.errors import Problem
from webapp.services.integration_params import param_problems
from webapp.sources.contract import SourceTraits

# Besides params of the kind url: what is typed as a bare host is an address too.
ADDRESS_NAMES = frozenset({"url", "host", "address", "api_url", "endereco"})
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class SourceParams:
    """The params of a source, in the shape that all params are judged in: none is free, none is a switch."""

    params: tuple[ParamSpec, ...]
    boolean_params: tuple[str, ...] = ()
    free_params: bool = False
    password: PasswordRule | None = None

    def param(self, name: str) -> ParamSpec | None:
        """Return the declared param of that name."""
        return next((spec for spec in self.params if spec.name == name), None)


def declared(traits: SourceTraits) -> Declares:
    """Return what a kind of source declares."""
    return SourceParams(traits.params)


def source_problems(
    traits: SourceTraits, params: Mapping[str, str], kept: set[str], forgotten: set[str]
) -> list[Problem]:
    """Return what is wrong with the params of a source, by ``params.NAME``.

    Args:
        kept: stored secrets that count.
        forgotten: stored secrets that do not count any more, because the address is another one.
    """
    problems = param_problems(declared(traits), params, kept)
    return [_said(problem, forgotten) for problem in problems]


def address_changed(source: Source, traits: SourceTraits, params: Mapping[str, str]) -> bool:
    """Tell whether the params lead to another server than the stored ones."""
    stored = {param.name: param.value for param in source.params if not param.sealed}
    return any(
        _origin(stored[name]) != _origin(params.get(name, "")) for name in address_names(traits) if stored.get(name)
    )


def address_names(traits: SourceTraits) -> list[str]:
    """Return the params that say where the ERP is."""
    return [spec.name for spec in traits.params if spec.kind == "url" or spec.name in ADDRESS_NAMES]


def _said(problem: Problem, forgotten: set[str]) -> Problem:
    name = problem.field.removeprefix("params.")
    if problem.code == "param_required" and name in forgotten:
        return Problem(problem.field, "source_secret_again", problem.params)
    return problem


def _origin(address: str) -> tuple[str, str, int | None]:
    text = address.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError:
        return text, "", None
    return parts.scheme, (parts.hostname or "").rstrip("."), port or PORTS.get(parts.scheme)
