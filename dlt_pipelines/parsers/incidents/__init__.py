"""Answers of incident vendors → rows: `pagerduty` and `opsgenie`, one module per vendor.

Each has `SCHEMAS`, `KEYS` and `read(document, address) -> Findings`. What an object is is told by
its members, so saved pages, arrays of objects, single objects and deliveries are all read.
"""
