"""Objects of GitLab as older servers and other lists show them."""

import pytest

from dlt_pipelines.parsers.gitlab.place import place_of
from dlt_pipelines.parsers.gitlab.reader import GitlabReader
from dlt_pipelines.parsers.gitlab.schema import NAMES

SHA = "a" * 40


class Remembered:
    def __init__(self):
        self.rows = []
        self.rejected = []

    def row(self, table, row):
        self.rows.append((table, dict(zip(NAMES[table], row, strict=True))))

    def reject(self, table, number, item, reason):
        self.rejected.append(reason)


def read(document):
    sink = Remembered()
    reader = GitlabReader(sink, "page.json")
    reader.read(document)
    return sink, reader.report


@pytest.mark.parametrize(
    "page",
    [
        "-/pipelines/46",
        "pipelines/46",
        "merge_requests/46",
        "issues/46#note_7",
        "builds/46",
        f"commit/{SHA}",
    ],
)
def test_a_project_is_named_by_pages_of_every_version(page):
    item = {"id": 46, "status": "success", "ref": "main", "sha": SHA}
    address = f"https://gitlab.example.com/acme/web/shop/{page}"
    [(_, row)] = read({**item, "web_url": address})[0].rows
    assert (row["server"], row["repository"]) == ("gitlab.example.com", "acme/web/shop")


@pytest.mark.parametrize("path", ["acme/issues", "acme/pipelines/web", "acme/commit/web"])
def test_a_project_may_be_named_like_a_part_of_one(path):
    address = f"https://gitlab.example.com/{path}"
    item = {"id": 1, "status": "success", "ref": "main", "sha": SHA}
    for page in (address, f"{address}/pipelines/46", f"{address}/-/pipelines/46"):
        [(_, row)] = read({**item, "web_url": page})[0].rows
        assert row["repository"] == path


@pytest.mark.parametrize(
    ("own", "jobs", "told"),
    [("running", "success", "running"), (None, "failed", "failed"), (None, None, None)],
)
def test_a_deployment_without_a_status_went_as_its_job(own, jobs, told):
    item = {"id": 41, "iid": 1, "ref": "main", "sha": SHA, "environment": {"name": "production"}}
    item |= {"status": own} if own else {}
    item |= {"deployable": {"id": 7, "status": jobs}} if jobs else {"deployable": None}
    [(table, row)] = read(item)[0].rows
    assert (table, row["status"]) == ("deployments", told)


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (
            {"id": 1, "iid": 1, "group_id": 7, "title": "t", "state": "opened", "author": {}},
            "epic",
        ),
        (
            {"id": 1, "sha": SHA, "ref": "main", "status": "failed", "name": "ext",
             "target_url": "https://ci.example.com/1", "author": {}},
            "commit_status",
        ),
        ({"id": 1, "username": "jo", "avatar_url": None, "web_url": "https://jo"}, "user"),
        ({"id": 1, "runner_type": "group_type", "status": "offline", "name": None}, "runner"),
        ({"key": "TOKEN", "value": "secret", "variable_type": "env_var"}, "variable"),
        ({"id": 1, "ref": "main", "cron": "0 1 * * *", "cron_timezone": "UTC"}, "schedule"),
        (
            {"event_name": "user_add_to_group", "group_id": 7, "user_username": "jo"},
            "other_delivery",
        ),
        ({"name": "v1", "target": SHA, "protected": False, "commit": {"id": SHA}}, "branch"),
        ({"tag_name": "v1", "name": "One", "assets": {"count": 0}}, "release"),
        ({"id": 1, "head_commit_sha": SHA, "base_commit_sha": SHA}, "merge_request_diff"),
        ({"id": 1, "name": "rocket", "awardable_id": 7, "awardable_type": "Note"}, "emoji"),
        ({"file_name": "a.py", "blob_id": SHA, "commit_id": SHA}, "file"),
        ({"id": SHA, "path": "src", "type": "tree", "mode": "040000"}, "file"),
    ],
    ids=["epic", "status of a commit", "user", "runner", "variable", "schedule", "a member",
         "tag", "release", "version of a request", "emoji", "file", "folder"],
)  # fmt: skip
def test_what_is_known_and_not_kept(item, kind):
    sink, report = read(item)
    assert (sink.rows, sink.rejected) == ([], [])
    assert report.not_kept == {kind: 1}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"message": "404 Project Not Found"}, "404 Project Not Found"),
        ({"error": "invalid_token", "error_description": "Token was revoked."}, "invalid_token"),
        ({}, "nothing"),
    ],
)
def test_an_error_that_was_saved_is_called_one(answer, said):
    assert read(answer)[0].rejected == [f"the saved answer is an error of the vendor: {said}"]


def test_a_discussion_holds_notes():
    note = {"id": 3, "noteable_type": "MergeRequest", "noteable_iid": 12, "body": "Why?"}
    judged = {**note, "id": 4, "system": True, "body": "approved this merge request"}
    of_issue = {**note, "id": 5, "noteable_type": "Issue"}
    discussion = {"id": "d1", "individual_note": False, "notes": [note, judged, of_issue]}
    rows = [row for table, row in read([discussion])[0].rows if table == "merge_request_reviews"]
    assert [(row["number"], row["state"]) for row in rows] == [(12, "commented"), (12, "approved")]


def test_what_happens_to_a_milestone_is_no_label():
    """Events of both kinds are added and removed, and counted from 1."""
    event = {"id": 7, "resource_type": "Issue", "resource_id": 3, "action": "add"}
    sink, report = read([{**event, "milestone": {"title": "1.0"}}, {**event, "label": None}])
    assert [(table, row["kind"]) for table, row in sink.rows] == [("issue_events", "label")]
    assert (dict(report.not_kept), sink.rejected) == ({"other_event": 1}, [])


@pytest.mark.parametrize(
    ("pipeline", "ids"),
    [
        ({"id": 246, "status": "success", "ref": "refs/merge-requests/1/train", "sha": SHA}, [246]),
        (None, []),
    ],
    ids=["pipeline", "just joined"],
)
def test_a_merge_train_tells_of_the_pipelines_that_it_has(pipeline, ids):
    car = {"id": 110, "merge_request": {"iid": 1}, "target_branch": "main", "pipeline": pipeline}
    sink, _ = read([car])
    assert [row["pipeline_id"] for _, row in sink.rows] == ids
    assert [row["merge_request_number"] for _, row in sink.rows] == [1 for _ in ids]
    assert sink.rejected == []


@pytest.mark.parametrize("digits", [19, 5_000])
def test_a_number_in_an_address_that_no_column_holds_is_none(digits):
    address = f"https://gitlab.com/api/v4/projects/7/pipelines/{'9' * digits}/jobs"
    place = place_of(address)
    assert (place.project_id, place.pipeline, place.things) == (7, None, "jobs")
