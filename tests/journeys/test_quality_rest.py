"""The other half of all pages in a real browser, and the door from outside; ``test_quality`` says what is looked at."""

from collections.abc import Iterator

import pytest

from tests.journeys.inspector import NEEDS_BROWSER, Inspector, check_barriers, inspected
from tests.journeys.quality import Tour

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Inspector, Tour]]:
    with inspected(tmp_path_factory.mktemp("hub"), part=2) as found:
        yield found


def test_no_page_has_a_barrier(seen: tuple[Inspector, Tour]) -> None:
    check_barriers(seen[0])


def test_no_page_is_wider_than_the_screen(seen: tuple[Inspector, Tour]) -> None:
    assert not seen[0].too_wide, "\n" + "\n".join(seen[0].too_wide)


def test_no_word_of_any_language_is_cut_off(seen: tuple[Inspector, Tour]) -> None:
    assert not seen[0].cut, "\n" + "\n".join(seen[0].cut)


def test_browser_complains_of_nothing_and_reaches_no_other_host(seen: tuple[Inspector, Tour]) -> None:
    assert not seen[1].troubles, "\n" + "\n".join(seen[1].troubles)
