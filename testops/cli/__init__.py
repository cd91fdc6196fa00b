"""The command `testops`."""


def main() -> None:
    """Entry point of the command."""
