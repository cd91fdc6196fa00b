"""The last step of write, audit, publish: what readers get, whole or not at all.

```
build.duckdb ── core, marts, quality, quarantine, seeds ──▶ testops-<build id>.duckdb
the build before ── what it said ─── schema `insights` ───▶   in the same file
                    └── marts as Parquet ─────────────────▶ testops-<build id>/marts/*.parquet
                    └── what is in it, with hashes ───────▶ testops-<build id>/manifest.json
then, in this order:  current.duckdb ─▶ the database,  current.json ─▶ the manifest
```

Everything is made under a temporary name, flushed to the disk and renamed; the links are replaced
by a rename too. A reader finds the build before or the build after, never half of one. Nothing
here needs Great Expectations: gates are judged elsewhere and handed in.
"""

from expectations.publishing.attempts import record_attempt
from expectations.publishing.publication import Publication, PublishError, publish
from expectations.publishing.shelf import Shelf

__all__ = ["Publication", "PublishError", "Shelf", "publish", "record_attempt"]
