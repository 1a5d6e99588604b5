"""A command that is typed on a machine where the hub is installed works on that hub, as its own user.

Without this, root would work on an empty hub elsewhere, or leave files in the data that the service cannot write.
"""

import os
import pwd
import sys
from collections.abc import MutableMapping
from pathlib import Path

from webapp.install.rendering import read_settings
from webapp.install.wanted import CONFIG, Refused
from webapp.install.words import gettext as _
from webapp.paths import FROZEN

INSTANCE, NAMED = "SINTONIA_INSTANCE", "SINTONIA_ENV_FILE"
# Where an installed hub has its settings; a checkout has its own instance, whatever is installed beside it.
SETTINGS = CONFIG / "sintonia.env" if FROZEN else None


def adopt(
    environ: MutableMapping[str, str] = os.environ, *, installed: Path | None = SETTINGS if FROZEN else None
) -> bool:
    """Take the settings of the installed hub, and become its user; returns whether there was one.

    Whoever names an instance in the environment, as the service does, is left alone.

    Args:
        environ: settings are added to it; those that stand there already win.
        installed: the settings of an installed hub; ``SINTONIA_ENV_FILE`` names another one. None = there is none.

    Raises:
        Refused: the settings are there, and this user may not read them; repeat with sudo.
    """
    path = Path(environ[NAMED]) if environ.get(NAMED) else installed
    if environ.get(INSTANCE) or path is None:
        return False
    try:
        found = read_settings(path.read_text("utf-8"))
    except PermissionError as error:
        raise Refused(_("This is for the hub's own user: repeat with sudo.")) from error
    except (FileNotFoundError, NotADirectoryError):
        return False
    if INSTANCE not in found:
        return False
    for name, value in found.items():
        environ.setdefault(name, value)
    _become_owner(Path(found[INSTANCE]), environ)
    return True


def _become_owner(instance: Path, environ: MutableMapping[str, str]) -> None:
    """Root alone can; and must: what root writes into the data, the service could not write any more."""
    if os.geteuid() != 0 or not instance.is_dir() or not (owner := instance.stat().st_uid):
        return
    person = pwd.getpwuid(owner)
    os.initgroups(person.pw_name, person.pw_gid)
    os.setgid(person.pw_gid)
    os.setuid(owner)
    environ.update(HOME=person.pw_dir, USER=person.pw_name, LOGNAME=person.pw_name)
    if FROZEN:
        _begin_again(environ)


def _begin_again(environ: MutableMapping[str, str]) -> None:
    """The one file unpacked itself for root alone: its new user needs parts of their own."""
    former = environ.pop("LD_LIBRARY_PATH_ORIG", "")
    environ.pop("LD_LIBRARY_PATH", None)
    fresh = dict(environ) | {"PYINSTALLER_RESET_ENVIRONMENT": "1"} | ({"LD_LIBRARY_PATH": former} if former else {})
    try:
        os.execve(sys.executable, [sys.executable, *sys.argv[1:]], fresh)
    except OSError as error:
        raise Refused(
            _("The user of the hub cannot run %(program)s: use the one that is installed, `sudo sintonia`.",
              program=sys.executable)
        ) from error  # fmt: skip
