"""What a scrape is told: the figures of this process, and, where asked, those of the whole hub."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from webapp.services.metrics import hub, process
from webapp.services.metrics.families import Sheet


class _Whole(Collector):
    def __init__(self, sheet: Sheet | None) -> None:
        self._sheet = sheet

    def collect(self) -> Iterator[Metric]:
        yield from process.REGISTRY.collect()
        if self._sheet is not None:
            yield from self._sheet.collect()


def figures(now: datetime, accept: str, *, whole_hub: bool) -> tuple[bytes, str]:
    """Return the text of a scrape and its content type.

    Args:
        accept: what the scraper reads: the text format of Prometheus, or OpenMetrics.
        whole_hub: with what the database says; every process would say the same.
    """
    sheet = Sheet() if whole_hub else None
    if sheet is not None:
        hub.fill(sheet, now)
    process.show_parts()
    encode, content_type = choose_encoder(accept)
    return encode(_Whole(sheet)), content_type
