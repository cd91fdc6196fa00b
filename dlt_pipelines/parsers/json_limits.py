"""What JSON may ask of a reader: memory for its values, and depth.

A short text can hold values that take fifty times its length (`[[],[],…]`), and what is nested a
thousand times is read, but neither walked nor written again.
"""

from typing import Any

DEPTH_LIMIT = 200
"""Lists and objects inside each other; half of what Python's stack and orjson's writer bear."""
TOO_DEEP = f"left out: nested more than {DEPTH_LIMIT} deep"

_VALUE_BYTES = {"{": 240, "[": 72, ",": 48}
_VALUE_BYTES_ENCODED = {mark.encode(): size for mark, size in _VALUE_BYTES.items()}


def memory_of_values(text: str | bytes) -> int:
    """Return about how many bytes the values of a JSON text take, besides its strings."""
    if isinstance(text, str):
        return sum(text.count(mark) * size for mark, size in _VALUE_BYTES.items())
    return sum(text.count(mark) * size for mark, size in _VALUE_BYTES_ENCODED.items())


def cut_deep(value: Any) -> Any:
    """Put `TOO_DEEP` into the place of what is nested deeper than `DEPTH_LIMIT`.

    Args:
        value: A JSON value; it is changed.
    """
    level: list[Any] = [value] if isinstance(value, list | dict) else []
    for _ in range(DEPTH_LIMIT):
        if not level:
            return value
        level = [
            part
            for container in level
            for part in (container.values() if isinstance(container, dict) else container)
            if isinstance(part, list | dict)
        ]
    for container in level:
        container.clear()
        if isinstance(container, dict):
            container[TOO_DEEP] = None
        else:
            container.append(TOO_DEEP)
    return value
