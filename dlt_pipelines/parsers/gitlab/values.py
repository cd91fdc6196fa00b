"""Values as only GitLab writes them."""

from collections.abc import Mapping
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text


def measure(value: Any) -> float | None:
    """Return a number, also one sent as text such as coverage in percent."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def label_names(value: Any) -> str | None:
    """Return names of labels as JSON text; webhooks send objects, the API names."""
    if not isinstance(value, list):
        return None
    names = [
        item.get("title") or item.get("name") if isinstance(item, Mapping) else item
        for item in value
    ]
    return json_text([name for name in names if isinstance(name, str)])
