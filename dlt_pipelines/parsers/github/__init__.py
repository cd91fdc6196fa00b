"""GitHub's REST API answers → rows of the raw GitHub Actions tables.

```
bytes ─documents→ JSON documents ─kinds→ objects of a kind ─rows→ tuples ─Sink→ whoever loads
```

What a document holds is told by its content: pages of lists, arrays, single objects, arrays of
pages, pages wrapped as `{"url": …, "body": …}`, webhook deliveries.
"""

from dlt_pipelines.parsers.github.reader import PageReport, Reader, Sink, read_file
from dlt_pipelines.parsers.github.schema import KEYS, SCHEMAS

__all__ = ["KEYS", "SCHEMAS", "PageReport", "Reader", "Sink", "read_file"]
