"""Small files beside the database: whole at every moment, for their owner's eyes, on the disk when it is said."""

import os
import secrets
from pathlib import Path


def replace_private(path: Path, text: str) -> None:
    """Put a text in the place of a file: readable by its owner alone, never half of it, on the disk when this returns.

    Raises:
        OSError: the former file is as it was; free the disk or give the folder to the hub's user, and repeat.
    """
    fresh = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    settle(path.parent)


def settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
