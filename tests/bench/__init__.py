"""``python -m tests.bench``: ratios measured side by side in one run. Not a test; ``make bench`` calls it."""
