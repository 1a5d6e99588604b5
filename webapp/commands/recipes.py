"""``gateway schema | check | try | install``: a recipe from its file to the running hub."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.commands.program import FAILED, Program, opened, pass_program
from webapp.gateways.contract import Gateway, Operation
from webapp.gateways.registry import UnknownGateway, get_gateway
from webapp.messages import explain
from webapp.services import recipe_files
from webapp.services.recipe_files import Examination, RecipeProblem, TrialResult
from webapp.services.recipe_texts import RecipeRefused
from webapp.services.recipes import refresh

FROM_ENVIRONMENT = "@env:"
_COLOURS = {"problem": "red", "hint": "yellow"}
_Recipe = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("schema")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write it here.")
def schema_command(output: Path | None) -> None:
    """Print the JSON Schema of a recipe, for editors."""
    text = json.dumps(recipe_files.editor_schema(), ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")


@click.command("check")
@click.argument("file", type=_Recipe)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def check_command(program: Program, file: Path, as_json: bool) -> None:
    """Check a recipe: line and key of every problem. Exit code 1 when there is one."""
    with opened(program, migrate=False):
        examined = recipe_files.examine_file(file)
        _show_json(examined) if as_json else _show(examined, file)
    if examined.recipe is None:
        raise click.exceptions.Exit(FAILED)


@click.command("try")
@click.argument("what", metavar="FILE|KEY")
@click.option("--operation", required=True, type=click.Choice([one.value for one in Operation]), help="What to do.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Such as params.token=@env:TOKEN.")
@click.option("--preview", is_flag=True, help="Show the request, send nothing.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def try_command(
    program: Program, what: str, operation: str, given: tuple[str, ...], preview: bool, as_json: bool
) -> None:
    """Do one operation for real, for a made-up subscriber. Exit code 1 when it does not end well."""
    with opened(program, migrate=False):
        gateway = _gateway(what)
        result = recipe_files.try_gateway(
            gateway, _possible(gateway, operation), _values(gateway, given), preview=preview
        )
        click.echo(json.dumps(_as_json(result), ensure_ascii=False, indent=2) if as_json else _as_text(result))
    if not result.ok:
        raise click.exceptions.Exit(FAILED)


@click.command("install")
@click.argument("file", type=_Recipe)
@click.option("--reason", required=True, help="Why; kept with the version.")
@pass_program
def install_command(program: Program, file: Path, reason: str) -> None:
    """Check a recipe and let it run as the next version of its key; no restart is needed."""
    with opened(program):
        examined = recipe_files.examine_file(file)
        if examined.recipe is None:
            _show(examined, file)
            raise click.exceptions.Exit(FAILED)
        try:
            version = recipe_files.install(examined, reason)
        except RecipeRefused as error:
            _show(Examination(None, tuple(error.found)), file)
            raise click.exceptions.Exit(FAILED) from error
        click.echo(_("%(key)s runs as version %(number)s.", key=version.key, number=version.number))


def _show(examined: Examination, file: Path) -> None:
    levels = {"problem": _("problem"), "hint": _("hint")}
    for one in (*examined.problems, *examined.hints):
        place = f"{one.file}:{one.line}" if one.line else one.file
        level = click.style(f"{levels[one.severity]:8}", fg=_COLOURS[one.severity])
        click.echo(f"{level} {place}: {one.key}: {explain(one.code, one.params)}")
    counts = {"problems": len(examined.problems), "hints": len(examined.hints)}
    click.echo(_("%(file)s: problems: %(problems)s, hints: %(hints)s", file=file.name, **counts))


def _show_json(examined: Examination) -> None:
    rows = [_problem_row(one) for one in (*examined.problems, *examined.hints)]
    click.echo(json.dumps({"ok": examined.recipe is not None, "found": rows}, ensure_ascii=False, indent=2))


def _problem_row(one: RecipeProblem) -> dict[str, Any]:
    words = explain(one.code, one.params)
    return {
        "severity": one.severity, "file": one.file, "line": one.line, "key": one.key, "code": one.code,
        "found": one.params.get("found"), "allowed": one.params.get("allowed"),
        "message": words.cause, "remedy": words.remedy,
    }  # fmt: skip


def _gateway(what: str) -> Gateway:
    path = Path(what)
    if not path.is_file():
        refresh(at_once=True)
        try:
            return get_gateway(what)
        except UnknownGateway as error:
            raise click.BadParameter(_("There is no file and no gateway %(name)s.", name=what)) from error
    examined = recipe_files.examine_file(path)
    found = recipe_files.gateway_of(examined)
    if found is None:
        _show(examined, path)
        raise click.exceptions.Exit(FAILED)
    return found


def _possible(gateway: Gateway, name: str) -> Operation:
    operation = Operation(name)
    if not gateway.traits.can(operation):
        raise click.UsageError(_("%(label)s cannot do %(name)s.", label=gateway.traits.label, name=name))
    return operation


def _values(gateway: Gateway, given: tuple[str, ...]) -> dict[str, str]:
    values = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not recipe_files.may_be_set(gateway, name):
            allowed = ", ".join(recipe_files.settable())
            raise click.BadParameter(_("%(name)s cannot be set. Allowed: %(allowed)s.", name=name, allowed=allowed))
        values[name] = _value(value)
    return values


def _value(text: str) -> str:
    """Return the value; a secret need not stand in the history of the shell."""
    if not text.startswith(FROM_ENVIRONMENT):
        return text
    name = text.removeprefix(FROM_ENVIRONMENT)
    try:
        return os.environ[name]
    except KeyError as error:
        raise click.BadParameter(_("The environment variable %(name)s is not set.", name=name)) from error


def _as_json(result: TrialResult) -> dict[str, Any]:
    exchange = result.exchange
    return {
        "outcome": result.outcome, "code": result.code, "params": {key: str(one) for key, one in result.params.items()},
        "remote_ids": dict(result.remote_ids), "state": result.state.value if result.state else None,
        "request": exchange and {
            "method": exchange.method, "url": exchange.url, "headers": dict(exchange.request_headers),
            "body": exchange.request_body,
        },
        "response": exchange and {
            "status": exchange.status, "headers": dict(exchange.response_headers), "body": exchange.response_body,
        },
        "seen": [
            {"login": one.login, "state": one.state.value, "remote_ids": dict(one.remote_ids)} for one in result.seen
        ],
        "products": [{"code": one.code, "name": one.name} for one in result.products],
        "listing": result.listing, "total": result.total,
        "steps": [{"name": one.name, "ok": one.ok, "code": one.code} for one in result.steps],
    }  # fmt: skip


def _as_text(result: TrialResult) -> str:
    lines: list[str] = []
    exchange = result.exchange
    if exchange is not None:
        lines += [
            f"{exchange.method} {exchange.url}",
            *(f"{key}: {one}" for key, one in exchange.request_headers.items()),
        ]
        lines += ["", exchange.request_body] if exchange.request_body else []
        lines += ["", f"-> {exchange.status}", exchange.response_body] if exchange.status else []
        lines.append("")
    lines += [f"{step.name}: {'ok' if step.ok else explain(step.code, step.params)}" for step in result.steps]
    lines += [f"{one.login} {one.state.value} {_ids(one.remote_ids)}".rstrip() for one in result.seen]
    lines += [_listing(result)] if result.listing else []
    lines += [f"{one.code}: {one.name}" for one in result.products]
    lines.append(f"{_('Outcome')}: {result.outcome}")
    lines += [f"{_('State')}: {result.state.value}"] if result.state else []
    lines += [f"{_('Learned')}: {_ids(result.remote_ids)}"] if result.remote_ids else []
    lines += [str(explain(result.code, result.params))] if result.code and not result.steps else []
    return "\n".join(lines)


def _listing(result: TrialResult) -> str:
    """Say what is known of the whole of a listing."""
    count = len(result.seen)
    if result.listing == "complete":
        return ngettext(
            "The listing is complete: %(num)s account.", "The listing is complete: %(num)s accounts.", count
        )
    if result.listing == "more":
        return _("There are more: only the first %(count)s are shown.", count=count)
    return str(explain(result.listing))


def _ids(remote_ids: Mapping[str, str]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in remote_ids.items())
