"""Coverage report formats: bytes in, files and lines out."""
