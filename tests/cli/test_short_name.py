"""``./sintonia``: the name by which pages and documents call the hub, from any folder."""

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = '#!/bin/sh\nprintf "%s\\n" "$PWD" "$PYTHONPATH" "$@"\n'


def test_short_name_leads_to_the_program_beside_it_through_a_link_from_another_folder(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "the hub", tmp_path / "elsewhere"
    python = home / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    elsewhere.mkdir()
    shutil.copy(ROOT / "sintonia", home / "sintonia")
    os.symlink(home / "sintonia", elsewhere / "sintonia")

    def call() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(["./sintonia", "restore", "a file.zip"], cwd=elsewhere, capture_output=True, text=True)

    assert call().returncode == 1
    assert "make install" in call().stderr
    python.write_text(STAND_IN)
    python.chmod(0o755)
    assert call().stdout.splitlines() == [
        str(elsewhere), str(home), "-P", "-m", "webapp", "restore", "a file.zip",
    ]  # fmt: skip
