"""The command `testops`: a thin door over the reading side.

Exit codes: 0 done · 1 failed · 2 wrong usage · 3 a gate failed, the old build stays · 4 nothing
published yet.
"""


def main() -> None:
    """Entry point of the command."""
    from testops.cli.app import app

    app()
