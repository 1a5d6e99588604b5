"""Work on many rows in the background: chosen from a list, shown before it is done, row by row, each with its line.

Not to be mixed up with ``services/bulk.py``, by which programs put many services in one request.
"""

from webapp.services.bulk_jobs.choosing import Order, again, back, get_job
from webapp.services.bulk_jobs.judging import Preview, preview
from webapp.services.bulk_jobs.kinds import KINDS
from webapp.services.bulk_jobs.requests import refuse_problems, request_stop, start
from webapp.services.bulk_jobs.tidying import tidy
from webapp.services.bulk_jobs.working import work

__all__ = [
    "KINDS",
    "Order",
    "Preview",
    "again",
    "back",
    "get_job",
    "preview",
    "refuse_problems",
    "request_stop",
    "start",
    "tidy",
    "work",
]
