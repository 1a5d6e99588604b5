"""The keys under which secrets are sealed, as a text: NAME:BASE64 of 32 bytes, the sealing one first, with commas.

One name is no sealing key: ``fingerprint`` is that of digests, which must stay the same when others change.
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from webapp.files import replace_private

KEY_BYTES = 32
FINGERPRINT = "fingerprint"
FIRST = "k1"


def make_key() -> bytes:
    """Return a new key."""
    return secrets.token_bytes(KEY_BYTES)


def parse(text: str) -> dict[str, bytes]:
    """Return keys by name, in their order; what is no base64 gives an empty key."""
    keys: dict[str, bytes] = {}
    for part in text.strip().replace("\n", ",").split(","):
        name, _, value = part.strip().partition(":")
        try:
            keys[name] = base64.b64decode(value, validate=True)
        except ValueError:
            keys[name] = b""
    return keys


def are_usable(keys: Mapping[str, bytes]) -> bool:
    """Tell whether all keys are whole, and one of them seals."""
    return any(name != FINGERPRINT for name in keys) and all(
        name and len(key) == KEY_BYTES for name, key in keys.items()
    )


def dump(keys: Mapping[str, bytes]) -> str:
    """Return keys as ``parse`` reads them."""
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())


def next_name(keys: Mapping[str, bytes]) -> str:
    """Return a name that no key has: ``k2`` after ``k1``."""
    numbers = [int(name[1:]) for name in keys if name[:1] == "k" and name[1:].isdecimal()]
    return f"k{max(numbers, default=0) + 1}"


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep every other process of this machine from changing a file of keys meanwhile, by a lock on its folder.

    Two that make a new key at once would each write the file without the key of the other.

    Raises:
        OSError: the folder cannot be read; nothing was changed.
    """
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def write(path: Path, keys: Mapping[str, bytes]) -> None:
    """Replace a file of keys: readable by its owner alone, whole at every moment, on the disk when this returns.

    Raises:
        OSError: the former file is as it was; free the disk or give the folder to the hub's user, and repeat.
    """
    replace_private(path, dump(keys) + "\n")
