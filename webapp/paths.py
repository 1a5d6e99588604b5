"""Where the product's own files lie, in a checkout and inside the one-file binary."""

import sys
from pathlib import Path

BASE = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parents[1]))
TEMPLATES = BASE / "templates"
STATIC = BASE / "static"
MIGRATIONS = BASE / "webapp" / "migrations"
TRANSLATIONS = BASE / "webapp" / "translations"
DOCS = BASE / "docs"
