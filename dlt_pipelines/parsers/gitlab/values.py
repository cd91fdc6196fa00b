"""Values as only GitLab writes them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dlt_pipelines.parsers.github.documents import json_text
from dlt_pipelines.parsers.github.values import moment

# `2021-04-28 21:50:00 +0200`, `2016-08-12 15:23:28 UTC`: how webhooks write what the API has in ISO
_SPACED = re.compile(r"^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(?: ?(UTC|[+-]\d\d:?\d\d))?$")


def instant(value: Any) -> datetime | None:
    """Return an instant in UTC of an API's or a webhook's text, else None."""
    if isinstance(value, str):
        found = _SPACED.match(value.strip())
        if found:
            zone = "+00:00" if found[3] in (None, "UTC") else found[3]
            parsed = datetime.fromisoformat(f"{found[1]}T{found[2]}{zone}")
            return parsed.astimezone(UTC)
    return moment(value)


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
