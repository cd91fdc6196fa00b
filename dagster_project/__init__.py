"""When and in what order: Dagster definitions that own no logic."""
