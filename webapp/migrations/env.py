"""Alembic's environment: migrates the database of the running application."""

from alembic import context
from flask import current_app

database = current_app.extensions["migrate"].db
arguments = current_app.extensions["migrate"].configure_args


def run() -> None:
    """Run migrations in one transaction: all of them, or none."""
    engine = database.engine
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=database.metadata, **arguments)
        with context.begin_transaction():
            context.run_migrations()


run()
