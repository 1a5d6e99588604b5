"""Imports go one way, and some things are done in one place only. Read from the source; nothing is run."""

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.conventions.modules import Import, Module, read

CORE = {
    "build",
    "clock",
    "config",
    "database",
    "database_url",
    "extensions",
    "files",
    "keys",
    "knock",
    "languages",
    "lazy",
    "logged",
    "logs",
    "paths",
    "schema",
    "vault",
}
SEAM = {"gateways.contract", "gateways.errors", "gateways.masking", "gateways.registry"}
INNER = CORE | {"services", "models", "decide", "messages"}
PRACTICE = {"sandbox.nx", "sandbox.tenants", "sandbox.wire"}

# What each part may import of ours, besides itself. A dotted entry opens one module of a package.
MAY_IMPORT: dict[str, set[str]] = {
    "gateways": set(),
    "sources": {"gateways.contract", "gateways.errors", "gateways.http", "gateways.classify", "lazy"},
    "messages": set(),
    "sandbox": set(),
    "decide": {"gateways.contract"},
    "models": {"extensions", "clock"},
    # The practice platform is the sandbox's NX Play inside the hub, and nothing else of the sandbox.
    "services": CORE | {"models", "decide", "gateways", "sources", "messages"} | PRACTICE,
    "web": INNER | SEAM,
    "api": INNER | SEAM,
    "jobs": INNER | SEAM,
    "demo": INNER | SEAM | {"jobs", "sandbox", "gateways.webhook"},
    # Where there is no interpreter to start it with, the sandbox is a command.
    "commands": INNER | SEAM | {"jobs", "demo", "commands", "install", "sandbox.__main__"},
    "cli": INNER | SEAM | {"jobs", "demo", "commands", "install"},
    "errors": {"database", "extensions", "messages", "services", "web", "api"},
    "clock": set(),
    "calm": set(),
    "lazy": set(),
    "json_bodies": set(),
    "paths": set(),
    "build": {"paths"},
    "extensions": {"counts"},
    "counts": {"clock"},
    "languages": {"paths"},
    "database": {"config", "database_url", "lazy"},
    "database_url": set(),
    "config": {"database_url", "keys", "languages", "lazy", "paths"},
    "schema": {"database", "lazy", "paths"},
    "logged": set(),
    "logs": {"config", "logged"},
    "files": set(),
    "keys": {"files"},
    "knock": set(),
    # Before there is a hub: it needs none of it.
    "install": {"clock", "config", "files", "keys", "knock", "languages", "paths"},
    "vault": {"gateways.contract", "keys"},
    "migrations": set(),
}
COMPOSES_ALL = {"webapp", "webapp.__main__"}

# (part, library) pairs: the outside does not leak in.
MUST_NOT_USE: dict[str, set[str]] = {
    "gateways": {"flask", "flask_babel", "sqlalchemy", "apiflask"},
    "sources": {"flask", "flask_babel", "sqlalchemy", "apiflask"},
    "decide": {"flask", "flask_babel", "sqlalchemy", "requests", "time", "random", "os", "pathlib"},
    "models": {"flask", "requests"},
    "messages": {"flask", "sqlalchemy"},
}

HTTP_SEAM = {
    "webapp.gateways.http", "webapp.gateways.sockets", "webapp.gateways.heads", "webapp.gateways.one_piece",
}  # fmt: skip
CLOCKS = {
    "webapp.clock": "it is the reader of the time",
    "webapp.gateways.http": "measures how long a call took; the time of day comes in as Connection.now",
    "webapp.gateways.sockets": "keeps a call's deadline; the time of day comes in as Connection.now",
    "webapp.sandbox": "plays somebody else's software, which has a clock of its own",
}
TIME_OF_DAY = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
    "time.gmtime", "time.strftime",
}  # fmt: skip


def part_of(module: str) -> str:
    """Return the first name below ``webapp``; empty for the package itself."""
    return ".".join(module.split(".")[1:2])


def ours(imports: Iterable[Import]) -> Iterator[Import]:
    return (item for item in imports if item.module.split(".")[0] == "webapp")


def target(item: Import) -> str:
    """Return what is imported without ``webapp.``; ``from webapp import clock`` means the module."""
    return item.full.removeprefix("webapp").removeprefix(".")


def allowed(part: str, name: str) -> bool:
    return any(name == entry or name.startswith(entry + ".") for entry in MAY_IMPORT[part] | {part})


@pytest.fixture(scope="module")
def modules() -> tuple[Module, ...]:
    return read("webapp")


def test_every_part_of_the_program_has_a_rule(modules: tuple[Module, ...]) -> None:
    parts = {part_of(module.name) for module in modules if module.name not in COMPOSES_ALL}
    assert parts <= MAY_IMPORT.keys()


def test_imports_go_one_way(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(item.line)}: {part_of(module.name)} imports {target(item)}"
        for module in modules
        if module.name not in COMPOSES_ALL
        for item in ours(module.imports)
        if not allowed(part_of(module.name), target(item))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_part_uses_a_library_of_another(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(item.line)}: {item.full}"
        for module in modules
        for item in module.imports
        if item.module.split(".")[0] in MUST_NOT_USE.get(part_of(module.name), set())
    ]
    assert not wrong, "\n".join(wrong)


def test_services_know_no_request(modules: tuple[Module, ...]) -> None:
    wrong = [
        module.at(item.line)
        for module in modules
        if part_of(module.name) == "services"
        for item in module.imports
        if item.full in ("flask.request", "flask.session", "flask.g")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_seam_imports_requests(modules: tuple[Module, ...]) -> None:
    libraries = {"requests", "urllib3", "http.client", "urllib.request", "httpx", "aiohttp"}
    wrong = [
        f"{module.at(item.line)}: {item.full}"
        for module in modules
        if module.name not in HTTP_SEAM and part_of(module.name) != "sandbox"
        for item in module.imports
        if item.module.split(".")[0] in libraries or item.module in libraries
    ]
    assert not wrong, "\n".join(wrong)


def test_the_sandbox_stands_alone(modules: tuple[Module, ...]) -> None:
    libraries = {"flask", "sqlalchemy", "requests", "apiflask", "standardwebhooks"}
    wrong = [
        f"{module.at(item.line)}: {item.full}"
        for module in modules
        if part_of(module.name) == "sandbox"
        for item in module.imports
        if item.module.split(".")[0] in libraries
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_clock_reads_the_time_of_day(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(node.lineno)}: {ast.unparse(node)}"
        for module in modules
        if module.name != "webapp.clock" and part_of(module.name) != "sandbox"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in TIME_OF_DAY
    ]
    assert not wrong, "\n".join(wrong)


def test_only_listed_modules_use_the_time_module(modules: tuple[Module, ...]) -> None:
    wrong = [
        module.at(item.line)
        for module in modules
        if not any(module.name == name or module.name.startswith(name + ".") for name in CLOCKS)
        for item in module.imports
        if item.module == "time"
    ]
    assert not wrong, "\n".join(wrong)


def test_no_private_name_crosses_a_module(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(item.line)}: {item.full}"
        for module in modules
        for item in ours(module.imports)
        if item.name.startswith("_") and not item.name.startswith("__")
    ]
    assert not wrong, "\n".join(wrong)


def test_no_private_name_is_reached_through_a_module(modules: tuple[Module, ...]) -> None:
    names = {module.name for module in modules}
    wrong = []
    for module in modules:
        known = {item.name for item in ours(module.imports) if item.full in names}
        wrong += [
            f"{module.at(node.lineno)}: {ast.unparse(node)}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id in known
            and node.attr.startswith("_")
        ]
    assert not wrong, "\n".join(wrong)


def test_imports_are_absolute_and_at_the_top(modules: tuple[Module, ...]) -> None:
    wrong = [
        f"{module.at(item.line)}: {item.full}"
        for module in modules
        for item in module.imports
        if item.module.startswith(".") or (item.function and item.function != "create_app")
    ]
    assert not wrong, "\n".join(wrong)


def test_only_services_commit(modules: tuple[Module, ...]) -> None:
    wrong = [
        module.at(node.lineno)
        for module in modules
        if part_of(module.name) != "services"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_prints(modules: tuple[Module, ...]) -> None:
    wrong = [
        module.at(node.lineno)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong, "\n".join(wrong)
