"""A made-up organisation in the vendors' own formats, simulated from a seed."""
