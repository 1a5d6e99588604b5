"""The command tree on an instance of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import CliRunner, Result

from webapp import create_app
from webapp.cli import sintonia
from webapp.commands.program import Program
from webapp.config import ConfigError, Settings

Run = Callable[..., Result]


@pytest.fixture
def make(settings: Settings) -> Callable[[], APIFlask]:
    return lambda: create_app(settings, TESTING=True)


@pytest.fixture
def run(make: Callable[[], APIFlask]) -> Run:
    """Run a command as the process would; an exception that is not meant for people fails the test."""

    def invoke(*args: str, stdin: str = "") -> Result:
        result = CliRunner().invoke(sintonia, args, obj=Program(make, "1.2.3"), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def broken() -> Program:
    def fail() -> APIFlask:
        raise ConfigError(
            ["SINTONIA_WORKERS: 'x' is not a number.", "SINTONIA_LOCALE: 'xx' is not one of pt_BR, en, es."]
        )

    return Program(fail, "1.2.3")


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text("code,name,document\n1,Maria,52998224725\n2,José,123\n")
    return path
