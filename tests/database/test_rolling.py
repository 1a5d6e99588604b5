"""Between one version and the next tables only grow: workers of the former one go on recording what they have begun."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.script import Script, ScriptDirectory

from webapp.schema import MIGRATIONS, revisions

# The first version that several machines could work with.
FIRST = "0007"
ROLLING = [one for one in sorted(revisions()) if one >= FIRST]
GROWS = {"create_table", "create_index", "add_column", "f"}
# What another one makes anew under the same name: no statement of ours names an index.
ANEW = {"drop_index": "create_index"}
# A file of SQLite is one server's alone.
OF_ONE = "op.get_bind().dialect.name == 'sqlite'"
BARE = "op.add_column('account', sa.Column('mood', sa.String(9), nullable=False))"


def shrinks(source: str) -> list[str]:
    """Return what a migration does to tables that a former version, still at work, could stumble over."""
    upgrade = next(one for one in ast.parse(source).body if isinstance(one, ast.FunctionDef) and one.name == "upgrade")
    done = list(_steps(upgrade))
    names = {name for name, _call in done}
    return [
        ast.unparse(call)
        for name, call in done
        if not (_harmless(name, call) if name in GROWS else ANEW.get(name) in names)
    ]


def _steps(upgrade: ast.FunctionDef) -> Iterator[tuple[str, ast.Call]]:
    shared = [node for node in upgrade.body if not (isinstance(node, ast.If) and ast.unparse(node.test) == OF_ONE)]
    for node in (node for part in shared for node in ast.walk(part)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("op."):
            yield ast.unparse(node.func).removeprefix("op."), node


def _harmless(name: str, call: ast.Call) -> bool:
    """Tell whether what could be written still can be: no rule is new, a new column may be empty or fills itself."""
    if name == "create_index":
        return not any(key.arg == "unique" and ast.unparse(key.value) != "False" for key in call.keywords)
    if name != "add_column":
        return True
    columns = [one for one in ast.walk(call) if isinstance(one, ast.Call) and ast.unparse(one.func) == "sa.Column"]
    given = {key.arg: ast.unparse(key.value) for column in columns for key in column.keywords}
    return given.get("nullable", "True") == "True" or given.get("server_default", "None") != "None"


def source_of(revision: str) -> str:
    found: Script = ScriptDirectory(str(MIGRATIONS)).get_revision(revision)
    return Path(found.path).read_text("utf-8")


@pytest.mark.parametrize("revision", ROLLING)
def test_migration_only_adds_so_that_the_former_version_goes_on_writing(revision: str) -> None:
    assert shrinks(source_of(revision)) == []


@pytest.mark.parametrize("step", [
    BARE, "op.drop_column('account', 'tries')", "op.alter_column('account', 'tries', new_column_name='attempts')",
    "op.rename_table('account', 'accounts')", "op.drop_table('lane_share')", "op.execute('DELETE FROM account')",
    "op.drop_index('ix_account_due', table_name='account')", "op.create_unique_constraint('uq', 'account', ['login'])",
    "op.create_index('ix', 'account', ['login'], unique=True)",
])  # fmt: skip
def test_rule_notices_what_a_former_version_could_not_live_with(step: str) -> None:
    assert shrinks(f"def upgrade():\n    {step}\n\ndef downgrade():\n    pass\n") == [ast.unparse(ast.parse(step))]


@pytest.mark.parametrize("step", [
    "op.add_column('account', sa.Column('mood', sa.String(9), nullable=True))",
    "op.add_column('account', sa.Column('mood', sa.String(9), server_default='', nullable=False))",
    "op.create_index('ix', 'account', ['login'], unique=False)",
    "if op.get_bind().dialect.name == 'sqlite':\n        op.execute('CREATE VIRTUAL TABLE words USING fts5(name)')",
])  # fmt: skip
def test_rule_lets_tables_grow(step: str) -> None:
    assert shrinks(f"def upgrade():\n    {step}\n") == []


def test_every_migration_from_the_first_shared_version_on_is_looked_at() -> None:
    files = {path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("0*.py")}
    assert set(ROLLING) == {one for one in files if one >= FIRST}
    assert FIRST in files
