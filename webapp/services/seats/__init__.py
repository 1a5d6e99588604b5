"""The ledger of seats: who held which product of a platform, from when to when; its costs; and what leaks."""
