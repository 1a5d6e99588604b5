"""Codes of municipalities as the IBGE gives them: seven digits, of which the last one checks the others. Pure."""

import re

# Codes of states, which every code of a municipality begins with.
STATES = frozenset(
    {
        *range(11, 18), *range(21, 30), *range(31, 34), 35, *range(41, 44), *range(50, 54),
    }
)  # fmt: skip
# Given out with a digit that does not fit, and good nevertheless.
# Source: the IBGE's list of municipalities; Bom Princípio do Piauí, Brejo do Piauí, Canavieira, Quixaba (PE), Cônego
# Marinho, Ponto Chique, Coronel Barros, Buriti de Goiás, Buritinópolis.
ODD = frozenset(
    {"2201919", "2201988", "2202251", "2611533", "3117836", "3152131", "4305871", "5203939", "5203962"}
)  # fmt: skip
URBAN, RURAL = "urban", "rural"
AREAS = ("", URBAN, RURAL)
# As Anatel's collection writes them, and as people do.
AREA_WORDS = {URBAN: "urbano", RURAL: "rural"}
_MEANT = {
    "urbano": URBAN, "urbana": URBAN, "urban": URBAN, "u": URBAN, "zona urbana": URBAN,
    "rural": RURAL, "r": RURAL, "zona rural": RURAL, "": "",
}  # fmt: skip


def plain_code(text: str) -> str:
    """Return a code without what people write around it, such as ``3550308.0`` of a spreadsheet."""
    return re.sub(r"[.,]0+$", "", text.strip()).replace("-", "").replace(" ", "")


def is_code(text: str) -> bool:
    """Tell whether this is a code of a municipality: its state exists and its last digit fits."""
    if not re.fullmatch(r"[0-9]{7}", text) or int(text[:2]) not in STATES:
        return False
    return text in ODD or check_digit(text[:6]) == text[6]


def check_digit(text: str) -> str:
    """Return the digit that checks the first six: every second one counts double, and sums of digits are added."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(text))
    total = sum(value // 10 + value % 10 for value in doubled)
    return str(-total % 10)


def read_area(word: str) -> str | None:
    """Return what people mean by a word for urban or rural; None where it is neither, empty where it says nothing."""
    return _MEANT.get(" ".join(word.lower().split()))
