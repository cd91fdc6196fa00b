"""Start the receiver: `python -m dlt_pipelines.webhooks [--host 127.0.0.1] [--port 8008]`."""

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dlt_pipelines import config
from dlt_pipelines.webhooks.app import Receiver
from dlt_pipelines.webhooks.landing import Landing
from dlt_pipelines.webhooks.limits import Limits
from dlt_pipelines.webhooks.server import log_to_stderr, make_server
from dlt_pipelines.webhooks.vendors import VENDORS, signing_key

_EXIT_FAILED = 1
_EXIT_USAGE = 2
_PORT = 8008
_LARGEST_PORT = 65_535
_SHORTEST_SECRET = 16


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; 2 when a setting is wrong, 1 when the server could not start."""
    options = _parser().parse_args(arguments)
    try:
        current = config.settings(options.project)
        config.activate(current)
        secrets = find_secrets(options.vendor)
        _check_numbers(options)
        landing = Landing(current.landing_folder / "webhooks", datetime.now(UTC))
    except config.ConfigurationError as error:
        sys.stderr.write(f"error: {error}\n")
        return _EXIT_USAGE
    except OSError as error:
        sys.stderr.write(f"error: the landing folder can't be used: {error}\n")
        return _EXIT_FAILED
    limits = Limits(rate_per_second=options.rate, burst=options.burst)
    log_to_stderr()
    server = make_server(Receiver(landing, secrets, limits), limits, options.host, options.port)
    server.run()
    return 0 if server.started else _EXIT_FAILED


def _check_numbers(options: argparse.Namespace) -> None:
    if not 0 <= options.port <= _LARGEST_PORT:
        raise config.ConfigurationError(f"there is no port {options.port}")
    # a rate that is no number compares with nothing, and nobody would ever be let in, or kept out
    if not 0 < options.rate < math.inf:
        raise config.ConfigurationError(f"`--rate {options.rate:g}` must be a number above 0")
    if options.burst < 1:
        raise config.ConfigurationError(f"`--burst {options.burst}` must be 1 or more")


def find_secrets(wanted: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the secrets of the vendors to serve.

    Args:
        wanted: Names of vendors; none means every vendor that has a secret.

    Raises:
        config.ConfigurationError: A wanted vendor has no secret, or one that is easy to guess.
    """
    found = {name: config.webhook_secrets(name) for name in wanted or VENDORS}
    for name, secrets in found.items():
        if not secrets and wanted:
            raise config.ConfigurationError(
                f"`{name}` has no secret, so anybody could send in its name; set "
                f"`secrets` in `[webhooks.{name}]` of `.dlt/secrets.toml` or "
                f"`WEBHOOKS__{name.upper()}__SECRETS`"
            )
        if any(len(secret) < _SHORTEST_SECRET for secret in secrets):
            raise config.ConfigurationError(
                f"a secret of `{name}` has fewer than {_SHORTEST_SECRET} characters; make one "
                "with `openssl rand -hex 32`"
            )
        _check_signing(name, secrets)
    served = {name: secrets for name, secrets in found.items() if secrets}
    if not served:
        raise config.ConfigurationError(
            "no vendor has a secret; set `secrets` in `[webhooks.github]` (or another of "
            f"{', '.join(VENDORS)}) of `.dlt/secrets.toml`"
        )
    return served


def _check_signing(name: str, secrets: Sequence[str]) -> None:
    for secret in secrets:
        if name == "gitlab" and secret.startswith("whsec_"):
            try:
                signing_key(secret)
            except ValueError as error:
                raise config.ConfigurationError(f"a signing token of `{name}`: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m dlt_pipelines.webhooks",
        description="Receive webhook deliveries and keep them for the next load.",
        epilog="Example: python -m dlt_pipelines.webhooks --vendor github --port 8008",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=_PORT, help="port to listen on")
    parser.add_argument(
        "--vendor", action="append", default=[], choices=list(VENDORS), help="may be given again"
    )
    limits = Limits()
    parser.add_argument(
        "--rate", type=float, default=limits.rate_per_second, help="deliveries per second"
    )
    parser.add_argument("--burst", type=int, default=limits.burst, help="deliveries at once")
    parser.add_argument(
        "--project", type=Path, help=f"project folder, else `{config.PROJECT_VARIABLE}`"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
