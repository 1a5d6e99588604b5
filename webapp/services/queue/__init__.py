"""The queue engine of PostgreSQL as a change sees it: its tables, and the job that goes with the change."""
