"""Convergence: the only way anything reaches a platform.

``claims`` takes due accounts under a lease, ``planning`` decides and records each intent,
``calling`` makes the one call without a transaction, ``settling`` records how it ended.
All on SQLAlchemy Core, many accounts a transaction; the ORM is for pages.
"""
