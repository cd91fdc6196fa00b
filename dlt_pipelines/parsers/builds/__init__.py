"""What CI servers that run builds have in common: builds, their stages, jobs and artifacts.

So do Jenkins, Buildkite, CircleCI and Azure DevOps.

```
bytes ─documents→ JSON ─a vendor's reader→ (table, values) ─schema→ tuples ─Sink→ whoever loads
```

The readers of the vendors differ; the tables they fill are the same, so that the models above them
are, too.
"""

from dlt_pipelines.parsers.builds.reader import BuildReader, Place, RowError, Sink
from dlt_pipelines.parsers.builds.schema import KEYS, SCHEMAS

__all__ = ["KEYS", "SCHEMAS", "BuildReader", "Place", "RowError", "Sink"]
