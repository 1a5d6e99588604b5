"""The part of ``doctor`` that is about what stands around the hub: systemd below it, a reverse proxy in front."""

from pathlib import Path
from urllib.parse import urlsplit

from webapp.config import LOOPBACK_NAMES, Settings
from webapp.services.doctor_finding import OK, WARN, Finding

UNIT = Path("/etc/systemd/system/sintonia.service")


def examine_server(settings: Settings, unit: Path = UNIT) -> list[Finding]:
    """Look at the unit of the service, and whether address and proxies fit together."""
    return [_service(unit), _front(settings)]


def _service(unit: Path) -> Finding:
    try:
        lines = unit.read_text("utf-8").splitlines()
    except OSError:
        return Finding("service", OK, "doctor_service_none")
    said = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    watched = said.get("Type") == "notify" and said.get("WatchdogSec", "0") != "0"
    params = {"unit": str(unit), "seconds": said.get("WatchdogSec", "0")}
    return Finding("service", OK if watched else WARN, "doctor_service" if watched else "doctor_unwatched", params)


def _front(settings: Settings) -> Finding:
    """Without its word on address and scheme everybody seems to be the proxy, and cookies are not secure."""
    address = urlsplit(settings.base_url)
    params = {"address": settings.base_url, "proxies": settings.proxies}
    if not settings.base_url:
        return Finding("front", WARN, "doctor_front_nameless", params) if settings.proxies else Finding(
            "front", OK, "doctor_front_none"
        )  # fmt: skip
    if address.scheme != "https" and address.hostname not in LOOPBACK_NAMES:
        return Finding("front", WARN, "doctor_front_plain", params)
    if address.scheme == "https" and not settings.proxies:
        return Finding("front", WARN, "doctor_front_unknown", params)
    return Finding("front", OK, "doctor_front", params)
