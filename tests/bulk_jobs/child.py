"""A process that works on one job, slowly enough to be killed in the middle of it."""

import sys
from pathlib import Path

from webapp import create_app
from webapp.config import load_settings
from webapp.services import bulk_jobs
from webapp.services.bulk_jobs import working


def main(instance: str, job_id: str) -> None:
    """Work until the job is over, a few rows to a commit."""
    working.ROWS = 3
    app = create_app(load_settings({"SINTONIA_INSTANCE": str(Path(instance))}))
    with app.app_context():
        bulk_jobs.work(int(job_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
