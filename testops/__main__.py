"""`python -m testops` is the command `testops`."""

from testops.cli import main

main()
