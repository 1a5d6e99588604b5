"""The project can be built anywhere, holds nothing of the machine it was written on, and is what it says."""

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conventions.modules import ROOT
from tests.fixtures.order import PLACES

TEXT = {
    ".py", ".md", ".toml", ".cfg", ".txt", ".in", ".html", ".js", ".css", ".po", ".csv", ".json", ".sh", ".tmpl",
    ".ini", ".mako", "",
}  # fmt: skip
LEFT_OUT = {".git", ".venv", "instance", "vendor", "build", "dist", "__pycache__"}
# Written in pieces, so that this file does not find itself.
FOREIGN = re.compile(
    r"(?<![\w.])/(?:root|work|home|Users)" + r"/[\w.-]+|--(?:extra-)?index-" + r"url|trusted-" + r"host|C:\\\\Users"
)
ALLOWED = {
    "packaging/lock.sh": "keeps the option out of the requirement files",
    "tests/conventions/test_project.py": "",
}
REQUIREMENT = re.compile(r"^[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;\\]+")
SHELL_TIMEOUT_S = 20


def files() -> Iterator[Path]:
    """Yield the text files of the project, without what the build makes."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(part.startswith(".") and part not in (".ci", ".gitignore") for part in parts)
        if path.is_file() and not hidden and not set(parts) & LEFT_OUT and path.suffix in TEXT:
            yield path


def requirements(name: str) -> list[str]:
    """Return the requirements of a file, each on one line with its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pinned(name: str) -> dict[str, str]:
    """Return package -> version of a file."""
    pins = (Requirement(line.split(" --hash")[0].strip()) for line in requirements(name))
    return {pin.name: str(pin.specifier) for pin in pins}


def test_no_file_names_this_machine() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in files()
        if str(path.relative_to(ROOT)) not in ALLOWED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in FOREIGN.finditer(line)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt", "tests/audit-requirements.txt"])
def test_requirements_are_exact_and_hashed(name: str) -> None:
    lines = requirements(name)
    assert lines
    assert [line for line in lines if not REQUIREMENT.match(line) or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_what_is_asked_for_with_an_extra_is_pinned_with_it(name: str) -> None:
    """Else pip refuses to install as soon as there is a newer release than the pinned one."""
    pins = [Requirement(line.split(" --hash")[0].strip()) for line in requirements(name)]
    extras = {canonicalize_name(pin.name): pin.extras for pin in pins}
    wanted = [Requirement(text) for pin in pins if installed(pin) for text in metadata.requires(pin.name) or ()]
    here = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    assert {"email"} in [one.extras for one in here]
    assert [str(one) for one in here if not one.extras <= extras.get(canonicalize_name(one.name), set())] == []


def installed(pin: Requirement) -> bool:
    """Tell whether it is there: some are for other systems."""
    return pin.marker is None or pin.marker.evaluate()


def test_tests_use_the_same_versions_as_the_product() -> None:
    product = pinned("requirements.txt")
    tests = pinned("tests/requirements.txt")
    shared = product.keys() & tests.keys()
    assert {name: tests[name] for name in shared} == {name: product[name] for name in shared}


def test_what_was_asked_for_is_required_and_used() -> None:
    asked = {
        "flask": "flask", "flask-sqlalchemy": "flask_sqlalchemy", "flask-wtf": "flask_wtf", "htmx-flask": "htmx_flask",
        "requests": "requests", "apscheduler": "apscheduler", "pytest": "pytest", "responses": "responses",
    }  # fmt: skip
    names = {
        line.split("==")[0].lower()
        for file in ("requirements.txt", "tests/requirements.txt")
        for line in requirements(file)
    }
    assert asked.keys() <= names
    source = "\n".join(path.read_text(encoding="utf-8") for path in files() if path.suffix == ".py")
    unused = [name for name, module in asked.items() if not re.search(rf"^\s*(?:from|import) {module}\b", source, re.M)]
    assert unused == []


def test_browser_files_are_those_of_the_manifest() -> None:
    vendor = ROOT / "static" / "vendor"
    entries = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    digests = {entry["file"]: entry["sha256"] for entry in entries}
    found = {str(path.relative_to(vendor)): path for path in vendor.rglob("*") if path.is_file()}
    # Tabler's package brings no licence text of its own; it was taken from its repository.
    assert found.keys() - {"manifest.json", "tabler-1.6.1/LICENSE"} == digests.keys() - {"tabler-1.6.1/LICENSE"}
    assert all(hashlib.sha256(found[name].read_bytes()).hexdigest() == digest for name, digest in digests.items())
    assert all(entry["version"] and entry["licence"] and entry["version"] in entry["file"] for entry in entries)


def test_pages_load_nothing_from_the_network() -> None:
    outside = re.compile(r"""(?:src|href)=["'](?:https?:)?//""")
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static").glob("*.*")]
    assert [path.name for path in pages if outside.search(path.read_text(encoding="utf-8", errors="replace"))] == []


def test_make_has_every_target_that_the_documents_name() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    documents = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))]
    named = {name for path in documents for name in re.findall(r"(?:^|`)make ([a-z-]+)", code_of(path), re.M)}
    assert {"run", "test", "demo"} <= named
    assert named <= targets


def code_of(document: Path) -> str:
    """Return the commands of a document: what stands in code, not in prose."""
    text = document.read_text(encoding="utf-8")
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.S))


def test_every_link_of_the_documents_leads_to_a_file() -> None:
    wrong = []
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")):
        targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        wrong += [f"{path.name}: {link}" for link in targets if "://" not in link and not (path.parent / link).exists()]
    assert wrong == []


def test_the_layout_that_was_fixed_is_there() -> None:
    folders = ("webapp", "templates", "static", "instance", "tests")
    plain = ("wsgi.py", "requirements.txt", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", ".ci/run")
    assert [name for name in folders if not (ROOT / name).is_dir()] == []
    assert [name for name in plain if not (ROOT / name).is_file()] == []


def test_shell_scripts_are_sound() -> None:
    scripts = [*(ROOT / "packaging").rglob("*.sh")]
    results = [subprocess.run(["sh", "-n", str(path)], timeout=SHELL_TIMEOUT_S).returncode for path in scripts]
    assert results == [0] * len(scripts)


def test_every_file_that_the_order_of_the_tests_names_is_there() -> None:
    assert [str(path) for path in PLACES if not path.is_file()] == []
