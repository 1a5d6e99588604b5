"""What the scanners of ``test_scans.py`` find and may stay, each with its reason. What is not listed fails.

The entries were looked at one by one on 2026-11-23. An entry that nothing needs any longer fails, too.
"""

# Rules of bandit that are not used, and what sees to it instead.
KINDS_OF_NO_DANGER = {
    "B101": "an assertion tells the type checker what is so; none decides on what came from outside",
    "B105": "finds every name with `password` in it; secrets are looked for by value, in all files, beside",
    "B106": "as B105",
    "B107": "as B105",
    "B404": "says that a module is imported; B602 to B607 look at how it is used",
}

_QUOTED = "names of tables and columns of our own models, quoted; values are bound"
_NO_SQL = "a function of ours called `extra`, not that of Django's query sets"
_MADE_UP = "made-up people and faults that can be repeated: chance with a seed, nothing secret"

# File, rule -> why it is none.
DANGERS = {
    ("webapp/decide/compare.py", "B610"): _NO_SQL,
    ("webapp/decide/compare_rights.py", "B610"): _NO_SQL,
    ("webapp/services/runs/reading.py", "B610"): _NO_SQL,
    ("webapp/demo/people.py", "B311"): _MADE_UP,
    ("webapp/sandbox/dials.py", "B311"): _MADE_UP,
    ("webapp/sandbox/erp/people.py", "B311"): _MADE_UP,
    ("webapp/sandbox/erp/view.py", "B311"): _MADE_UP,
    ("webapp/services/convergence/attempts.py", "B311"): "spreads retries over time; nobody gains by guessing it",
    ("webapp/models/event.py", "B608"): "the text of a trigger, with a constant of the same file",
    ("webapp/services/backups/checking.py", "B608"): _QUOTED,
    ("webapp/services/backups/from_postgres.py", "B608"): _QUOTED,
    ("webapp/services/backups/into_postgres.py", "B608"): _QUOTED,
    ("webapp/sandbox/client.py", "B603"): "starts our own sandbox, without a shell, for tests and the demonstration",
    ("webapp/web/filters.py", "B704"): "an icon of static/icons, chosen by a name that must be one of those files",
    ("webapp/web/health.py", "B104"): "nothing is bound: an address that is not known counts as not loopback",
}

# What looks like a secret and opens nothing.
_FAKE = "a fake platform's or a test's, made up here"
_FIELD = "the name of a field or a header"
_WORDS = "a sentence of the documentation"
MADE_UP = {
    "msg_p5jXN8AQM9LWM0D4loKWxJek": "the known answer that Standard Webhooks publishes",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "the known answer that Standard Webhooks publishes",
}

# Whoever uses, changes or sells the program must be free to: no copyleft that reaches into it.
LICENCES = {
    "MIT", "MIT License", "MIT-0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "Apache Software License",
    "ISC", "PSF-2.0",
}  # fmt: skip
# Package -> what it says of itself, and why it may come along.
LICENSED_OTHERWISE = {
    "certifi": ("Mozilla Public License 2.0 (MPL 2.0)", "copyleft of that file alone; it is used unchanged"),
    "psycopg": ("LGPL-3.0-only", "a library that anybody can exchange; used unchanged, loaded at run time"),
    "psycopg-binary": ("LGPL-3.0-only", "as psycopg"),
    "python-stdnum": (
        "GNU Lesser General Public License v2 or later (LGPLv2+)",
        "a library that anybody can exchange; used unchanged, loaded at run time",
    ),
    "email-validator": ("The Unlicense (Unlicense)", "public domain: asks for nothing"),
    "waitress": ("Zope Public License", "ZPL 2.1: a BSD licence with a word on names and trade marks"),
    "qrcode": (
        "BSD License; Other/Proprietary License",
        "its licence file: BSD, with an MIT part; the other says that QR Code is a trade mark",
    ),
    "pyrage": ("UNKNOWN", "its licence file, read 2026-11-23: MIT; the metadata leave the field out"),
    "pysqlite3": ("UNKNOWN", "its licence file, read 2026-11-23: zlib; the metadata leave the field out"),
}
