"""Made-up people: names from lists, documents with valid check digits, e-mails at example.com."""

import random
import unicodedata
from dataclasses import dataclass

FIRST = (
    "Ana", "Antônio", "Beatriz", "Benedita", "Caio", "Cecília", "Davi", "Eduarda", "Fábio", "Gabriela", "Heitor",
    "Inês", "João", "Joana", "Kátia", "Lázaro", "Luíza", "Marcos", "Maria", "Natália", "Otávio", "Patrícia", "Rafael",
    "Regina", "Sebastião", "Tânia", "Ulisses", "Vânia", "Wagner", "Yara",
)  # fmt: skip
LAST = (
    "Abreu", "Almeida", "Araújo", "Barbosa", "Cardoso", "Conceição", "Corrêa", "Dantas", "Esteves", "Falcão",
    "Gonçalves", "Honório", "Leão", "Magalhães", "Moura", "Nóbrega", "Pacheco", "Queirós", "Ramalho", "Siqueira",
    "Teixeira", "Vilela",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """One customer who does not exist."""

    code: str
    name: str
    document: str
    email: str
    phone: str
    login: str


def make_people(count: int, seed: int = 7) -> list[Person]:
    """Return the same people for the same seed."""
    chance = random.Random(seed)
    return [_person(number, chance) for number in range(1, count + 1)]


def _person(number: int, chance: random.Random) -> Person:
    first, last = chance.choice(FIRST), f"{chance.choice(LAST)} {chance.choice(LAST)}"
    root = f"{chance.randrange(10**9):09d}"
    handle = f"{_plain(first)}.{_plain(last.split()[-1])}{number}"
    return Person(
        code=str(1000 + number),
        name=f"{first} {last}",
        document=_with_digits(root),
        email=f"{handle}@example.com",
        phone=f"55119{chance.randrange(10**8):08d}",
        login=handle,
    )


def _with_digits(root: str) -> str:
    """Return a CPF with both check digits; trying all hundred takes fifty times as long, and benches make many."""
    digits = [int(one) for one in root]
    for length in (10, 11):
        rest = 11 - sum(one * (length - place) for place, one in enumerate(digits)) % 11
        digits.append(rest if rest < 10 else 0)
    return "".join(map(str, digits))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return folded.lower().replace(" ", "")
