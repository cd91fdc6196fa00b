"""Guides for people, and `site`: the documentation of the data as pages."""
