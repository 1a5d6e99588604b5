"""Reads a list page by page, in whatever way the platform counts its pages."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from webapp.gateways.errors import ContractBroken
from webapp.gateways.recipe.answers import Answer
from webapp.gateways.recipe.compiled_calls import CompiledOperation
from webapp.gateways.recipe.expressions import Getter
from webapp.gateways.recipe.schema_calls import Pager
from webapp.gateways.recipe.scope import Page

Fetch = Callable[[Page], Answer]


class Pages:
    """Iterate to the end, once; only then look at ``reason``. Not thread-safe.

    A stated total ends the reading and a short page does not, since servers give less than they were
    asked for. Without a total a short page, or only an empty one, is the last.

    Attributes:
        reason: message code of why the pages are not all; empty = all were read.
        doubt: message code of what spoils the proof although all pages were read.
        read: how many items so far.
        stated_total: how many there are, by the platform's last word.
    """

    def __init__(
        self,
        call: CompiledOperation,
        fetch: Fetch,
        sleep: Callable[[float], object],
        *,
        objects_only: bool = False,
    ) -> None:
        self.reason = ""
        self.reason_params: Mapping[str, Any] = {}
        self.doubt = ""
        self.pages = 0
        self.read = 0
        self.stated_total: int | None = None
        self._call = call
        self._pager = call.pager.words
        self._fetch = fetch
        self._sleep = sleep
        self._objects_only = objects_only
        self._former: list[Any] | None = None
        self._cursors: set[str] = {""}
        self._cursor = ""

    def __iter__(self) -> Iterator[list[Any]]:
        """Yield the items of each page.

        Raises:
            GatewayError: a page could not be read; what was yielded before stands.
        """
        while True:
            answer = self._ask()
            items = self._items(answer)
            self._note_total(answer)
            self.pages += 1
            if items and items == self._former:
                # It does not turn its pages. What was read is all of it only if it says so itself.
                self.reason = "" if self.read == self.stated_total else "listing_page_repeated"
                return
            self._former = items
            self.read += len(items)
            yield items
            if self._is_last(answer, items):
                return
            if self.pages >= self._pager.max_pages:
                self.reason = "listing_too_long"
                return

    def verdict(self) -> str:
        """Return why the whole may not be trusted; empty when it may."""
        counted = self.stated_total is None or self.stated_total == self.read
        return self.reason or self.doubt or ("" if counted else "listing_count_differs")

    def _ask(self) -> Answer:
        if self.pages and self._pager.pause_s:
            self._sleep(self._pager.pause_s)
        return self._fetch(self._page())

    def _page(self) -> Page:
        first = first_page(self._pager)
        return Page(first.number + self.pages, first.size, first.offset + self.read, self._cursor)

    def _items(self, answer: Answer) -> list[Any]:
        items = self._call.items(answer.view) if self._call.items else None
        if not isinstance(items, list) or (self._objects_only and not all(isinstance(item, dict) for item in items)):
            raise ContractBroken("answer_items_missing", exchange=answer.response.exchange)
        return items

    def _note_total(self, answer: Answer) -> None:
        if self._call.total is None:
            return
        raw = self._call.total(answer.view)
        if isinstance(raw, bool) or not str(raw).isdecimal():
            raise ContractBroken("listing_total_missing", exchange=answer.response.exchange)
        if self.stated_total is not None and self.stated_total != int(raw):
            self.doubt = self.doubt or "listing_changed_meanwhile"
        self.stated_total = int(raw)

    def _is_last(self, answer: Answer, items: list[Any]) -> bool:
        if self._pager.kind == "none":
            return True
        if self._pager.kind == "cursor":
            return self._is_last_cursor(answer, items)
        if self._pager.kind == "last_page":
            return self._pager.start + self.pages > self._number(answer, self._call.pager.last)
        if self._pager.until == "empty" or not items:
            return not items
        return len(items) < self._pager.size if self.stated_total is None else self.read >= self.stated_total

    def _is_last_cursor(self, answer: Answer, items: list[Any]) -> bool:
        raw = self._call.pager.next(answer.view) if self._call.pager.next else None
        if raw in (None, "", False) or (self._pager.until == "empty" and not items):
            return True
        if isinstance(raw, bool) or not isinstance(raw, str | int):
            raise ContractBroken("listing_cursor_unreadable", exchange=answer.response.exchange)
        self._cursor = str(raw)
        if self._cursor in self._cursors:
            self.reason = "listing_cursor_repeated"
            return True
        self._cursors.add(self._cursor)
        return False

    def _number(self, answer: Answer, path: Getter | None) -> int:
        raw = path(answer.view) if path else None
        if isinstance(raw, bool) or not str(raw).isdecimal():
            raise ContractBroken("listing_last_page_missing", exchange=answer.response.exchange)
        return int(str(raw))


def first_page(pager: Pager) -> Page:
    """Return the page with which a reading begins."""
    # Pages are mostly counted from 1 and items from 0, unless the recipe says where they start.
    offset = pager.start if pager.kind == "offset" and "start" in pager.model_fields_set else 0
    return Page(pager.start, pager.size, offset)
