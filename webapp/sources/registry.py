"""All kinds of sources by key."""

from functools import lru_cache

from webapp.sources.contract import Source
from webapp.sources.hubsoft import HubSoftSource
from webapp.sources.ixc import IxcSource
from webapp.sources.sgp import SgpSource
from webapp.sources.spreadsheet import Spreadsheet


class UnknownSource(KeyError):
    """No kind of source of that key: it came with another version of the program; show the key."""


def get_source(key: str) -> Source:
    """Return the kind of source of that key.

    Raises:
        UnknownSource: show the key; nothing can be read.
    """
    try:
        return _sources()[key]
    except KeyError:
        raise UnknownSource(key) from None


def all_sources() -> list[Source]:
    """Return every kind of source, in the order in which they are offered."""
    return list(_sources().values())


@lru_cache(maxsize=1)
def _sources() -> dict[str, Source]:
    sources: tuple[Source, ...] = (HubSoftSource(), IxcSource(), SgpSource(), Spreadsheet())
    return {source.traits.key: source for source in sources}
