"""Makes requests and answers fit to be seen and kept: no secret, and no more of a person than is needed.

Two nets: by name (a field called ``senha``) and by value (a known secret, wherever it stands and
however it is encoded). Nothing in here raises; what cannot be read is masked as plain text.
"""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

MASK = "***"
KEPT_CHARS = 8_000
# Below this, a value turns up by chance in ids and dates; such secrets are masked by name only.
_SHORTEST_VALUE = 4
_MARGIN = 4_096
# Names of fields whose meaning is remembered; a platform could think of ever new ones.
_MOST_KINDS = 2_048
_NESTED = (dict, list)
_encode = json.JSONEncoder(ensure_ascii=False).encode

_UNCHANGED = re.compile(r"[\w.~-]+", re.ASCII)
_PLAIN_HEADERS = frozenset(("content-type", "content-length", "content-encoding", "date", "connection", "server"))
_URL_HEADERS = ("location", "content-location", "referer", "link")
_SECRET_WORDS = (
    "passw|passwd|pwd|senha|secret|segredo|token|api[-_]?key|apikey|access[-_]?key|private[-_]?key"
    "|authorization|cookie|credential|assinatura_hub"
)
_SECRET = re.compile(_SECRET_WORDS, re.I)
_DOCUMENT = re.compile(r"(?:^|[_-])(?:cpf|cnpj|document|documento|tax_?id)(?:$|[_-])|cpf_?cnpj", re.I)
_PHONE = re.compile(r"phone|telefone|celular|whatsapp|mobile|msisdn", re.I)
# Begins only where a word begins: linear even in a long text without an e-mail address.
_EMAIL = re.compile(r"(?<![\w.+-])([\w.+-])[\w.+-]{0,250}(@|%40)([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_CPF = re.compile(r"\b\d{3}\.(\d{3}\.\d{3})-\d{2}\b")
_DIGITS_SEGMENT = re.compile(r"(?<=/)(?:\d{11}|\d{14})(?=/|$)")
_USERINFO = re.compile(r"(?<=://)[^/?#]*@")
_LOOSE = re.compile(
    rf"""((?:["'<]|\b)[\w.-]{{0,40}}(?:{_SECRET_WORDS})[\w.-]{{0,40}}["'>]?\s{{0,8}}[:=>]?\s{{0,8}})"""
    r"""("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s&,;}<"']+)""",
    re.I,
)


class Masker:
    """Masks for one integration. Thread-safe.

    Args:
        values: secrets, wherever they occur: plain, percent-encoded, base64, JSON-escaped.
        names: further parameter names whose values are secret.
    """

    def __init__(self, values: Iterable[str] = (), names: Iterable[str] = ()) -> None:
        self._known = frozenset(values)
        forms = {form for value in self._known for form in _forms(value, deep=True)}
        ordered = sorted(forms, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._names = frozenset(name.lower() for name in names)
        # What a field of a name holds; shared with the maskers of single calls.
        self._kinds: dict[str, str] = {}
        self._extra: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "Masker()"

    def with_values(self, values: Iterable[str]) -> "Masker":
        """Return a masker that also knows the secrets of one call, such as the subscriber's password."""
        fresh = {value for value in values if value not in self._known}
        if not fresh:
            return self
        other = Masker.__new__(Masker)
        other.__dict__.update(self.__dict__)
        forms = {form for value in fresh for form in _forms(value)}
        other._extra = tuple(sorted(forms, key=len, reverse=True))
        return other

    def text(self, text: str) -> str:
        """Mask known secrets, e-mail addresses and formatted documents in any text."""
        if self._values is not None:
            text = self._values.sub(MASK, text)
        for form in self._extra:
            if form in text:
                text = text.replace(form, MASK)
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(_hidden_email, text)
        return _CPF.sub(r"***.\1-**", text) if "-" in text else text

    def url(self, url: str) -> str:
        """Mask userinfo, secrets in path and query, documents and e-mail addresses."""
        base, mark, query = url.partition("?")
        base = _USERINFO.sub(f"{MASK}@", base) if "@" in base else base
        base = _DIGITS_SEGMENT.sub(lambda found: _document(found.group()), base)
        if query:
            query = "&".join(self._pair(pair) for pair in query.split("&"))
        return self.text(base + mark + query)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Mask header values; of ``Authorization`` the scheme stays."""
        return {name: self._header(name, str(value)) for name, value in headers.items()}

    def body(self, body: bytes | None, content_type: str = "") -> str:
        """Mask and shorten a body for keeping."""
        if not body:
            return ""
        text = body[: KEPT_CHARS + _MARGIN].decode("utf-8", "replace")
        whole = len(body) <= KEPT_CHARS + _MARGIN
        text = self.text(self._structured(text, content_type) if whole else self._loose(text))
        # Half a character that an answer spelled out can be shown on no page.
        text = text.encode("utf-8", "replace").decode()
        return text if len(text) <= KEPT_CHARS else text[:KEPT_CHARS] + "…"

    def _header(self, name: str, value: str) -> str:
        if self._kind(name) == "secret":
            scheme, gap, _ = value.partition(" ")
            return f"{scheme} {MASK}" if gap and scheme in ("Bearer", "Basic") else MASK
        if name.lower() in _PLAIN_HEADERS:
            return value
        return self.url(value) if name.lower() in _URL_HEADERS else self.text(value)

    def _structured(self, text: str, content_type: str) -> str:
        if "form-urlencoded" in content_type:
            return "&".join(self._pair(pair) for pair in text.split("&"))
        if text.lstrip()[:1] not in ("{", "["):
            return self._loose(text)
        try:
            return _encode(self._walk(json.loads(text)))
        except (ValueError, RecursionError):
            return self._loose(text)

    def _walk(self, value: Any, name: str = "") -> Any:
        kind = type(value)
        if kind is dict:
            kinds = self._kinds
            return {
                key: item if kinds.get(key) == "" and type(item) not in _NESTED else self._walk(item, key)
                for key, item in value.items()
            }
        if kind is list:
            return [self._walk(item, name) for item in value]
        return self._named(name, value) if name and self._kind(name) else value

    def _named(self, name: str, value: Any) -> Any:
        kind = self._kind(name)
        if not kind or value is None or value == "" or isinstance(value, bool):
            return value
        if kind == "secret":
            return MASK
        if kind == "document":
            return _document(str(value))
        return MASK + str(value)[-4:] if len(str(value)) > 6 else MASK

    def _pair(self, pair: str) -> str:
        name, equals, raw = pair.partition("=")
        value = unquote_plus(raw)
        masked = self._named(unquote_plus(name), value)
        return pair if masked == value else f"{name}{equals}{masked}"

    def _loose(self, text: str) -> str:
        return _LOOSE.sub(rf"\1{MASK}", text)

    def _kind(self, name: str) -> str:
        kind = self._kinds.get(name)
        if kind is None:
            kind = "secret" if name.lower() in self._names else _kind_of(name)
            if len(self._kinds) < _MOST_KINDS:
                self._kinds[name] = kind
        return kind


def _kind_of(name: str) -> str:
    """Return what a field of this name holds: ``secret``, ``document``, ``phone`` or nothing special."""
    if _SECRET.search(name):
        return "secret"
    if _DOCUMENT.search(name):
        return "document"
    return "phone" if _PHONE.search(name) else ""


def _hidden_email(found: re.Match[str]) -> str:
    return f"{found[1]}{MASK}{found[2]}{found[3]}"


def _document(value: str) -> str:
    """Keep the middle: enough for an attendant to recognise, too little to misuse."""
    bare = re.sub(r"[.\-/\s]", "", value)
    if len(bare) == 11:
        return f"***.{bare[3:6]}.{bare[6:9]}-**"
    if len(bare) == 14:
        return f"**.{bare[2:5]}.{bare[5:8]}/****-**"
    return MASK


def _forms(value: str, *, deep: bool = False) -> set[str]:
    """Return every way in which a secret may be written; ``deep`` adds base64 inside longer texts."""
    if len(value) < _SHORTEST_VALUE:
        return set()
    raw = value.encode("utf-8", "surrogatepass")
    # Padding depends on what follows, so only the part that does not is looked for.
    forms = {str(value), base64.b64encode(raw).decode().rstrip("=")}
    if not _UNCHANGED.fullmatch(value):
        forms |= {quote(value, safe="", errors="replace"), quote_plus(value, errors="replace")}
        forms |= {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    if deep:
        forms |= {_inner_base64(raw, offset) for offset in (0, 1, 2)}
        forms |= {form.replace("+", "-").replace("/", "_") for form in forms}
    return {form for form in forms if len(form) >= _SHORTEST_VALUE}


def _inner_base64(raw: bytes, offset: int) -> str:
    """Return the characters that a value always gives at this offset inside a longer base64 text."""
    coded = base64.b64encode(b"\0" * offset + raw).decode().rstrip("=")
    start = -(-offset * 8 // 6)
    whole = (offset + len(raw)) * 8 // 6
    return coded[start:whole] if whole - start >= 6 else ""
