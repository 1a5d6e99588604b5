"""One account, or one right on it, as we believe it to be: what a platform's word is laid beside. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from webapp.decide.state import ABSENT, ACCOUNT_UNIT, NONE


@dataclass(frozen=True)
class Believed:
    """One account, or one right on it, as we believe it to be.

    Attributes:
        settled: nothing is under way or waits for a person; only then it is compared.
        content: what it shall be.
        unit: the right, where each is compared by itself; then ``products`` is its one product.
        own_ids: remote ids of the right itself; ``remote_ids`` are the account's.
        document: of the customer; empty = not known.
        confirmed: that a reading does not show it may be acted upon: the platform can be asked again before
            anything is made, or a reading long enough ago did not show it either.
        fading: we ended it so lately that the platform may go on showing it for a while.
        vanishes: the platform has no suspension: who is suspended here is ended there, and so not shown.
        grave_ids, grave_login: what it was on the platform before we ended it.
    """

    account_id: int
    login: str
    reference: str
    remote_ids: Mapping[str, str]
    state: str
    content: str
    products: tuple[str, ...]
    settled: bool
    unit: str = ACCOUNT_UNIT
    own_ids: Mapping[str, str] = field(default_factory=dict)
    document: str = ""
    confirmed: bool = True
    fading: bool = False
    vanishes: bool = False
    grave_ids: Mapping[str, str] = field(default_factory=dict)
    grave_login: str = ""

    @property
    def live(self) -> bool:
        """Something is, or may be, on the platform."""
        return self.state not in (NONE, ABSENT)

    @property
    def key(self) -> tuple[int, str]:
        return self.account_id, self.unit
