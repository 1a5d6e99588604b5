"""When two things that platforms and we know of a person can be the same. Pure."""


def same_document(ours: str, theirs: str) -> bool:
    """Tell whether two documents can be the same: only two that are known, whole and different cannot.

    Platforms write them with and without dots, drop zeros in front, and mask some digits.
    """
    if ours == theirs or not ours or not theirs:
        return True
    mine, other = _bare(ours), _bare(theirs)
    return mine == other or not mine or not other or "*" in theirs


def _bare(document: str) -> str:
    return "".join(filter(str.isalnum, document)).upper().lstrip("0")
