"""What a package declares to Anatel, in the words that its collection of data knows. Pure.

Source: Anatel, Coleta de Dados: columns of the SCM access report (design facts 5.4).
"""

from dataclasses import dataclass

NOT_DECLARED = "none"
MEDIUMS = ("fibra", "radio", "cabo_coaxial", "cabo_metalico", "satelite")
PRODUCT_KINDS = ("internet", "linha_dedicada", "m2m", "outros")


@dataclass(frozen=True)
class UnknownWord:
    """A word that the collection of data does not know.

    Attributes:
        field: ``medium`` or ``product_kind``.
        allowed: the words that it knows.
    """

    field: str
    value: str
    allowed: tuple[str, ...]


def unknown_words(declared: str, medium: str, product_kind: str) -> list[UnknownWord]:
    """Return the words that Anatel does not know; what is not declared needs none, and an empty word is fine.

    Args:
        declared: type of the declaration, one of ``models.package.DICI_TYPES``.
    """
    if declared == NOT_DECLARED:
        return []
    given = (UnknownWord("medium", medium, MEDIUMS), UnknownWord("product_kind", product_kind, PRODUCT_KINDS))
    return [word for word in given if word.value and word.value not in word.allowed]
