"""Where the product's own files lie, in a checkout and inside the one-file binary; and where a provider's begin."""

import sys
from pathlib import Path

# True in the one file: it unpacks itself into a folder that is gone with the process.
FROZEN = bool(getattr(sys, "frozen", False))
BASE = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[1]))
TEMPLATES = BASE / "templates"
STATIC = BASE / "static"
MIGRATIONS = BASE / "webapp" / "migrations"
TRANSLATIONS = BASE / "webapp" / "translations"
DOCS = BASE / "docs"
PACKAGING = BASE / "packaging"
BUILD = BASE / "build.json"

# What an installed hub lives in. The one file may also be tried out anywhere, and then keeps to its own folder.
INSTALLED = Path("/var/lib/sintonia")
SYSTEM_FOLDERS = (Path("/usr"), Path("/opt"))


def default_instance(program: Path | None = None, installed: Path = INSTALLED) -> Path:
    """Return the folder of the instance where no setting names it.

    A checkout has its own. The one file, installed in the system, has the system's; lying anywhere else it has one
    beside itself, never one in the folder into which it unpacks itself.

    Args:
        program: the one file; None = the running program.
        installed: the system's folder.
    """
    if program is None and not FROZEN:
        return BASE / "instance"
    place = (program or Path(sys.executable)).resolve().parent
    return installed if any(place.is_relative_to(folder) for folder in SYSTEM_FOLDERS) else place / "instance"
