"""One text of help: for which pages, in which sentences, and where the guide says more."""

from dataclasses import dataclass

from flask_babel.speaklater import LazyString


@dataclass(frozen=True)
class Topic:
    """What the button "Help" of a page says.

    Attributes:
        endpoints: of the pages that it explains; a page that a form leads back to counts as well.
        lines: what the page is for, what one does there, and a word that needs explaining: two to five of them.
        guide: page and section of the guide that says more, ``listas#filtrar``.
    """

    endpoints: tuple[str, ...]
    lines: tuple[LazyString, ...]
    guide: str
