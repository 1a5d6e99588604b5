"""The services that most people use, by plain fields from which the address is built. Pure.

What each needs, and how its address is written: documents of apprise 2.2.0, read on 2026-11-23.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from webapp.services.errors import Invalid, Problem

Values = Mapping[str, str]
OTHER = "other"
# Fields that are written as in a browser; the words before :// of apprise mean something else.
_WEB = ("url", "server")


@dataclass(frozen=True)
class Kind:
    """One service.

    Attributes:
        needed: fields without which there is no address; ``optional`` are the others.
        schemes: words of its addresses.
    """

    key: str
    needed: tuple[str, ...]
    optional: tuple[str, ...]
    schemes: tuple[str, ...]
    build: Callable[[Values], str]

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.needed, *self.optional)


def build_address(kind: Kind, values: Values) -> str | None:
    """Return the address, or None when no field that makes one is filled in: keep the former one.

    Raises:
        Invalid: a field is missing, or is no address of the web; show it beside the field.
    """
    given = {name: (values.get(name) or "").strip() for name in kind.fields}
    if not any(given[name] for name in kind.needed):
        return None
    problems = [Problem(name, "channel_field_missing") for name in kind.needed if not given[name]]
    problems += [Problem(name, "channel_web_address") for name in _WEB if _of_another_kind(given.get(name, ""))]
    if problems:
        raise Invalid(problems)
    return kind.build(given)


def kind_of_scheme(scheme: str) -> str:
    """Return the kind by whose fields an address of this service is made anew."""
    return next((kind.key for kind in KINDS.values() if scheme in kind.schemes), OTHER)


def _email(values: Values) -> str:
    security = values["security"] or "starttls"
    scheme = "mailto" if security == "insecure" else "mailtos"
    who = _login(values["user"], values["password"])
    port = f":{_part(values['port'])}" if values["port"] else ""
    return (
        f"{scheme}://{who}{values['server']}{port}?mode={_part(security)}&from={_part(values['sender'])}"
        f"&to={_part(','.join(_several(values['recipients'])))}"
    )


def _telegram(values: Values) -> str:
    chats = "/".join(map(_part, _several(values["chats"])))
    return f"tgram://{quote(values['token'], safe=':')}/{chats}/"


def _whatsapp(values: Values) -> str:
    template = f"{_part(values['template'])}:" if values["template"] else ""
    numbers = "/".join(map(_part, _several(values["phones"])))
    return f"whatsapp://{template}{_part(values['token'])}@{_part(values['sender_id'])}/{numbers}"


def _evolution(values: Values) -> str:
    secure, place = _server(values["server"])
    numbers = "/".join(map(_part, _several(values["phones"])))
    scheme = "evolutions" if secure else "evolution"
    return f"{scheme}://{_part(values['key'])}@{place}/{_part(values['instance'])}/{numbers}"


def _hook(values: Values) -> str:
    return values["webhook"]


def _ntfy(values: Values) -> str:
    secure, place = _server(values["server"] or "ntfy.sh")
    who = f"{_part(values['token'])}@" if values["token"] else ""
    mode = "&auth=token" if values["token"] else ""
    return f"{'ntfys' if secure else 'ntfy'}://{who}{place}/{_part(values['topic'])}?mode=private{mode}"


def _json(values: Values) -> str:
    secure, place = _server(values["url"])
    parts = urlsplit(_whole(values["url"]))
    who = _login(values["user"], values["password"])
    return f"{'jsons' if secure else 'json'}://{who}{place}{parts.path}{'?' + parts.query if parts.query else ''}"


def _other(values: Values) -> str:
    return values["address"]


def _of_another_kind(text: str) -> bool:
    return "://" in text and urlsplit(text).scheme not in ("http", "https")


def _server(text: str) -> tuple[bool, str]:
    """Return whether it is reached by TLS, and host with port; a bare host is."""
    parts = urlsplit(_whole(text))
    return parts.scheme != "http", parts.netloc.rpartition("@")[2]


def _whole(text: str) -> str:
    return text if "://" in text else f"https://{text}"


def _login(user: str, password: str) -> str:
    return f"{_part(user)}:{_part(password)}@" if user else ""


def _several(text: str) -> list[str]:
    return text.replace(",", " ").replace(";", " ").split()


def _part(text: str) -> str:
    return quote(text, safe="")


KINDS: Mapping[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("email", ("server", "sender", "recipients"), ("port", "security", "user", "password"),
             ("mailto", "mailtos"), _email),
        Kind("telegram", ("token", "chats"), (), ("tgram",), _telegram),
        Kind("whatsapp", ("token", "sender_id", "phones"), ("template",), ("whatsapp",), _whatsapp),
        Kind("evolution", ("server", "key", "instance", "phones"), (), ("evolution", "evolutions"), _evolution),
        Kind("slack", ("webhook",), (), ("slack",), _hook),
        Kind("discord", ("webhook",), (), ("discord",), _hook),
        Kind("teams", ("webhook",), (), ("workflow", "workflows"), _hook),
        Kind("ntfy", ("topic",), ("server", "token"), ("ntfy", "ntfys"), _ntfy),
        Kind("json", ("url",), ("user", "password"), ("json", "jsons"), _json),
        Kind(OTHER, ("address",), (), (), _other),
    )
}  # fmt: skip
