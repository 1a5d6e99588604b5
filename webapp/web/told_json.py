"""What a platform or an ERP sends as JSON, whatever it calls it."""

import json
from typing import Any

from flask import request


def told_json() -> Any:
    """Return the JSON of this request; None where it is none, or nested deeper than anything that means something.

    Half a character, as it stays behind where a text was cut by length, becomes a question mark: nothing could store,
    compare or send it.
    """
    try:
        return _whole(json.loads(request.get_data(cache=True)))
    except (ValueError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {_whole(name): _whole(one) for name, one in value.items()}
    return value
