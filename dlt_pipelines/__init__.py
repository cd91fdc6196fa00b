"""Outside world to raw tables: dlt pipelines, one folder per source."""
