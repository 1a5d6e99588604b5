"""The scripts that make the one file: their folder is no package."""

import importlib.util
from types import ModuleType

from tests.binary.debian import ROOT

FOLDER = ROOT / "packaging" / "binary"


def load(name: str) -> ModuleType:
    """Return a module of ``packaging/binary``."""
    spec = importlib.util.spec_from_file_location(f"sintonia_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
