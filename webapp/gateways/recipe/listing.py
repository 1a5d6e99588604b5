"""Reads all accounts page by page, and says whether the result may be trusted.

A listing that broke off, repeats itself or does not add up proves nothing about who is absent.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from webapp.gateways.contract import Observed
from webapp.gateways.errors import GatewayError
from webapp.gateways.recipe.compiled_calls import CompiledOperation
from webapp.gateways.recipe.paging import Fetch, Pages
from webapp.gateways.recipe.readers import AccountReader


class RecipeListing:
    """Iterate to the end, once; only then look at ``complete``. Not thread-safe.

    Attributes:
        reason: message code of why it is not complete; ``reason_params`` are its values.
        covers: states that it shows; empty for a listing of changes, which proves nobody's absence.
        stated_total: how many there are, by the platform's last word.
    """

    def __init__(
        self,
        call: CompiledOperation,
        fetch: Fetch,
        reader: AccountReader,
        sleep: Callable[[float], object],
        *,
        changes_only: bool = False,
        per_right: bool = False,
    ) -> None:
        self.complete = False
        self.reason = "listing_not_read"
        self.reason_params: Mapping[str, Any] = {}
        self.covers = frozenset() if changes_only else call.covers
        self.pages = 0
        self.stated_total: int | None = None
        self._source = Pages(call, fetch, sleep, objects_only=True)
        self._reader = reader
        self._changes_only = changes_only
        self._per_right = per_right
        # What spoils the proof but not the reading: later pages still show accounts to be mended.
        self._doubt = ""
        # Digests instead of texts: a million of them take a third of the memory. Two that meet by chance, once in
        # millions of readings, spoil a proof and nothing else.
        self._seen: set[int] = set()

    def __iter__(self) -> Iterator[Observed]:
        """Yield every account read.

        Raises:
            GatewayError: the first page could not be read; nothing was yielded. Later faults end the
                listing with a reason instead.
        """
        self.reason = ""
        try:
            for items in self._source:
                self.pages, self.stated_total = self._source.pages, self._source.stated_total
                yield from map(self._observe, items)
        except GatewayError as error:
            if self.pages == 0:
                raise
            self.reason, self.reason_params = error.code, dict(error.params)
        self.pages, self.stated_total = self._source.pages, self._source.stated_total
        self.reason = self.reason or self._source.reason or self._doubt or self._source.verdict()
        if self._changes_only:
            self.reason = self.reason or "listing_changes_only"
        self.complete = not self.reason

    def _observe(self, item: Any) -> Observed:
        observed = self._reader.read(item)
        identity = "|".join(observed.remote_ids.values()) or observed.reference or observed.login
        # Where each right is an account of its own, one person stands there once for each product.
        mark = "|".join((identity, *(observed.products or ()))) if self._per_right and identity else identity
        # An account may have changed twice.
        digest = hash(mark)
        if not mark or (digest in self._seen and not self._changes_only):
            self._doubt = self._doubt or ("listing_overlap" if mark else "listing_unreadable_item")
        self._seen.add(digest)
        return observed
