"""What the gates expect: one module per gate, each a tuple of expectations as code.

A rule lives in one place. Shape, keys, accepted values and relationships within the models are
dbt tests; here is what only a look at the whole load can tell: volume, freshness, drift,
completeness, and whether the sources fit one another.
"""
