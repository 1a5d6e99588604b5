"""On SQLite, an index of the parts of names: any three letters are found without reading the others.

Only what it needs to find is in it: the names themselves stay with the customers. Nothing of a name that was changed
or erased is left behind in it (``secure-delete``). PostgreSQL has none: an index like it needs an extension there.
"""

from sqlalchemy import DDL, Table, column, event, table

NAME = "customer_words"
# What FTS5 makes for itself beside the table.
TABLES = (NAME, *(f"{NAME}_{part}" for part in ("config", "data", "idx")))
WORDS = table(NAME, column("rowid"), column("name_folded"), column(NAME))
_OUT = f"INSERT INTO {NAME}({NAME}, rowid, name_folded) VALUES ('delete', old.id, old.name_folded)"
_IN = f"INSERT INTO {NAME}(rowid, name_folded) VALUES (new.id, new.name_folded)"
# The same stands in migration 0011; a test compares them.
MADE = (
    f"CREATE VIRTUAL TABLE {NAME} USING fts5("
    "name_folded, content='customer', content_rowid='id', tokenize='trigram', columnsize=0)",
    f"INSERT INTO {NAME}({NAME}, rank) VALUES ('secure-delete', 1)",
    f"CREATE TRIGGER {NAME}_in AFTER INSERT ON customer BEGIN {_IN}; END",
    f"CREATE TRIGGER {NAME}_out AFTER DELETE ON customer BEGIN {_OUT}; END",
    f"CREATE TRIGGER {NAME}_change AFTER UPDATE OF name_folded ON customer "
    f"WHEN old.name_folded <> new.name_folded BEGIN {_OUT}; {_IN}; END",
)


def keep_words(customer: Table) -> None:
    """Have the index made and dropped together with the table of customers."""
    for statement in MADE:
        event.listen(customer, "after_create", DDL(statement).execute_if(dialect="sqlite"))
    event.listen(customer, "before_drop", DDL(f"DROP TABLE IF EXISTS {NAME}").execute_if(dialect="sqlite"))
