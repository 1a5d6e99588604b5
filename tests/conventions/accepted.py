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
    ("webapp/models/words.py", "B608"): "the text of a trigger, with a constant of the same file",
    ("webapp/services/backups/checking.py", "B608"): _QUOTED,
    ("webapp/services/backups/from_postgres.py", "B608"): _QUOTED,
    ("webapp/services/backups/into_postgres.py", "B608"): _QUOTED,
    ("webapp/services/moving/comparing.py", "B608"): _QUOTED,
    ("webapp/services/moving/former.py", "B608"): _QUOTED,
    ("webapp/services/moving/marks.py", "B608"): _QUOTED,
    ("webapp/services/moving/target.py", "B608"): _QUOTED,
    ("webapp/services/probing.py", "B608"): "put together by the compiler of SQLAlchemy, out of a bound value",
    ("webapp/services/queue/counting.py", "B608"): "the queue's schema, a constant of ours; values are bound",
    ("webapp/services/queue/deferring.py", "B608"): "the queue's schema, a constant of ours; values are bound",
    ("webapp/services/queue/tables.py", "B608"): "the queue's schema, a constant of ours; values are bound",
    ("webapp/sandbox/client.py", "B603"): "starts our own sandbox, without a shell, for tests and the demonstration",
    ("webapp/web/filters.py", "B704"): "an icon of static/icons, chosen by a name that must be one of those files",
    ("webapp/web/frame.py", "B704"): "a template of ours, rendered by Jinja, which escapes",
    ("webapp/web/wording.py", "B704"): "the text of a catalogue; what is put into it is escaped, as by Jinja itself",
    ("webapp/install/machine.py", "B603"): "commands of the system, without a shell, of values that were checked",
    ("webapp/install/settled.py", "B606"): "the program itself, begun again as its own user",
    ("webapp/install/service.py", "B108"): "where the one file unpacks itself, into a folder of its own",
    ("webapp/install/wanted.py", "B108"): "names of folders in which nothing is to be installed",
    ("webapp/knock.py", "B104"): "nothing is bound: an address that stands for all is asked at the loopback one",
    ("webapp/web/health.py", "B104"): "nothing is bound: an address that is not known counts as not loopback",
}

# What looks like a secret and opens nothing.
_SUM = "a checksum of a letter or of nothing much: an example, or an answer that a test expects"
_TAX = "a company's number in the form with letters, made up with valid check digits"
_FIELD = "the name of a field, a header, a kind or a message"
_WORDS = "a sentence that explains a key of recipes"
_ALPHABET = "an alphabet"
_EXAMPLE = "an example, made up for a document, a trial or the sandbox"
_TEST = "made up by a test for its own server on this machine"
MADE_UP = {
    "msg_p5jXN8AQM9LWM0D4loKWxJek": "the known answer that Standard Webhooks publishes",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": "the known answer that Standard Webhooks publishes",
    "whsec_c2VnYXJlZG8gcXVlIG5hbyBlIG8gbm9zc28=": _TEST,
    "whsec_b2xkIHNlY3JldCBvZiBhIHRlc3Q=": _TEST,
    "0948f9cb4b4b8d5f4416432c936d4dcbd917d9b7db5606a53c78f4bb1e08b0de": "the checksum of a made-up plan",
    "623f149d7e108b16d98913741f7012ce09bdaacf882039b362e57682a14021dc": "the checksum of a made-up reading",
    "12abc34501de35": "a made-up CNPJ",
    "ana-2468": "the password of somebody made up, in the preview of a message",
    "0cc175b9c0f1b6a831c399e269772661": _SUM,
    "40e7d441cadb17b07f050341aa23a6820ed81c8b": _SUM,
    "78da91511e675587f5b9df78bedebaf5560da2abb88162ee875dcdf744951d9e": _SUM,
    "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8": _SUM,
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08": _SUM,
    "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb": _SUM,
    "12ABC34501DE35": _TAX,
    "12ABC34501DE36": _TAX,
    "12ABC34501DEAB": _TAX,
    "A1B2C3D4000193": _TAX,
    "0123456789abcdef": _ALPHABET,
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/": _ALPHABET,
    "abcdefghjkmnpqrstuvwxyz023456789": _ALPHABET,
    "Fields in which the password may come.": _WORDS,
    "Name of a header that must carry the secret.": _WORDS,
    "Password for Basic.": _WORDS,
    "Template of that secret.": _WORDS,
    "X-Secret": _FIELD,
    "argon2": _FIELD,
    "password": _FIELD,
    "password_weak_common": _FIELD,
    "secret": _FIELD,
    "secrets:secrets": _FIELD,
    "segredo": _FIELD,
    "segredo_webhook": _FIELD,
    "senha_autenticacao": _FIELD,
    "whsec_": _FIELD,
    "SENHA": _EXAMPLE,
    "senha": _EXAMPLE,
    "troque-esta-senha": _EXAMPLE,
    "exemplo-123": _EXAMPLE,
    "made-by-hand": _EXAMPLE,
    "s3cret": _EXAMPLE,
    "sandbox-password": _EXAMPLE,
    "sandbox-secret": _EXAMPLE,
    "segredo1": _EXAMPLE,
    "b": _TEST,
    "p%40ss": _TEST,
    "p4ss": _TEST,
    "p4ssword": _TEST,
    "pw": _TEST,
    "{0}": _TEST,
    "{port}\\\\": _TEST,
}

# Whoever uses, changes or sells the program must be free to: no copyleft that reaches into it.
LICENCES = {
    "MIT", "MIT License", "MIT-0", "BSD License", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0",
    "Apache Software License", "ISC", "PSF-2.0", "MIT-CMU",
}  # fmt: skip
# Package -> what it says of itself, and why it may come along.
LICENSED_OTHERWISE = {
    "certifi": ("Mozilla Public License 2.0 (MPL 2.0)", "copyleft of that file alone; it is used unchanged"),
    "psycopg": ("LGPL-3.0-only", "a library that anybody can exchange; used unchanged, loaded at run time"),
    "psycopg-binary": ("LGPL-3.0-only", "as psycopg"),
    "psycopg-pool": ("LGPL-3.0-only", "as psycopg"),
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
