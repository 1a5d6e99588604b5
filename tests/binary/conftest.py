"""The one file that is looked at, the one before it, and a system to run them in."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.binary import former
from tests.binary.debian import NEWEST, OLDEST, ROOT, Debian
from tests.binary.hub import Hub
from tests.binary.parts import load
from tests.binary.shop import Shop
from webapp.sandbox.client import Tenant

BUILDER = ROOT / ".venv-binary" / "bin" / "python"
Open = Callable[..., Hub]


@pytest.fixture(scope="session")
def program() -> Path:
    """What ``make binary`` made; SINTONIA_BINARY names another one."""
    path = Path(os.environ.get("SINTONIA_BINARY", ROOT / "dist" / "sintonia")).resolve()
    assert path.is_file(), "Run `make binary` first; `make check-binary` does both."
    return path


@pytest.fixture(scope="session")
def former_program() -> Path:
    """The program as it was before its tables changed last; SINTONIA_FORMER names another one."""
    given = os.environ.get("SINTONIA_FORMER", "")
    return Path(given).resolve() if given else former.built(BUILDER)


@pytest.fixture(scope="module", params=[OLDEST])
def debian(request: pytest.FixtureRequest, program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    """A minimal Debian with the one file, and nothing else of ours."""
    with Debian(request.param, tmp_path_factory.mktemp("debian")) as system:
        system.install(program)
        yield system


@pytest.fixture
def hub(debian: Debian, tmp_path: Path) -> Iterator[Hub]:
    """A hub on an instance of its own, not yet started."""
    made = Hub(debian, tmp_path, instance=f"/var/lib/sintonia/{tmp_path.name}")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


@pytest.fixture
def shop(hub: Hub, nx: Tenant) -> Shop:
    """The hub is served, has its first administrator, and sells a platform."""
    hub.start()
    assert hub.set_up().ok
    shop = Shop(hub, nx)
    shop.open()
    return shop


@pytest.fixture(scope="session")
def needed_modules(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a run of everything imports, one name a line: the one file must have all of it."""
    code = (
        "import atexit, sys, webapp\nfrom webapp.cli import main\n"
        "def tell():\n    modules = {n: getattr(m, '__spec__', None) for n, m in sys.modules.items()}\n"
        "    own = sorted(n for n, s in modules.items() if s is not None and s.name == n and n != '_distutils_hack')\n"
        "    print('modules', *own)\n"
        "atexit.register(tell)\nmain(webapp.create_app, webapp.__version__)"
    )
    done = subprocess.run([BUILDER, "-c", code, "self-check"], cwd=ROOT, capture_output=True, text=True, check=True)
    left_out = load("contents").EXCLUDED
    names = done.stdout.splitlines()[-1].split()[1:]
    return "\n".join(name for name in names if name.partition(".")[0] not in left_out)


__all__ = ["NEWEST", "Open"]
