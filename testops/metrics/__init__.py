"""The metric service: a request is validated, made into SQL, and answered with where it came from.

```
semantic_manifest.json ─▶ catalogue ─▶ plan ─▶ sql ─▶ one statement per fact ─▶ answer
       request (names, closed filters, window, grain) ──┘                        rows + provenance
```

The definitions are those of `dbt_project/models/metrics`, in the form of MetricFlow; the tests
compare every metric with what MetricFlow makes of the same definition. The SQL is made here,
because it groups a fact by its keys before it joins a name to them: at ten million results that
is half of the time, and no library has to be loaded first.
"""

from testops.metrics.catalogue import Catalogue, load_catalogue
from testops.metrics.request import Filter, Request
from testops.metrics.service import Answer, answer

__all__ = ["Answer", "Catalogue", "Filter", "Request", "answer", "load_catalogue"]
