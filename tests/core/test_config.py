"""Settings: environment over file, all problems at once, keys made privately."""

import stat
from ipaddress import ip_network
from pathlib import Path

import pytest

from webapp.config import ConfigError, load_settings


def test_a_first_start_makes_keys_that_only_the_owner_can_read(tmp_path: Path) -> None:
    first = load_settings({"SINTONIA_INSTANCE": str(tmp_path)})
    for name in ("secret.key", "encryption.keys"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    again = load_settings({"SINTONIA_INSTANCE": str(tmp_path)})
    assert (again.secret_key, again.encryption_keys) == (first.secret_key, first.encryption_keys)
    assert first.sqlite


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "sintonia.toml").write_text(
        'locale = "en"\nworkers = 8\negress_allow = ["10.0.0.0/8", "127.0.0.1/32"]\n'
    )
    settings = load_settings({"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_WORKERS": "9"})
    assert (settings.locale, settings.workers) == ("en", 9)
    assert settings.egress_allow == (ip_network("10.0.0.0/8"), ip_network("127.0.0.1/32"))


def test_every_problem_is_listed_at_once_with_the_name_to_change(tmp_path: Path) -> None:
    wrong = {
        "EGRESS_ALLOW": "10.0.0.1/8", "LOCALE": "klingon", "TIMEZONE": "Mars/Olympus", "WORKERS": "many",
        "LOG_FORMAT": "xml", "ENCRYPTION_KEYS": "k1:short", "SECRET_KEY_FILE": str(tmp_path / "nowhere"),
        "PROXIES": "9",
    }  # fmt: skip
    environ = {"SINTONIA_INSTANCE": str(tmp_path), **{f"SINTONIA_{name}": value for name, value in wrong.items()}}
    with pytest.raises(ConfigError) as caught:
        load_settings(environ)
    told = "\n".join(caught.value.problems)
    assert [name for name in wrong if f"SINTONIA_{name}:" not in told] == []
    assert "short" not in told


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "sintonia.toml").write_text("locale = pt_BR")
    with pytest.raises(ConfigError, match=r"sintonia\.toml"):
        load_settings({"SINTONIA_INSTANCE": str(tmp_path)})


def test_a_secret_may_come_from_a_file_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("a long secret of my own\n")
    environ = {"SINTONIA_INSTANCE": str(tmp_path), "SINTONIA_SECRET_KEY_FILE": str(tmp_path / "mine")}
    assert load_settings(environ).secret_key == "a long secret of my own"
