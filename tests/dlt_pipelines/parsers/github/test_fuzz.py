"""No content makes the reader fail: what can't be read is said."""

import json

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlt_pipelines.parsers.github import SCHEMAS

MEMBERS = (
    "id",
    "number",
    "run_id",
    "run_url",
    "run_attempt",
    "workflow_id",
    "run_number",
    "url",
    "body",
    "workflow_runs",
    "jobs",
    "items",
    "artifacts",
    "total_count",
    "steps",
    "labels",
    "head",
    "base",
    "repository",
    "full_name",
    "owner",
    "archive_download_url",
    "deployment_url",
    "state",
    "sha",
    "statuses_url",
    "task",
    "commit",
    "parents",
    "created_at",
    "user",
    "pull_requests",
    "payload",
    "sender",
    "workflow_run",
    "pull_request",
    "title",
    "events_url",
    "pull_request_url",
    "commit_id",
    "message",
    "documentation_url",
    "conclusion",
    "status",
    "started_at",
)
ADDRESSES = ("https://api.github.com/repos/a/b/actions/runs/5/attempts/2", "/repos/a/b/pulls/7", "")
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from((*ADDRESSES, "2026-01-02T03:04:05Z", "0001-01-01T00:00:00Z", "\ud800"))
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(MEMBERS) | st.text(max_size=5), inner, max_size=14)
    ),
    max_leaves=40,
)


def check(sink):
    """Every row fits its table, and nothing is lost without a word."""
    for table, rows in sink.rows.items():
        pa.Table.from_pylist(rows, schema=SCHEMAS[table])
    assert all(reason for *_, reason in sink.rejected)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=DOCUMENTS)
def test_any_json_is_read_or_refused(read, document):
    check(read(json.dumps(document).encode()))


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damage_to_a_page_is_read_or_refused(read, run_object, job_object, data):
    page = json.dumps({"workflow_runs": [run_object], "jobs": [job_object]}).encode()
    at = data.draw(st.integers(0, len(page)))
    removed = data.draw(st.integers(0, 40))
    sink = read(page[:at] + data.draw(st.binary(max_size=12)) + page[at + removed :])
    check(sink)
    assert sink.rows or sink.rejected or sink.report.error
