"""How long to wait before a vendor is asked once more.

Waiting follows GitHub's "Best practices for using the REST API": `Retry-After` first, then
`x-ratelimit-reset` (GitLab: `RateLimit-Reset`) when nothing is left, else exponential backoff.
GitHub and GitLab write that reset as a time, Buildkite and PagerDuty as the seconds until then;
Buildkite has a second limit, of the token's user (`RateLimit-User-Reset`).
"""

import contextlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_BACKOFF_SECONDS = 60.0
_FIRST_TIME = 1_000_000_000  # a reset below this counts seconds from now; above, it is a time
_LIMITS = ("", "user-")


def wait_after(response: requests.Response, attempt: int, now: float, factor: int = 1) -> float:
    """Return the seconds to wait after a refusal for now.

    Args:
        response: What the vendor said.
        attempt: How often it was asked before.
        now: The time of this machine, which counts where the server does not say its own.
        factor: How much longer than usual the waiting is where the vendor asks for none.
    """
    asked = _asked_wait(response, now)
    if asked is None:
        return backoff(attempt, factor)
    # who is refused again although the time has come must not hurry, or the tries are soon used up
    return backoff(attempt - 1, factor) if attempt and not asked else asked


def rest_after(response: requests.Response, now: float) -> float:
    """Return how long to rest though there is an answer: Azure DevOps asks so before it refuses."""
    asked = _asked_wait(response, now) if response.headers.get("Retry-After") else None
    return asked or 0.0


def server_time(response: requests.Response) -> datetime | None:
    """Return what time it is where the answer comes from, None where it does not say."""
    with contextlib.suppress(ValueError, TypeError):
        return parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
    return None


def backoff(attempt: int, factor: int = 1) -> float:
    """Return the seconds to wait where nobody says how long."""
    return min(_FIRST_WAIT_SECONDS * factor * 2**attempt, _LONGEST_BACKOFF_SECONDS)


def is_limited(response: requests.Response) -> bool:
    """Tell a 403 that means "later" from one that means "never"."""
    if response.headers.get("Retry-After"):
        return True
    if _limit_header(response, "remaining") == "0":
        return True
    return "rate limit" in response.text[:2000].lower()


def _asked_wait(response: requests.Response, now: float) -> float | None:
    """Return the seconds that the vendor asks to wait, or None."""
    after = response.headers.get("Retry-After", "").strip()
    if _is_count(after):
        return float(after)
    if after:
        with contextlib.suppress(ValueError, TypeError):
            return max(parsedate_to_datetime(after).timestamp() - _now(response, now), 0.0)
    resets = [
        _limit_header(response, f"{limit}reset")
        for limit in _LIMITS
        if _limit_header(response, f"{limit}remaining") == "0"
    ]
    waits = [_seconds_until(float(reset), response, now) for reset in resets if _is_count(reset)]
    # a second more, because the header is cut to whole seconds
    return max(waits) + 1.0 if waits else None


def _seconds_until(reset: float, response: requests.Response, now: float) -> float:
    return max(reset - _now(response, now), 0.0) if reset >= _FIRST_TIME else reset


def _now(response: requests.Response, now: float) -> float:
    """Return the time of the server, whose clock its limits go by."""
    at = server_time(response)
    return now if at is None else at.timestamp()


def _limit_header(response: requests.Response, name: str) -> str:
    """Return what is said about the rate limit; vendors differ in the name of the header."""
    headers = response.headers
    return str(headers.get(f"x-ratelimit-{name}") or headers.get(f"ratelimit-{name}") or "").strip()


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit()
