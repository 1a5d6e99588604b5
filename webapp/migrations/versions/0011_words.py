"""words: any part of a name is found without reading all names (SQLite)

Revision: 0011
After: 0010
"""

from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None

OUT = "INSERT INTO customer_words(customer_words, rowid, name_folded) VALUES ('delete', old.id, old.name_folded)"
IN = "INSERT INTO customer_words(rowid, name_folded) VALUES (new.id, new.name_folded)"
MADE = (
    "CREATE VIRTUAL TABLE customer_words USING fts5("
    "name_folded, content='customer', content_rowid='id', tokenize='trigram', columnsize=0)",
    "INSERT INTO customer_words(customer_words, rank) VALUES ('secure-delete', 1)",
    f"CREATE TRIGGER customer_words_in AFTER INSERT ON customer BEGIN {IN}; END",
    f"CREATE TRIGGER customer_words_out AFTER DELETE ON customer BEGIN {OUT}; END",
    "CREATE TRIGGER customer_words_change AFTER UPDATE OF name_folded ON customer "
    f"WHEN old.name_folded <> new.name_folded BEGIN {OUT}; {IN}; END",
)


def upgrade():
    if op.get_bind().dialect.name == "sqlite":
        for statement in MADE:
            op.execute(statement)
        op.execute("INSERT INTO customer_words(customer_words) VALUES ('rebuild')")


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        for name in ("in", "out", "change"):
            op.execute(f"DROP TRIGGER customer_words_{name}")
        op.execute("DROP TABLE customer_words")
