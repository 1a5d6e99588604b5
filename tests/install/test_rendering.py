"""Files of an installation: what stands in them, and what systemd says of the unit. Nothing is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from webapp.commands.installing import install_command
from webapp.install import rendering
from webapp.install.planning import NGINX, UNIT
from webapp.install.wanted import Wanted
from webapp.paths import DOCS

ANALYZE = shutil.which("systemd-analyze")
# In tenths; 100 is a service without any care. A hub must reach the network, which alone is worth 1.1.
MOST_EXPOSURE = 13


@pytest.mark.parametrize(("systemd", "line"), [(252, "RestartSec=5"), (254, "RestartMaxDelaySec=60")])
def test_delay_between_restarts_is_what_the_version_of_systemd_knows(systemd: int, line: str) -> None:
    assert line in rendering.unit(Wanted(), systemd).splitlines()


def test_place_without_a_value_is_an_error_and_none_is_left() -> None:
    with pytest.raises(KeyError):
        rendering.fill("systemd/sintonia.service", {})
    wanted = Wanted(domain="hub.provedor.example", log_file=Path("/var/log/sintonia/a.log"))
    texts = [rendering.unit(wanted, 252), rendering.rotation(wanted), rendering.first_settings(wanted)]
    texts += [rendering.site(Wanted(domain="hub.provedor.example", proxy=proxy)) for proxy in ("nginx", "caddy")]
    assert [text for text in texts if rendering.places_in(text)] == []


@pytest.mark.parametrize(
    ("before", "values", "after"),
    [
        ("A=1\n", {"A": "2"}, "A=2\n"),
        ("# A=1\nA = '1'\n", {"A": "1"}, "# A=1\nA = '1'\n"),
        ("export A=1", {"B": "2"}, "export A=1\nB=2\n"),
        ("A=1\n\nA=3\n", {"A": "2"}, "A=2\n\nA=2\n"),
        ("", {}, "\n"),
    ],
)
def test_setting_is_set_and_every_other_line_stays(before: str, values: dict[str, str], after: str) -> None:
    assert rendering.with_settings(before, values) == after


def test_settings_are_read_as_systemd_reads_them() -> None:
    text = "# no\n A = \"x y\"\nB='q'\nC=a=b\nexport D=1\nbad line\nE=\n"
    assert rendering.read_settings(text) == {"A": "x y", "B": "q", "C": "a=b", "D": "1", "E": ""}


@pytest.mark.skipif(ANALYZE is None, reason="needs systemd-analyze")
def test_systemd_finds_no_fault_in_the_unit_and_little_exposure(tmp_path: Path) -> None:
    program = tmp_path / "prefix/bin/sintonia"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / "sintonia.service"
    unit.write_text(rendering.unit(Wanted(prefix=tmp_path / "prefix", user="daemon"), 252))
    verified = subprocess.run([str(ANALYZE), "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = [str(ANALYZE), "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSURE}", str(unit)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stdout


@pytest.mark.parametrize("proxy", ["nginx", "caddy"])
def test_guide_shows_the_site_that_is_written(proxy: str) -> None:
    guide = (DOCS / "seguranca.md").read_text("utf-8")
    site = rendering.site(Wanted(domain="hub.provedor.example", proxy=proxy))
    assert f"```{proxy}\n{site}```" in guide


def test_every_option_and_path_of_the_installation_stands_in_its_document() -> None:
    text = (DOCS / "instalacao.md").read_text("utf-8")
    options = {
        option for param in install_command.params for option in param.opts if not getattr(param, "hidden", False)
    }
    wanted = Wanted()
    paths = {wanted.program, wanted.former_program, wanted.data, wanted.settings, wanted.keys, UNIT, NGINX}
    # It is for whoever runs the command from the source code, which says so.
    options -= {"--program"}
    assert [one for one in sorted(map(str, options | paths)) if one not in text] == []
