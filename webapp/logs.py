"""Logs: one line per thing that happened, as text for people or JSON for machines."""

import contextlib
import io
import logging
import re
import sys
from typing import TextIO

import structlog

from webapp.config import Settings

# C0 but for the line break, DEL, C1, and the two separators of Unicode that end a line.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Patient(io.TextIOBase):
    """Drops a line that cannot be written: a log whose disk is full must not stop what it tells of."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or lose the text."""
        with contextlib.suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write what waits, or lose it."""
        with contextlib.suppress(OSError):
            self._stream.flush()


def configure(settings: Settings) -> None:
    """Send everything to standard error, with time, level and bound values.

    Control characters inside values are escaped, so no line can be forged and no terminal steered.
    """
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    )
    structlog.configure(
        processors=[*shared, escape_controls, renderer],
        logger_factory=structlog.PrintLoggerFactory(Patient(sys.stderr)),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)


def escape_controls(_logger: object, _name: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Write what would end a line, or steer a terminal, as its number; a line feed is the renderer's to escape."""
    return {key: _CONTROLS.sub(_escaped, str(value)) if _is_text(value) else value for key, value in event.items()}


def _is_text(value: object) -> bool:
    return not isinstance(value, int | float | bool | None)


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
