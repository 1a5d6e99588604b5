"""On which line each key of a TOML text stands.

The reader of the standard library tells no positions. This walks over a text that it has accepted
already, so nothing is judged here: whatever does not look as it should ends the walk.
"""

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

Location = tuple[str | int, ...]

_BLANK: Final = " \t\r\n"
_BARE_END: Final = ",]}#\n"
_SHORT: Final = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}
_LONG: Final = {"u": 4, "U": 8}


def positions_of(text: str) -> dict[Location, int]:
    """Return the line, from 1, of every table, key and array element of a valid TOML text."""
    return _Walk(text).positions()


class _Walk:
    def __init__(self, text: str) -> None:
        # A reader counts CRLF as one line break, and so do editors.
        self._text = text.replace("\r\n", "\n")
        self._at = 0
        self._breaks = [index for index, char in enumerate(self._text) if char == "\n"]
        self._lines: dict[Location, int] = {}
        self._last: dict[Location, int] = {}

    def positions(self) -> dict[Location, int]:
        table: Location = ()
        try:
            while self._skip(_BLANK):
                if self._peek() == "[":
                    table = self._header()
                else:
                    self._entry(table)
        except (IndexError, ValueError):
            # Not valid TOML after all: what was found so far still helps.
            return self._lines
        return self._lines

    def _header(self) -> Location:
        line, many = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        names = self._names("]")
        self._at += 2 if many else 1
        path: Location = ()
        for name in names[:-1]:
            path = self._entered((*path, name), line)
        path = (*path, names[-1])
        if not many:
            return self._entered(path, line)
        self._last[path] = self._last.get(path, -1) + 1
        return self._entered(path, line)

    def _entered(self, path: Location, line: int) -> Location:
        """Note a table; of an array of tables, it is the last one that is meant."""
        self._lines.setdefault(path, line)
        if path in self._last:
            path = (*path, self._last[path])
            self._lines.setdefault(path, line)
        return path

    def _entry(self, table: Location) -> None:
        line = self._line()
        path = table
        for name in self._names("="):
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1
        self._value(path)

    def _names(self, end: str) -> list[str]:
        names = []
        while self._skip(" \t") and self._peek() != end:
            if self._peek() == ".":
                self._at += 1
            elif self._peek() in "\"'":
                names.append(self._string())
            else:
                names.append(self._bare(f" \t.{end}"))
        return names

    def _value(self, path: Location) -> None:
        self._skip(" \t")
        if self._peek() == "[":
            self._several(path, "]", self._element)
        elif self._peek() == "{":
            self._several(path, "}", lambda table, index: self._entry(table))
        elif self._peek() in "\"'":
            self._string()
        else:
            self._bare(_BARE_END)

    def _several(self, path: Location, end: str, one: Callable[[Location, int], None]) -> None:
        self._at += 1
        index = 0
        while self._skip(_BLANK + ",") and self._peek() != end:
            one(path, index)
            index += 1
        self._at += 1

    def _element(self, path: Location, index: int) -> None:
        self._lines[(*path, index)] = self._line()
        self._value((*path, index))

    def _string(self) -> str:
        quote = self._peek()
        if self._text.startswith(quote * 3, self._at):
            return self._long_string(quote * 3)
        self._at += 1
        chars = []
        while self._peek() != quote:
            chars.append(self._char(quote))
        self._at += 1
        return "".join(chars)

    def _long_string(self, quotes: str) -> str:
        self._at += 3
        while not self._text.startswith(quotes, self._at):
            self._char(quotes[0])
        self._at += 3
        # Up to two quotation marks may stand right before the closing ones.
        while self._at < len(self._text) and self._peek() == quotes[0]:
            self._at += 1
        return ""

    def _char(self, quote: str) -> str:
        char = self._peek()
        self._at += 1
        if char != "\\" or quote == "'":
            return char
        escaped = self._peek()
        self._at += 1
        if escaped not in _LONG:
            return _SHORT.get(escaped, escaped)
        code = self._text[self._at : self._at + _LONG[escaped]]
        self._at += _LONG[escaped]
        return chr(int(code, 16))

    def _bare(self, ends: str) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in ends:
            self._at += 1
        if start == self._at:
            raise ValueError("nothing here")
        return self._text[start : self._at].strip()

    def _skip(self, blank: str) -> bool:
        """Go over blanks and comments; False at the end of the text."""
        while self._at < len(self._text):
            if self._text[self._at] == "#":
                found = self._text.find("\n", self._at)
                self._at = found if found >= 0 else len(self._text)
            elif self._text[self._at] in blank:
                self._at += 1
            else:
                return True
        return False

    def _peek(self) -> str:
        return self._text[self._at]

    def _line(self) -> int:
        return bisect_right(self._breaks, self._at - 1) + 1
