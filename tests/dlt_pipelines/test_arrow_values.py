"""A value that no column holds is mended or dropped, and its neighbours stay."""

import pyarrow as pa

from dlt_pipelines.arrow_values import storable


def test_only_what_does_not_fit_is_changed():
    schema = pa.schema([("text", pa.string()), ("number", pa.int64()), ("flag", pa.bool_())])
    columns = {
        "text": ["fine", "half \ud800 a pair", None],
        "number": [1, 2**63, None],
        "flag": [True, "perhaps", False],
    }
    assert storable(columns, schema) == {
        "text": ["fine", "half ? a pair", None],
        "number": [1, None, None],
        "flag": [True, None, False],
    }
