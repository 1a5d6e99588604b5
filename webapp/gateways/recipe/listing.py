"""Reads all accounts page by page, and says whether the result may be trusted.

A listing that broke off, repeats itself or does not add up proves nothing about who is absent.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from webapp.gateways.contract import Observed
from webapp.gateways.errors import ContractBroken, GatewayError
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_calls import CompiledOperation
from webapp.gateways.recipe.readers import AccountReader

Fetch = Callable[[int], Answer]


class RecipeListing:
    """Iterate to the end, once; only then look at ``complete``. Not thread-safe.

    Attributes:
        reason: message code of why it is not complete; ``reason_params`` are its values.
        stated_total: how many there are, by the platform's last word.
    """

    def __init__(self, call: CompiledOperation, fetch: Fetch, reader: AccountReader) -> None:
        self.complete = False
        self.reason = "listing_not_read"
        self.reason_params: Mapping[str, Any] = {}
        self.covers = call.covers
        self.pages = 0
        self.stated_total: int | None = None
        self._call = call
        self._fetch = fetch
        self._reader = reader
        # What spoils the proof but not the reading: later pages still show accounts to be mended.
        self._doubt = ""
        self._seen: set[str] = set()
        self._read = 0
        self._former: list[Any] | None = None

    def __iter__(self) -> Iterator[Observed]:
        """Yield every account read.

        Raises:
            GatewayError: the first page could not be read; nothing was yielded. Later faults end the
                listing with a reason instead.
        """
        self.reason = ""
        while not self.reason:
            items = self._next_page()
            for item in items:
                yield self._observe(item)
            if not self.reason and self._is_last(items):
                break
        self.reason = self.reason or self._doubt or self._verdict()
        self.complete = not self.reason

    def _next_page(self) -> list[Any]:
        pager = self._call.pager.words
        try:
            answer = self._fetch(pager.start + self.pages)
            items = self._items(answer)
            self._note_total(answer)
        except GatewayError as error:
            if self.pages == 0:
                raise
            self.reason, self.reason_params = error.code, dict(error.params)
            return []
        self.pages += 1
        if items and items == self._former:
            self.reason = "listing_page_repeated"
            return []
        self._former = items
        return items

    def _items(self, answer: Answer) -> list[Any]:
        items = self._call.items(answer.view) if self._call.items else None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ContractBroken("answer_items_missing", exchange=answer.response.exchange)
        return items

    def _note_total(self, answer: Answer) -> None:
        if self._call.total is None:
            return
        raw = self._call.total(answer.view)
        if isinstance(raw, bool) or not str(raw).isdecimal():
            raise ContractBroken("listing_total_missing", exchange=answer.response.exchange)
        if self.stated_total is not None and self.stated_total != int(raw):
            self._doubt = self._doubt or "listing_changed_meanwhile"
        self.stated_total = int(raw)

    def _observe(self, item: Any) -> Observed:
        observed = self._reader.read(item)
        identity = "|".join(observed.remote_ids.values()) or observed.reference or observed.login
        if not identity or identity in self._seen:
            self._doubt = self._doubt or ("listing_overlap" if identity else "listing_unreadable_item")
        self._seen.add(identity)
        self._read += 1
        return observed

    def _is_last(self, items: list[Any]) -> bool:
        pager = self._call.pager.words
        if pager.kind == "none" or len(items) < pager.size or self.stated_total == self._read:
            return True
        if self.pages >= pager.max_pages:
            self.reason = "listing_too_long"
        return False

    def _verdict(self) -> str:
        counted = self.stated_total is None or self.stated_total == self._read
        return "" if counted else "listing_count_differs"
