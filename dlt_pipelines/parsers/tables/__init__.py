"""Tables of CSV, Parquet and JSON Lines in documented columns: bytes to checked Arrow batches.

    stream ─reading─▶ text columns, row numbers ─checking─▶ rows of a kind │ rejected rows

`kinds` says which kinds of table there are and what their columns mean; the messages, the raw
tables and the guide are all made from it.
"""
