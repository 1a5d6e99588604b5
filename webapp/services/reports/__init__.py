"""Reports: figures of months, what is told of them, and the counts for Anatel and the accountant."""
