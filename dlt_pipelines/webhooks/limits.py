"""How much one sender may send, and how much may lie in memory at once."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED_SENDERS = 4_096


@dataclass(frozen=True, slots=True)
class Limits:
    """What the receiver puts up with.

    Attributes:
        body_bytes: Size of a delivery; GitHub sends up to 25 MiB.
        held_bytes: Size of all deliveries that are being received.
        body_seconds: Time for a body to come in.
        connection_seconds: Time between two requests, and for a request to come and be answered.
        connections: Connections at once.
        rate_per_second: Deliveries of one sender, lasting.
        burst: Deliveries of one sender at once.
    """

    body_bytes: int = 26 * 1024 * 1024
    held_bytes: int = 256 * 1024 * 1024
    body_seconds: float = 10.0
    connection_seconds: float = 30.0
    connections: int = 200
    rate_per_second: float = 50.0
    burst: int = 300


class Rate:
    """A bucket of tokens per sender: it fills steadily and holds a burst.

    Args:
        per_second: Tokens that come in a second.
        burst: Tokens that a bucket holds.
        clock: Seconds that only go forward.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float]) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_seconds(self, sender: str) -> float:
        """Take one token; return 0, or after how many seconds there will be one."""
        now = self._clock()
        tokens, at = self._buckets.pop(sender, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
        self._buckets[sender] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > _REMEMBERED_SENDERS:
            self._buckets.popitem(last=False)
        return wait
