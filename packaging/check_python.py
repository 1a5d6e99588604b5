"""Says in one sentence what is missing on a fresh machine; run by ``make install``."""

import importlib.util
import sys

if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(f"Sintonia needs Python 3.11 or newer; this is {sys.version.split()[0]}. Set PYTHON=/path/to/python3.11.")
if importlib.util.find_spec("ensurepip") is None:
    sys.exit("Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install -y python3-venv")
