"""``sandbox``: the fake platforms of the demonstration, where there is no interpreter to start them with."""

import click

from webapp.sandbox import __main__ as sandbox


@click.command("sandbox", hidden=True, add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def sandbox_command(words: tuple[str, ...]) -> None:
    """Serve fake platforms until told to stop; the words are those of ``python -m webapp.sandbox``."""
    sandbox.main(words)
