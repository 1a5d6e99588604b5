"""The one call that every peer makes, and the jobs of which it is made; runs with nothing but ``requests``.

What a peer needs to know comes by the environment: ``PEER_URL`` is where to post, ``PEER_STORE`` its broker or file.
"""

import json
import os
import threading

import requests

IN_FLIGHT = 32
TIMEOUT_S = (5, 30)
Job = tuple[str, str]
_kept = threading.local()


def store() -> str:
    """Return where this peer keeps its jobs: the address of a broker, or a file."""
    return os.environ["PEER_STORE"]


def deliver(job_id: str, body: str) -> None:
    """Post one job, with a session that its thread keeps.

    Raises:
        RequestException: it was not taken; what follows is the peer's own affair.
    """
    session = getattr(_kept, "session", None)
    if session is None:
        session = _kept.session = requests.Session()
        session.trust_env = False
    headers = {"webhook-id": job_id, "content-type": "application/json"}
    response = session.post(
        os.environ["PEER_URL"], data=body.encode(), headers=headers, timeout=TIMEOUT_S, allow_redirects=False
    )
    response.raise_for_status()


def read_jobs(path: str) -> list[Job]:
    """Return the jobs of a file, one line of JSON each: id, body."""
    with open(path, encoding="utf-8") as file:
        return [(job_id, body) for job_id, body in map(json.loads, file)]
