"""Our deliveries beside what a provider would take instead: the same call, the same sink, in turn in one run."""
