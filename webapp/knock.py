"""Asks a hub on this machine for one of its pages for machines, such as ``/healthz``: does it answer, and how?"""

import socket

MOST_BYTES = 4096
# An address that stands for all of them is asked at the loopback one.
_ANY = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1"}


def knock(host: str, port: int, path: str = "/healthz", timeout_s: float = 5.0) -> int:
    """Return the status of the answer; 0 = nobody answered in time, or not in HTTP.

    Args:
        host: what the hub was told to listen on.
        timeout_s: for the connection, and again for the first line of the answer.
    """
    request = f"GET {path} HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((_ANY.get(host, host), port), timeout_s) as plain:
            plain.sendall(request.encode())
            first = plain.makefile("rb").readline(MOST_BYTES).split()
    except OSError:
        return 0
    return int(first[1]) if len(first) > 1 and first[0].startswith(b"HTTP/") and first[1].isdigit() else 0
