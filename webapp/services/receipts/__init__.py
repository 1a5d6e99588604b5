"""Receipts: a signed document of everything that was sent to platforms for one customer, and what they answered."""
