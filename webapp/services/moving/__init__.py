"""Moves the hub from its file of SQLite to a PostgreSQL: ``look`` says what would happen, ``move`` does it.

Nobody works with either database meanwhile. What is killed in the middle leaves the former one as it was, and the new
one marked as not complete: nothing is served from that, and the next try begins anew.
"""

from webapp.services.moving.errors import MoveRefused
from webapp.services.moving.marks import refuse_moved
from webapp.services.moving.work import Look, Moved, Order, look, move, take_back

__all__ = ["Look", "MoveRefused", "Moved", "Order", "look", "move", "refuse_moved", "take_back"]
