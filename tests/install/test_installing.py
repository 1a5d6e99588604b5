"""``install`` and ``uninstall`` on a system that is being built in a folder: files, modes, what is kept, what is said.

With systemd running, and an upgrade that fails: tests/install/walk.py, by ``make check-install``.
"""

import os
import pwd
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.install.conftest import Install
from webapp import keys
from webapp.cli import sintonia
from webapp.install.installing import Installer, Order
from webapp.install.machine import Machine
from webapp.install.planning import Record
from webapp.install.service import Service
from webapp.install.steps import PutProgram
from webapp.install.wanted import Refused, Wanted

UNIT = Path("/etc/systemd/system/sintonia.service")
ENV, KEYS = Path("/etc/sintonia/sintonia.env"), Path("/etc/sintonia/keys/encryption.keys")
DATA, PROGRAM = Path("/var/lib/sintonia"), Path("/usr/local/bin/sintonia")
PUBLIC = ("--domain", "hub.provedor.example", "--proxy", "nginx", "--yes")


def snapshot(machine: Machine) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of all that is there, and when it was last written."""
    found = {}
    for path in sorted(machine.root.rglob("*")):
        state = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(machine.root))] = (state.st_mode, content + str(state.st_mtime_ns).encode())
    return found


def mode(machine: Machine, path: Path) -> int:
    return stat.S_IMODE(machine.real(path).stat().st_mode)


def text(machine: Machine, path: Path) -> str:
    return (machine.read(path) or b"").decode()


def copies(machine: Machine, path: Path) -> list[str]:
    return sorted(one.read_text() for one in machine.real(path).parent.glob(f"{path.name}.before-*"))


def test_fresh_system_gets_all_files_with_their_modes_and_a_second_run_changes_nothing(
    machine: Machine, install: Install, program: Path
) -> None:
    assert install(*PUBLIC).exit_code == 0
    modes = {DATA: 0o700, KEYS.parent: 0o700, KEYS: 0o600, ENV: 0o640, UNIT: 0o644, PROGRAM: 0o755}
    assert {path: mode(machine, path) for path in modes} == modes
    assert machine.read(PROGRAM) == program.read_bytes()
    assert keys.are_usable(keys.parse(text(machine, KEYS)))
    assert {"SINTONIA_BASE_URL=https://hub.provedor.example", "SINTONIA_PROXIES=1", f"SINTONIA_INSTANCE={DATA}"} <= set(
        text(machine, ENV).splitlines()
    )
    assert os.readlink(machine.real(UNIT.parent / "multi-user.target.wants" / UNIT.name)) == str(UNIT)
    before = snapshot(machine)
    again = install()
    assert again.exit_code == 0
    assert "Nothing to do" in again.output
    assert snapshot(machine) == before


def test_dry_run_names_everything_and_changes_nothing(machine: Machine, install: Install) -> None:
    before = snapshot(machine)
    said = install("--dry-run", *PUBLIC).output
    named = (DATA, ENV, KEYS, PROGRAM, UNIT, "/etc/nginx/sites-available/sintonia.conf", "SINTONIA_PROXIES=1")
    assert [str(one) for one in named if str(one) not in said] == []
    assert snapshot(machine) == before


def test_without_a_yes_nothing_is_changed(machine: Machine, install: Install) -> None:
    before = snapshot(machine)
    assert install(stdin="n\n").exit_code == 1
    assert snapshot(machine) == before


def test_new_version_replaces_the_program_keeps_the_former_and_the_choices(
    machine: Machine, install: Install, program: Path
) -> None:
    install(*PUBLIC, "--port", "8123")
    program.write_text("#!/bin/sh\necho 2\n")
    assert install("--yes").exit_code == 0
    assert text(machine, PROGRAM) == "#!/bin/sh\necho 2\n"
    assert text(machine, Path("/usr/local/lib/sintonia/sintonia.previous")) == "#!/bin/sh\necho 1\n"
    assert "--port 8123" in text(machine, UNIT)


def test_edited_unit_is_replaced_and_kept_beside_it_and_one_of_ours_is_not(machine: Machine, install: Install) -> None:
    install("--yes")
    machine.real(UNIT).write_text("[Service]\n# mine\n")
    install("--yes")
    assert copies(machine, UNIT) == ["[Service]\n# mine\n"]
    install("--port", "8124", "--yes")
    assert copies(machine, UNIT) == ["[Service]\n# mine\n"]


def test_settings_are_yours_and_only_what_is_asked_for_is_set(machine: Machine, install: Install) -> None:
    install(*PUBLIC)
    mine = text(machine, ENV).replace("PROXIES=1", "PROXIES=2") + "# mine\nSINTONIA_WORKERS=32\n"
    machine.real(ENV).write_text(mine)
    install("--yes")
    assert text(machine, ENV) == mine
    install("--domain", "outro.provedor.example", "--yes")
    assert text(machine, ENV) == mine.replace("//hub.", "//outro.")
    assert copies(machine, ENV) == [mine]


def test_keys_are_never_replaced_and_a_database_without_them_is_refused(machine: Machine, install: Install) -> None:
    install("--yes")
    first = text(machine, KEYS)
    install("--yes")
    assert text(machine, KEYS) == first
    machine.real(KEYS).unlink()
    machine.real(DATA / "sintonia.db").write_text("")
    refused = install("--yes")
    assert refused.exit_code == 1
    assert str(KEYS) in refused.output
    assert not machine.exists(KEYS)


def test_keys_that_came_with_the_data_of_another_machine_stay_there(machine: Machine, install: Install) -> None:
    machine.real(DATA).mkdir(parents=True)
    machine.real(DATA / "encryption.keys").write_text("k1:x")
    assert install("--yes").exit_code == 0
    assert not machine.exists(KEYS)
    assert "KEYS_FILE" not in text(machine, ENV)


def test_places_of_backups_elsewhere_may_be_written_by_the_service(machine: Machine, install: Install) -> None:
    install("--yes")
    machine.real(ENV).write_text(text(machine, ENV) + 'SINTONIA_BACKUP_COPY_DIR="/mnt/share"\n')
    install("--yes")
    assert f"ReadWritePaths={DATA} -/mnt/share" in text(machine, UNIT).splitlines()


def test_site_of_nginx_is_switched_on_only_with_its_certificate(machine: Machine, install: Install) -> None:
    on = Path("/etc/nginx/sites-enabled/sintonia.conf")
    assert "certbot certonly" in install(*PUBLIC).output
    assert not machine.exists(on)
    folder = machine.real(Path("/etc/letsencrypt/live/hub.provedor.example"))
    folder.mkdir(parents=True)
    (folder / "fullchain.pem").write_text("")
    said = install("--yes")
    assert (said.exit_code, "Nothing to do" in said.output) == (0, False)
    assert machine.exists(on)
    assert "Nothing to do" in install("--yes").output


def test_caddy_imports_the_site_once_and_uninstall_takes_the_line_out(machine: Machine, install: Install) -> None:
    caddyfile, before = Path("/etc/caddy/Caddyfile"), ":80 {\n\tfile_server\n}\n"
    for _time in range(2):
        assert install("--domain", "hub.provedor.example", "--proxy", "caddy", "--yes").exit_code == 0
    assert text(machine, caddyfile) == before + "import /etc/caddy/sintonia.caddy\n"
    assert install("--yes", command="uninstall").exit_code == 0
    assert text(machine, caddyfile) == before
    assert not machine.exists(Path("/etc/caddy/sintonia.caddy"))


def test_log_file_comes_with_its_rotation_and_may_be_written(machine: Machine, install: Install) -> None:
    install("--log-file", "/var/log/sintonia/sintonia.log", "--yes")
    assert "StandardError=append:/var/log/sintonia/sintonia.log" in text(machine, UNIT)
    assert "-/var/log/sintonia" in text(machine, UNIT)
    assert text(machine, Path("/etc/logrotate.d/sintonia")).count("/var/log/sintonia/sintonia.log {") == 1
    assert mode(machine, Path("/var/log/sintonia")) == 0o750


def test_uninstall_takes_the_service_away_and_leaves_data_keys_and_settings(machine: Machine, install: Install) -> None:
    install(*PUBLIC)
    assert install("--yes", command="uninstall").exit_code == 0
    assert [path for path in (UNIT, PROGRAM) if machine.exists(path)] == []
    assert [path for path in (DATA, KEYS, ENV) if not machine.exists(path)] == []


@pytest.mark.parametrize("typed", ["yes\n", "\n", "/var/lib\n"])
def test_purge_without_the_folder_typed_out_changes_nothing(machine: Machine, install: Install, typed: str) -> None:
    install("--yes")
    before = snapshot(machine)
    assert install("--purge", "--yes", command="uninstall", stdin=typed).exit_code == 1
    assert snapshot(machine) == before


def test_purge_with_the_folder_typed_out_leaves_nothing(machine: Machine, install: Install) -> None:
    install("--yes")
    machine.real(Path("/etc/passwd")).write_text("root:x:0:0:root:/root:/bin/bash\n")
    assert install("--purge", command="uninstall", stdin=f"{DATA}\n").exit_code == 0
    assert [path for path in (DATA, KEYS.parent, ENV, UNIT, PROGRAM) if machine.exists(path)] == []


def test_purge_leaves_a_user_that_was_there_for_something_else(machine: Machine, install: Install) -> None:
    users = machine.real(Path("/etc/passwd"))
    users.write_text(users.read_text() + "maria:x:1000:994::/srv/maria:/bin/bash\n")
    group = machine.real(Path("/etc/group"))
    group.write_text(group.read_text() + "maria:x:1000:\n")
    assert install("--user", "maria", "--yes").exit_code == 0
    done = install("--purge", command="uninstall", stdin=f"{DATA}\n")
    assert (done.exit_code, "maria" in done.output) == (0, False)
    assert not machine.exists(DATA)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the user of the service")
def test_backup_before_an_upgrade_reads_the_settings_as_the_service_does(tmp_path: Path) -> None:
    """Lists are in the file of the instance, which the program reads itself; a failure of any kind is a refusal."""
    machine, user = Machine(tmp_path), pwd.getpwuid(os.getuid()).pw_name
    wanted = Wanted(prefix=tmp_path / "usr", user=user, data=Path("/data"))
    for path, content in {
        wanted.data / "sintonia.toml": 'egress_allow = ["10.20.0.0/24"]\n',
        wanted.settings: "SINTONIA_WORKERS=32\n",
    }.items():
        machine.real(path).parent.mkdir(parents=True)
        machine.real(path).write_text(content)
    wanted.program.parent.mkdir(parents=True)
    wanted.program.write_text('#!/bin/sh\necho "{\\"file\\": \\"$SINTONIA_EGRESS_ALLOW|$SINTONIA_WORKERS\\"}"\n')
    service = Service(machine, wanted)
    with pytest.raises(Refused):
        service.back_up()
    wanted.program.chmod(0o755)
    assert service.back_up() == Path("|32")
    wanted.program.write_text("#!/bin/sh\n")
    with pytest.raises(Refused):
        service.back_up()


@pytest.fixture
def stopped(machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    """An installed hub that somebody stopped; its program notes what it is asked."""
    user = pwd.getpwuid(os.getuid()).pw_name
    service = Service(machine, Wanted(prefix=tmp_path / "usr", user=user, data=Path("/data")))
    service.wanted.program.parent.mkdir(parents=True)
    script = f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\necho "{{\\"file\\": \\"/b.zip\\"}}"\n'
    service.wanted.program.write_text(script)
    service.wanted.program.chmod(0o755)
    machine.real(service.wanted.program).parent.mkdir(parents=True)
    machine.real(service.wanted.program).write_text("former")
    machine.real(service.wanted.data).mkdir()
    (machine.real(service.wanted.data) / "sintonia.db").touch()
    monkeypatch.setattr(Machine, "alive", property(lambda _machine: True))
    monkeypatch.setattr(Service, "active", lambda _service: False)
    monkeypatch.setattr(Service, "start", lambda _service: True)
    return service


def upgrade(stopped: Service, program: Path, said: list[str], *, with_backup: bool = True) -> None:
    order = Order(stopped.wanted, Record(stopped.wanted), program, with_backup=with_backup)
    Installer(stopped.machine, order, said.append)._replace([PutProgram(program, stopped.wanted)])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the user of the service")
def test_upgrade_of_a_stopped_hub_makes_a_backup_by_the_former_program_first(
    stopped: Service, program: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    upgrade(stopped, program, said)
    assert (tmp_path / "asked").read_text().startswith("backup --json")
    assert stopped.machine.real(stopped.wanted.program).read_bytes() == program.read_bytes()
    assert stopped.machine.real(stopped.wanted.former_program).read_text() == "former"
    assert len(said) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become the user of the service")
def test_upgrade_of_a_stopped_hub_whose_backup_fails_changes_nothing(stopped: Service, program: Path) -> None:
    stopped.wanted.program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(Refused, match="--without-backup"):
        upgrade(stopped, program, [])
    assert stopped.machine.real(stopped.wanted.program).read_text() == "former"
    upgrade(stopped, program, [], with_backup=False)
    assert stopped.machine.real(stopped.wanted.program).read_bytes() == program.read_bytes()


def test_upgrade_of_a_stopped_hub_without_data_asks_for_no_backup(
    stopped: Service, program: Path, tmp_path: Path
) -> None:
    (stopped.machine.real(stopped.wanted.data) / "sintonia.db").unlink()
    upgrade(stopped, program, [])
    assert not (tmp_path / "asked").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--data-dir", "/var/lib"), "belongs to the system"),
        (("--data-dir", "/usr/bin"), "belongs to the system"),
        (("--log-file", "/etc/ssh/sintonia.log"), "--log-file"),
        (("--data-dir", str(Path("/home") / "ana")), "the service sees no"),
        (("--data-dir", "/srv/a b"), "--data-dir"),
        (("--user", "root"), "--user"),
        (("--domain", "https://hub.provedor.example"), "--domain"),
        (("--domain", "hub.example\nserver {}"), "--domain"),
        (("--proxy", "nginx"), "--domain hub.provedor.example"),
        (("--port", "80"), "--port"),
    ],
)
def test_what_would_not_work_is_refused_with_the_reason(
    machine: Machine, install: Install, options: tuple[str, ...], said: str
) -> None:
    before = snapshot(machine)
    refused = install(*options, "--yes")
    assert (refused.exit_code, said in refused.output) == (1, True), refused.output
    assert snapshot(machine) == before


def test_data_is_not_left_behind_by_another_folder(install: Install) -> None:
    install("--yes")
    refused = install("--data-dir", "/srv/sintonia", "--yes")
    assert (refused.exit_code, "uninstall" in refused.output) == (1, True)


def test_source_code_is_not_installed_and_says_what_to_do(machine: Machine) -> None:
    refused = CliRunner().invoke(sintonia, ["install", "--root", str(machine.root), "--no-start", "--yes"])
    assert (refused.exit_code, "make binary" in refused.output) == (1, True)


def test_record_that_cannot_be_read_is_named_and_nothing_changed(machine: Machine, install: Install) -> None:
    record = Path("/etc/sintonia/installed.json")
    machine.real(record.parent).mkdir(parents=True)
    machine.real(record).write_text("[]")
    before = snapshot(machine)
    assert str(record) in install("--yes").output
    assert snapshot(machine) == before
