"""The part of ``doctor`` that is about a PostgreSQL: version, room for connections, is a promise kept."""

from sqlalchemy import text

from webapp.config import Settings
from webapp.extensions import db
from webapp.services.doctor_finding import OK, WARN, Finding

NAME = "postgres"
# With these off a commit may be gone after a crash of that machine: an account would be made twice.
KEPT = ("fsync", "full_page_writes", "synchronous_commit")


def examine_postgres(settings: Settings) -> list[Finding]:
    """Look at the server, in the caller's transaction; nothing where the database is a file."""
    if settings.sqlite:
        return []
    names = ("server_version", "max_connections", *KEPT)
    said = {name: str(db.session.scalar(text("select current_setting(:name)"), {"name": name})) for name in names}
    size_mb = (db.session.scalar(text("select pg_database_size(current_database())")) or 0) // (1024 * 1024)
    found = [Finding(NAME, OK, "doctor_postgres", {"version": said["server_version"], "size_mb": size_mb})]
    off = [name for name in KEPT if said[name] == "off"]
    if off:
        found.append(Finding(NAME, WARN, "doctor_postgres_forgets", {"settings": ", ".join(off)}))
    params = {"most": int(said["max_connections"]), "wanted": settings.database_connections}
    if params["most"] < params["wanted"]:
        found.append(Finding(NAME, WARN, "doctor_postgres_narrow", params))
    return found
