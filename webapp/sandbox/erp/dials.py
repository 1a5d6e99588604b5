"""The dials of a fake ERP: each way in which an ERP has been seen to mislead who reads it."""

from typing import Literal

from pydantic import Field

from webapp.sandbox.dials import Board

Instead = Literal["empty_array", "empty_list", "html", "truncated_json", "error_in_200"]


class ErpDials(Board):
    """All dials of one tenant's ERP. Pages count from 0, in the order in which they are read.

    Attributes:
        answer: comes in place of a list or a look; on ``answer_page`` only, where that is set.
        drop_page: is left out, and those after it move up; the total stays.
        repeat_page: comes again and again from there on; half_page: comes with half of its rows.
        shift_rows: so many rows move from the front to the end between two pages.
        page_cap: most rows of a page, whatever was asked for.
        total_offset: is added to every total; no_total: leaves it out.
        stale: people as they were at the last snapshot; ``stale_age_s`` above 0 says so in an ``Age`` header.
        restored_days: people as they were so many days ago; who came since is gone.
        other_provider: another provider's people, with the same ids or with others.
        hides_ended: ended services are not listed, whatever was asked for.
        missing_share: of the customers, so many are not there; suspended_share: of those who pay, so many are in debt.
        status_field: the status is null, or stands under another name.
        status_word: so is the status called of ``status_word_share`` of the services.
        ids_reformatted: ids come as text with leading zeros.
        documents_reformatted: CPFs in a form that this ERP does not use otherwise.
        dates_shift_days: added to every day that is not a time of change; dates_br: days as DD/MM/YYYY.
        clock_ahead_days: added to the Date header and to times of change.
        down: 503 to everything; token_revoked: the credentials are refused.
        token_ttl_s: how long a HubSoft token is good.
        find_other: a look at one answers somebody else; true_looks: such looks are free of all the rest above.
    """

    answer: Instead | None = None
    answer_page: int | None = Field(default=None, ge=0)
    drop_page: int | None = Field(default=None, ge=0)
    repeat_page: int | None = Field(default=None, ge=0)
    half_page: int | None = Field(default=None, ge=0)
    shift_rows: int = 0
    page_cap: int | None = Field(default=None, ge=1)
    total_offset: int = 0
    no_total: bool = False
    stale: bool = False
    stale_age_s: float = Field(default=0, ge=0)
    restored_days: float = Field(default=0, ge=0)
    other_provider: Literal["same_ids", "other_ids"] | None = None
    hides_ended: bool = False
    missing_share: float = Field(default=0, ge=0, le=1)
    suspended_share: float = Field(default=0, ge=0, le=1)
    status_field: Literal["null", "renamed"] | None = None
    status_word: str | None = None
    status_word_share: float = Field(default=1, ge=0, le=1)
    ids_reformatted: bool = False
    documents_reformatted: Literal["punctuated", "digits", "no_zeros"] | None = None
    dates_shift_days: int = 0
    dates_br: bool = False
    clock_ahead_days: float = 0
    down: bool = False
    token_revoked: bool = False
    token_ttl_s: float = Field(default=2_592_000, ge=0)
    find_other: bool = False
    true_looks: bool = False

    @property
    def turned(self) -> list[str]:
        """Return what the ledger says about them."""
        names = set(ErpDials.model_fields) - set(Board.model_fields)
        values = self.model_dump(exclude_defaults=True, include=names)
        return [f"{name}={value}" for name, value in sorted(values.items())]

    def of_a_look(self) -> "ErpDials":
        """Return what is left of them for a look at one customer."""
        if not self.true_looks:
            return self
        kept = {"token_revoked", "token_ttl_s", "true_looks"}
        return ErpDials.model_validate(self.model_dump(include=kept))
