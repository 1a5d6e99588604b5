"""What goes into the one file beside what PyInstaller finds by reading imports, and what stays out of it.

The specification (``sintonia.spec``) and the tests (``tests/binary``) both read this. Each line stands here because the
program failed without it, or because the file is smaller so and nothing fails.
"""

from pathlib import PurePosixPath

# Folders of the project that the program reads as files: (where it lies, where the program looks for it).
FOLDERS = (
    ("templates", "templates"),
    ("static", "static"),
    # Alembic reads its revisions as files, by name.
    ("webapp/migrations", "webapp/migrations"),
    ("webapp/gateways/recipes", "webapp/gateways/recipes"),
    ("docs", "docs"),
    # What `install` fills in and puts into the system.
    ("packaging/systemd", "packaging/systemd"),
    ("packaging/nginx", "packaging/nginx"),
    ("packaging/caddy", "packaging/caddy"),
    ("packaging/logrotate", "packaging/logrotate"),
)
CATALOGUES = "webapp/translations/*/LC_MESSAGES/*.mo"

# Packages that look for their own parts by name at run time: an import that nobody can read from the source.
SUBMODULES = (
    # Routes, jobs and revisions are found by the import of their package; a module that nobody imports yet is a fault
    # of ours, which `self-check` finds.
    "webapp",
    # Kinds of hashes, asked for by the name in a stored hash.
    "passlib.handlers",
    # The dialect of the database address.
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql",
    # Channels of alerts: looked for as files, see SOURCES.
    "apprise",
    # Loaded where the database is PostgreSQL, and only there.
    "procrastinate",
    # Frequent passwords and words, a list for each language.
    "zxcvbn",
)
MODULES = (
    # Read by its name, as settings of a Flask application are.
    "apiflask.settings",
    # env.py of the migrations is data here, so nobody reads its imports.
    "logging.config",
    # Time zones where the system has none: a minimal Debian 13 has not.
    "tzdata",
    # A country is a module, found by its name.
    "holidays.countries.brazil",
    "pysqlite3.dbapi2",
    # psycopg takes the compiled implementation if it is there.
    "psycopg_binary",
)

# Packages whose data files are read at run time, and of which no hook of PyInstaller knows.
DATA = ("apprise", "flask_security", "wtforms")
# Files that must lie there as source, too: the library lists the folder to learn what it has.
SOURCES = {"apprise.plugins": "pyz+py", "apprise.config": "pyz+py", "apprise.attachment": "pyz+py"}

# Never used by the program; some come along because a library tries whether they are there.
EXCLUDED = (
    "tkinter",
    "lib2to3",
    "ensurepip",
    "pip",
    "setuptools",
    "pkg_resources",
    "PyInstaller",
    "IPython",
    "django",
    "numpy",
    # Receipts have no pictures: reportlab wants Pillow to be there, but not what reads these kinds of them (8 MB).
    "PIL._avif",
    "PIL._webp",
    "PIL._imagingft",
    "PIL._imagingcms",
    "PIL._imagingtk",
    # Colours for tracebacks on a developer's terminal: 5 MB of memory in every process.
    "pygments",
    "redis",
    "pymongo",
    "psycopg2",
    # The program brings its own SQLite; the one of the interpreter is older.
    "sqlite3",
)
# The languages that the program has; words of all others would be 28 MB of babel alone.
LANGUAGES = ("root", "en", "en_US", "es", "es_419", "pt", "pt_BR")
# Pictures for channels on a desktop, which a server has not.
_LEFT_OUT = ("apprise/assets/", "stdnum/")


def stays(name: str) -> bool:
    """Return whether a data file is wanted in the one file.

    Args:
        name: its place there, such as ``babel/locale-data/pt_BR.dat``.
    """
    path = PurePosixPath(name)
    if name.startswith("babel/locale-data/"):
        return path.stem in LANGUAGES
    if name.startswith("holidays/locale/"):
        return path.parts[2] in LANGUAGES
    return "__pycache__" not in path.parts and path.suffix != ".po" and not name.startswith(_LEFT_OUT)
