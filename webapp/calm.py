"""Imported before all else: what is imported stays, and to look for rubbish in it takes a fifth of the start."""

import gc
import typing

_was_on = gc.isenabled()
gc.disable()


def over() -> None:
    """Let the collector work again, beside what was imported, once that is all there."""
    # Kept for programs that ask which forms a function has; nobody does.
    typing.clear_overloads()
    gc.freeze()
    if _was_on:
        gc.enable()
