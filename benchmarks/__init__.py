"""Measured ratios, each one command: `python -m benchmarks` runs all of them."""
