"""``python -m webapp``."""

from webapp import __version__, create_app
from webapp.cli import main

main(create_app, __version__)
