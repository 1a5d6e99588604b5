"""Addresses of channels, understood and carried out by the library apprise.

An address carries tokens and passwords: nothing in here writes one to a log or into an exception. What acts on
this machine, or loads its files, is refused: an address may only send a text over the network.

Private networks and this machine may be reached: a provider's own mail server or Gotify stands there, only
administrators give addresses, and nothing of an answer is shown but its status. Where clouds keep credentials
(link-local addresses) nothing is ever sent, whatever a name leads to, and no redirect is followed.
"""

import logging
import re
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from webapp import lazy
from webapp.clock import monotonic_s
from webapp.gateways.connect_guard import guarded
from webapp.gateways.egress import EgressPolicy, resolve

# A hundred services: loaded where a channel is written to, or its address is looked at.
if TYPE_CHECKING:
    import apprise
    from apprise import NotifyBase
else:
    apprise = lazy.module("apprise")

CONNECT_S, READ_S = 5.0, 10.0
# All of it: a server that sends a byte now and then must not hold anybody.
DEADLINE_S = 25.0
RESOLVE_S = 3.0
# A server that feeds a thread byte by byte keeps it; after this long another message may try its luck beside it.
BUSY_S = 600.0
MOST_SERVERS = 5
# What acts on the machine of the hub, or keeps keys in its files; all others speak to a server.
LOCAL = frozenset(
    ("syslog", "dbus", "qt", "kde", "glib", "gio", "gnome", "macosx", "windows", "blink1", "vapid", "deltachat",
     "deltachats", "file", "memory")
)  # fmt: skip
# Parts of an address by which a file is loaded from disk or fetched from elsewhere.
FILE_OPTIONS = frozenset(("template", "keyfile", "subfile", "pgp", "pgppub", "pgpprv", "wkd", "attach"))
# Of these the host is the provider's own server, and no secret.
HOST_SHOWN = frozenset(("mailto", "mailtos", "json", "jsons", "xml", "xmls", "form", "forms", "gotify", "gotifys"))
# Classes of addresses (``gateways/egress.py``) that a channel may not reach.
NEVER = frozenset(("link_local", "unspecified", "multicast", "reserved", "mapped", "nat64", "6to4", "teredo"))
# Alibaba and AWS keep credentials under addresses of private networks too.
METADATA = frozenset(("100.100.100.200", "fd00:ec2::254"))

_STATUS = re.compile(r"error=(\d{3})")
_OPTION = re.compile(r"[?&;]([^=?&;]+)=")
# The library names addresses in its log; what we need of it is read from its results.
_LOGGER = logging.getLogger("apprise")
_LOGGER.propagate = False
_LOGGER.addHandler(logging.NullHandler())
_POLICY = EgressPolicy()
# Channel -> when the message that is under way began.
_busy: dict[int, float] = {}
_lock = threading.Lock()


class AddressRefused(Exception):
    """An address that cannot be used. Show the message of ``code`` with ``params`` beside the field."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Text:
    """What is sent. ``level``: warn, fail or over; some services show it by a colour."""

    title: str
    body: str
    level: str = "warn"


@dataclass(frozen=True)
class Sent:
    """How it ended. ``code`` is empty when the service took the message, else the key of a message."""

    code: str = ""
    status: int | None = None

    @property
    def ok(self) -> bool:
        return not self.code


class Sending:
    """One message on its way, in a thread of its own; wait for it with ``result``."""

    def __init__(self, channel_id: int, address: str, text: Text) -> None:
        self._channel_id = channel_id
        self._answer: SimpleQueue[Sent] = SimpleQueue()
        began_s = monotonic_s()
        self._until_s = began_s + DEADLINE_S
        with _lock:
            free = began_s - _busy.get(channel_id, -BUSY_S) >= BUSY_S
            if free:
                _busy[channel_id] = began_s
        if free:
            work = threading.Thread(target=self._work, args=(address, text), name=f"channel-{channel_id}", daemon=True)
            work.start()
        else:
            # The last one still hangs; another thread would hang beside it.
            self._answer.put(Sent("channel_busy"))

    def result(self) -> Sent:
        """Return how it ended, at the latest ``DEADLINE_S`` seconds after it began."""
        with suppress(Empty):
            return self._answer.get(timeout=max(self._until_s - monotonic_s(), 0.01))
        return Sent("channel_timeout")

    def _work(self, address: str, text: Text) -> None:
        try:
            self._answer.put(_send(address, text))
        except AddressRefused as error:
            self._answer.put(Sent(error.code))
        except Exception:
            # A border: a fault of one plugin ends only its own message. Its words may hold the address.
            self._answer.put(Sent("channel_not_taken"))
        finally:
            with _lock:
                _busy.pop(self._channel_id, None)


def open_address(address: str) -> "NotifyBase":
    """Return the plugin of an address, with our time limits; nothing is sent.

    Raises:
        AddressRefused: it is not understood, acts on this machine, or loads a file; ask for another one.
    """
    scheme = scheme_of(address)
    if scheme in LOCAL:
        raise AddressRefused("channel_local_refused", scheme=scheme)
    options = {unquote(name).strip().lower() for name in _OPTION.findall(address)}
    # Where a service knows templates of its own, the option is the name of one; only some load a file by it.
    named = sorted(options & (FILE_OPTIONS - {"template"}))
    if named:
        raise AddressRefused("channel_file_refused", option=named[0])
    plugin = apprise.Apprise.instantiate(address, asset=_asset())
    if plugin is None:
        raise AddressRefused("channel_address_unknown", scheme=scheme or "?")
    _refuse_again(plugin)
    return _tamed(plugin)


def scheme_of(address: str) -> str:
    """Return the word before ``://``, in small letters; empty when there is none."""
    head, mark, _rest = address.strip().partition("://")
    return head.lower() if mark and re.fullmatch(r"[A-Za-z0-9]{2,40}", head) else ""


def kind_of(plugin: "NotifyBase") -> str:
    """Return the word of the service, also where the address was that of a web hook (``https://hooks...``)."""
    return str(plugin.schema)


def preview(address: str) -> str:
    """Return what may be shown of an address: its service, and the server where that is the provider's own."""
    try:
        plugin = open_address(address)
    except AddressRefused:
        return ""
    kind = kind_of(plugin)
    return f"{kind}://{plugin.host}" if kind in HOST_SHOWN and plugin.host else kind


def servers(plugin: "NotifyBase") -> list[str]:
    """Return the hosts that the address itself names; services of the internet name none."""
    named = [getattr(plugin, "smtp_host", None)]
    # Where a service has a cloud of its own, what stands in the place of the host may be a topic, and secret.
    if "host" in plugin.template_tokens and getattr(plugin, "mode", "") != "cloud":
        named.append(plugin.host)
    return [host for host in dict.fromkeys(named) if host]


def refused_addresses(hosts: Iterable[str]) -> list[str]:
    """Return those of the hosts' addresses that no channel may reach; a name that nobody knows has none."""
    found: list[str] = []
    for host in list(hosts)[:MOST_SERVERS]:
        with suppress(OSError, UnicodeError):
            found += {str(info[4][0]).partition("%")[0] for info in resolve(host.strip("[]"), 0, RESOLVE_S)}
    return [ip for ip in found if not _may_reach(ip)]


def _may_reach(ip: str, _port: int = 0) -> bool:
    return ip not in METADATA and _POLICY.refusal(ip) not in NEVER


def _send(address: str, text: Text) -> Sent:
    plugin = open_address(address)
    if refused_addresses(servers(plugin)):
        raise AddressRefused("channel_server_refused")
    outbox = apprise.Apprise(asset=plugin.asset)
    outbox.add(plugin)
    kind = {"fail": apprise.NotifyType.FAILURE, "over": apprise.NotifyType.SUCCESS}.get(
        text.level, apprise.NotifyType.WARNING
    )
    # A name may lead elsewhere now than when it was looked at.
    with guarded(_may_reach) as watch:
        result = outbox.notify(text.body, title=text.title, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    if watch.refused:
        raise AddressRefused("channel_server_refused")
    return Sent() if result else _failure([entry.message for entry in result.logs()])


def _failure(said: list[str]) -> Sent:
    """Return the cause as far as the library tells it; its words are not kept, they may name the address."""
    everything = " ".join(said)
    status = _STATUS.search(everything)
    if status is not None:
        return Sent("channel_status", int(status[1]))
    words = everything.lower()
    return Sent("channel_unreachable" if "connection" in words or "socket" in words else "channel_not_taken")


def _asset() -> "apprise.AppriseAsset":
    """Nothing on disk, no redirects, no templates, no threads of the library's own."""
    return apprise.AppriseAsset(
        app_id="Sintonia", app_desc="Sintonia", storage_mode="memory", http_redirects=False, allow_templates=False,
        service_timeout=0, result_log_memory_size=20_000, pgp_autogen=False, pem_autogen=False,
    )  # fmt: skip


def _refuse_again(plugin: "NotifyBase") -> None:
    """Judge what came out: the address of a web hook names its service only then, and options have synonyms."""
    if kind_of(plugin) in LOCAL:
        raise AddressRefused("channel_local_refused", scheme=kind_of(plugin))
    loaded = [
        name for name, value in vars(plugin).items() if isinstance(value, apprise.AppriseAttachment) and len(value)
    ]
    loaded += [name for name in ("pgp_key", "pgp_privkey", "use_wkd") if getattr(plugin, name, None)]
    if loaded:
        raise AddressRefused("channel_file_refused", option=loaded[0])


def _tamed(plugin: Any) -> "NotifyBase":
    """Set our limits over those of the address; ``optional`` would call every failure a success."""
    plugin.socket_connect_timeout = min(plugin.socket_connect_timeout, CONNECT_S)
    plugin.socket_read_timeout = min(plugin.socket_read_timeout, READ_S)
    plugin.redirects, plugin.retry, plugin.optional = False, 0, False
    plugin.overflow_mode = apprise.OverflowMode.SPLIT
    tamed: NotifyBase = plugin
    return tamed
