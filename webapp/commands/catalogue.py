"""``gateway``: the kinds of platform that this version can speak with."""

import json
from typing import TYPE_CHECKING, Any

import click

from webapp import lazy
from webapp.commands.program import Program, opened, pass_program
from webapp.commands.recipes import check_command, install_command, schema_command, try_command
from webapp.gateways.contract import Gateway
from webapp.gateways.registry import all_gateways
from webapp.services.recipes import refresh

if TYPE_CHECKING:
    from rich import console, table
else:
    console, table = lazy.module("rich.console"), lazy.module("rich.table")


@click.group()
def gateway() -> None:
    """Kinds of platform."""


for _command in (schema_command, check_command, try_command, install_command):
    gateway.add_command(_command)


@gateway.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@pass_program
def list_gateways(program: Program, as_json: bool) -> None:
    """List the gateways with their parameters."""
    with opened(program, migrate=False):
        refresh(at_once=True)
        rows = [_row(one) for one in all_gateways()]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=2)) if as_json else _show(rows)


def _row(one: Gateway) -> dict[str, Any]:
    traits = one.traits
    params = [
        {
            "name": spec.name,
            "label": str(spec.label),
            "scope": spec.scope,
            "kind": spec.kind,
            "required": spec.required,
            "secret": spec.secret,
            "choices": list(spec.choices),
        }
        for spec in traits.params
    ]
    return {
        "key": traits.key, "label": str(traits.label), "trust": str(traits.trust), "unit": str(traits.unit),
        "guarantee": str(traits.guarantee), "product_source": str(traits.product_source),
        "operations": sorted(str(operation) for operation in traits.capabilities | traits.aliases.keys()),
        "free_params": traits.free_params, "params": params, "note": str(traits.note),
    }  # fmt: skip


def _show(rows: list[dict[str, Any]]) -> None:
    shown = table.Table("key", "label", "trust", "guarantee", "params")
    for row in rows:
        names = ", ".join(spec["name"] + ("*" if spec["required"] else "") for spec in row["params"])
        shown.add_row(row["key"], row["label"], row["trust"], row["guarantee"], names)
    console.Console().print(shown)
