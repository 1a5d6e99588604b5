"""Re-create the browser files under ``static/vendor/`` from the npm registry and verify them.

``python packaging/vendor.py`` downloads each package once with ``npm pack``, takes the
files that ``manifest.json`` names, and refuses any whose SHA-256 differs.
``python packaging/vendor.py --check`` only verifies what lies on disk, without a network.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "static" / "vendor"
MANIFEST = VENDOR / "manifest.json"


def main() -> int:
    """Return 0 when every file is what the manifest says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="verify the files on disk, download nothing")
    entries = json.loads(MANIFEST.read_text())
    if not parser.parse_args().check:
        _fetch(entries)
    wrong = [entry["file"] for entry in entries if _digest(VENDOR / entry["file"]) != entry["sha256"]]
    for name in wrong:
        sys.stderr.write(f"{name}: missing, or not the file that manifest.json names\n")
    return 1 if wrong else 0


def _fetch(entries: list[dict[str, str]]) -> None:
    packages: dict[str, list[dict[str, str]]] = defaultdict(list)
    for entry in entries:
        packages[f"{entry['package']}@{entry['version']}"].append(entry)
    for package, wanted in packages.items():
        with tempfile.TemporaryDirectory() as folder:
            _extract(_pack(package, Path(folder)), wanted)


def _pack(package: str, folder: Path) -> Path:
    command = ["npm", "pack", package, "--silent", "--pack-destination", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    return next(folder.glob("*.tgz"))


def _extract(archive: Path, wanted: list[dict[str, str]]) -> None:
    with tarfile.open(archive) as tar:
        for entry in wanted:
            member = tar.extractfile(f"package/{entry['path_in_package']}")
            if member is None:
                raise SystemExit(f"{entry['path_in_package']} is not in {archive.name}")
            target = VENDOR / entry["file"]
            target.parent.mkdir(parents=True, exist_ok=True)
            content = member.read()
            if hashlib.sha256(content).hexdigest() != entry["sha256"]:
                raise SystemExit(f"{entry['file']}: the registry's file differs from manifest.json; nothing written")
            target.write_bytes(content)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
