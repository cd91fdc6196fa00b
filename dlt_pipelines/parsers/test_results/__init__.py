"""Test reports of every known format to rows of suites and cases."""
