"""``python -m webapp.sandbox``: serve until told to stop."""

import argparse
import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from webapp.sandbox.app import Sandbox
from webapp.sandbox.wire import start

SAVE_PAUSE_S = 1.0
SAVE_SHARE = 0.05


def main(argv: Sequence[str] | None = None) -> None:
    """Serve the sandbox. Ends on SIGTERM, on SIGINT, or with its parent when that was asked for."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        asyncio.run(_serve(options))
    except OSError as problem:
        parser.error(str(problem))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sandbox", description="Fake platforms for demo, training and tests.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = a free one")
    parser.add_argument("--ledger", type=Path, required=True, help="append-only record, JSON lines")
    parser.add_argument("--state", type=Path, help="keep subscribers and dials here over a restart")
    parser.add_argument("--announce", type=Path, help="write the port here once it listens")
    parser.add_argument("--with-parent", action="store_true", help="stop when standard input ends")
    return parser


async def _serve(options: argparse.Namespace) -> None:
    sandbox = Sandbox(options.ledger, options.state)
    server = await start(options.host, options.port, sandbox.route)
    _announce(server, options)
    stopped = _stop_event(options.with_parent)
    pause_s = SAVE_PAUSE_S
    while not stopped.is_set():
        try:
            await asyncio.wait_for(stopped.wait(), pause_s)
        except TimeoutError:
            pause_s = _saved(sandbox)
    server.close()
    sandbox.save()


def _saved(sandbox: Sandbox) -> float:
    """Save, and return how long to wait for the next: a large state must not cost much of the time."""
    began = time.monotonic()
    sandbox.save()
    return max(SAVE_PAUSE_S, (time.monotonic() - began) / SAVE_SHARE)


def _announce(server: asyncio.Server, options: argparse.Namespace) -> None:
    port = server.sockets[0].getsockname()[1]
    line = json.dumps({"url": f"http://{options.host}:{port}", "port": port, "pid": os.getpid()}) + "\n"
    if options.announce:
        draft = options.announce.with_suffix(".new")
        draft.write_text(line, encoding="utf-8")
        os.replace(draft, options.announce)
    sys.stdout.write(line)
    sys.stdout.flush()


def _stop_event(with_parent: bool) -> asyncio.Event:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), stopped.set)
    return stopped


if __name__ == "__main__":
    main()
