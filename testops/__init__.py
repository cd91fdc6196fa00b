"""The reading side: opens the published file read-only and never writes the warehouse."""
