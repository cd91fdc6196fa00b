"""Objects of GitLab's REST API and webhooks → rows of projects, pipelines, jobs, merge requests.

```
bytes ─documents→ JSON ─kinds→ what it is ─rows→ (table, values) ─schema→ tuples ─Sink→ a loader
                    └ bodies of webhooks become the objects that the API would show
```
"""

from dlt_pipelines.parsers.gitlab.place import Place, place_of
from dlt_pipelines.parsers.gitlab.reader import GitlabReader
from dlt_pipelines.parsers.gitlab.schema import KEYS, SCHEMAS

__all__ = ["KEYS", "SCHEMAS", "GitlabReader", "Place", "place_of"]
