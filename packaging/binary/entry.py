"""Where the one file begins, once it has unpacked itself."""

import unpacked

unpacked.hold()

from webapp import __version__, create_app  # noqa: E402
from webapp.cli import main  # noqa: E402

unpacked.sweep()
main(create_app, __version__)
