"""After a restore: what the platforms show is taken over into our belief, once a person has seen what follows from it.

``planning`` reads and plans, ``requests`` is what people ask, ``writing`` carries an approval out, ``slept`` looks at
platforms by itself where the hub was only off for long. Nothing is imported here: runs work on adoptions too.
"""
