"""The documentation of the data as pages: models, columns, lineage, metrics.

```
dbt parse ─▶ manifest.json ─▶ project (plain values) ─▶ pages (templates/) ─▶ build/docs/*.html
                                        └─▶ lineage (pictures)
```

`make docs` builds it. The pages need no network and no server: open `build/docs/index.html`.
"""
