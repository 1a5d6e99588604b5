"""``python -m tests.bench.peers.side PEER WHAT [FILE]``: one peer in a process of its own, in whatever environment.

WHAT is ``enqueue`` (the jobs of a file), ``work`` (until killed, or until a run of a script ends) or ``left`` (prints
how many jobs its store still holds). A peer is a module ``by_PEER`` beside this one with functions of these names.
"""

import importlib
import sys

from tests.bench.peers.handler import read_jobs


def main(peer: str, what: str, *more: str) -> None:
    """Do that with that peer."""
    module = importlib.import_module(f"tests.bench.peers.by_{peer}")
    if what == "enqueue":
        module.enqueue(read_jobs(more[0]))
    elif what == "work":
        module.work(*more)
    else:
        sys.stdout.write(f"{module.left()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
