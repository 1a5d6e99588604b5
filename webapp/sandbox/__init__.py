"""Fake platforms over real HTTP, in a process of their own, for demo, training and tests.

The sandbox plays somebody else's software: it shares no code with the hub, keeps its own
ledger of everything that reached it, and misbehaves as its dials say.
"""
