"""A seeded generator of a made-up organisation in the vendors' own formats.

Everything it writes is simulated and says so. It stands alone: only the standard library, no code
shared with the warehouse, so that the truth it writes beside the data is a second opinion.

    python -m examples.simulator --output build/simulated --seed 7 --scale 1.0 --days 120
"""

__all__ = ["VERSION"]

VERSION = "1"
