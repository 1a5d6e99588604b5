"""Who the provider is: the name that people know it by, and the state whose holidays count."""

import json
from dataclasses import asdict, dataclass

from stdnum.br import cnpj

from webapp.decide.calendar import STATES
from webapp.extensions import db
from webapp.models import Setting
from webapp.services import audit
from webapp.services.changes import commit, refuse_if
from webapp.services.errors import Problem

NAME, CNPJ = "provider", "provider_cnpj"
LONGEST = 80


@dataclass(frozen=True)
class Provider:
    """The provider; both are empty until somebody says them.

    Attributes:
        state: such as ``SP``.
    """

    name: str = ""
    state: str = ""


def read_provider() -> Provider:
    """Return what is known of the provider; one question."""
    kept = db.session.get(Setting, NAME)
    return provider_from(kept.value if kept is not None else "")


def provider_from(text: str) -> Provider:
    """Return the provider from the text of its row; nothing is known from an empty one."""
    return Provider(**json.loads(text)) if text else Provider()


def save_provider(name: str, state: str) -> Provider:
    """Keep who the provider is, and commit; the same again changes nothing.

    Args:
        state: such as ``SP``; empty = only the holidays of the whole country are known.

    Raises:
        Invalid: show every problem beside its field; nothing was changed.
    """
    new = Provider(name.strip(), state)
    refuse_if(_problems(new))
    old = read_provider()
    if new != old:
        db.session.merge(Setting(name=NAME, value=json.dumps(asdict(new), ensure_ascii=False)))
        audit.record("provider.update", "provider", None, new.name, before=asdict(old), after=asdict(new))
    commit()
    return new


def read_cnpj() -> str:
    """Return the provider's CNPJ without marks; empty until somebody says it."""
    kept = db.session.get(Setting, CNPJ)
    return kept.value if kept is not None else ""


def save_cnpj(text: str) -> str:
    """Keep the provider's CNPJ, which counts for Anatel carry, and commit; an empty one is taken away.

    Raises:
        Invalid: it is none; nothing was changed.
    """
    new = cnpj.compact(text).upper()
    refuse_if([Problem("cnpj", "provider_cnpj_wrong")] if new and not cnpj.is_valid(new) else [])
    old = read_cnpj()
    if new != old:
        # Apart from the rest: an older version beside this one would stumble over a word that it does not know.
        db.session.merge(Setting(name=CNPJ, value=new))
        audit.record("provider.update", "provider", None, before={"cnpj": old}, after={"cnpj": new})
    commit()
    return new


def _problems(provider: Provider) -> list[Problem]:
    problems = []
    if not provider.name:
        problems.append(Problem("name", "provider_name_missing"))
    if len(provider.name) > LONGEST:
        problems.append(Problem("name", "provider_name_long", {"most": LONGEST}))
    if provider.state and provider.state not in STATES:
        problems.append(Problem("state", "provider_state_unknown", {"state": provider.state}))
    return problems
