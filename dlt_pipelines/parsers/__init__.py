"""Bytes to plain rows, one module per format. No dlt, no network, no clock."""
