"""What a backup says of itself, in ``manifest.json`` beside the database in the file."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What is in the file. No secret, and nothing of a person.

    Attributes:
        program: the version that made it.
        revision: of the tables.
        kind: of the database that it was taken from: sqlite or postgresql.
        made_at: ISO 8601.
        backup_id: of its row, 0 = it has none (made before an upgrade).
        sha256: of the database in the file.
        rows: how many each table holds.
        key_ids: names of the keys that its secrets need; never the keys.
        instance: name of the installation.
        mark: how far the database was, as its epoch says.
        chain: head of the history's chain; None = there is none yet.
        erasures: people that were erased until then, as ``services/privacy`` keeps them: hashes, never values.
    """

    program: str
    revision: str
    kind: str
    made_at: str
    backup_id: int = 0
    sha256: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    key_ids: tuple[str, ...] = ()
    instance: str = ""
    mark: int = 0
    chain: Mapping[str, Any] | None = None
    erasures: tuple[Mapping[str, Any], ...] = ()
    format: int = FORMAT


def dump(manifest: Manifest) -> str:
    """Return it as JSON."""
    return json.dumps(asdict(manifest), indent=1, sort_keys=True)


def load(text: str | bytes) -> Manifest:
    """Read it.

    Raises:
        ValueError: it is damaged, or none of ours; refuse the file.
    """
    try:
        raw = json.loads(text)
        known = {name: raw[name] for name in Manifest.__dataclass_fields__ if name in raw}
        known |= {"key_ids": tuple(raw["key_ids"]), "erasures": tuple(raw["erasures"])}
        known["rows"] = {str(name): int(count) for name, count in raw["rows"].items()}
        manifest = Manifest(**known)
        numbers = int(manifest.format), int(manifest.mark), int(manifest.backup_id)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no manifest") from error
    if min(numbers) < 0 or not all(isinstance(one, str) for one in (manifest.revision, manifest.sha256)):
        raise ValueError("no manifest")
    return manifest
