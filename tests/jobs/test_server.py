"""A server without pages ends when it is told to, whichever of its threads the system tells."""

import subprocess
import sys

TOLD_BESIDE = """
import os, signal, threading
from webapp.jobs import server

class Told:
    def ready(self):
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        # From now on the system tells the other thread, and what the first one waits in is not interrupted.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()

server._wait(Told())
print("ended")
"""


def test_signal_that_another_thread_gets_ends_the_server() -> None:
    told = subprocess.run([sys.executable, "-c", TOLD_BESIDE], capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (0, "ended\n"), told.stderr
