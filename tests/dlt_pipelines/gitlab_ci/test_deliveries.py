"""What GitLab delivers: the same rows as its API, in whatever order it comes."""

from tests.dlt_pipelines.gitlab_ci.made_up_gitlab import PROJECT, SHOP, SITE, pipeline, polled


def deliver(found, number, body):
    delivery = {
        "vendor": "gitlab",
        "event": "Hook",
        "delivery_id": str(number),
        "received_at": f"2026-01-02T11:00:{number:02}Z",
        "body": body,
    }
    path = f"home/landing/webhooks/gitlab/2026-01-02/{number:016}-{number}.json"
    found.write(path, delivery)


def hook(kind, **members):
    home = {"id": PROJECT, "path_with_namespace": SHOP, "web_url": SITE, "default_branch": "main"}
    return {"object_kind": kind, "project": home, **members}


def test_deliveries_tell_the_same_as_the_api(make_project):
    found = make_project()
    attributes = {name: pipeline(500_001)[name] for name in ("id", "iid", "ref", "sha", "status",
                  "source", "duration", "queued_duration")}  # fmt: skip
    times = {"created_at": "2026-01-02 10:00:00 UTC", "finished_at": "2026-01-02 10:09:59 UTC"}
    build = {"id": 600_001, "stage": "test", "name": "unit", "status": "failed", "manual": False,
             "created_at": "2026-01-02 10:00:00 UTC", "started_at": "2026-01-02 10:01:00 UTC",
             "finished_at": "2026-01-02 10:02:00 UTC", "duration": 60.0, "queued_duration": 2.5,
             "allow_failure": False, "failure_reason": "script_failure"}  # fmt: skip
    secret = [{"key": "PASSWORD", "value": "hush-hush"}]
    body = hook(
        "pipeline",
        object_attributes={**attributes, **times, "variables": secret},
        builds=[build],
        user={"username": "ann"},
    )
    deliver(found, 1, body)
    deliver(found, 2, {"object_kind": "build", "build_id": 600_001, "build_name": "unit",
                       "build_stage": "test", "build_status": "running", "pipeline_id": 500_001,
                       "project_id": PROJECT, "sha": "a" * 40, "ref": "main",
                       "repository": {"homepage": SITE}})  # fmt: skip
    deliver(found, 3, hook(
        "merge_request", user={"id": 3, "username": "eve"}, labels=[{"title": "backend"}],
        object_attributes={"id": 900_004, "iid": 4, "action": "approved", "author_id": 2,
                           "state": "opened", "source_branch": "topic-4", "target_branch": "main",
                           "updated_at": "2026-01-01 13:00:00 UTC", "target_project_id": PROJECT},
    ))  # fmt: skip
    deliver(found, 4, hook(
        "deployment", deployment_id=700_001, status="success", environment="production",
        status_changed_at="2026-01-02 12:06:00 +0200", ref="main", deployable_id=600_009,
        deployable_url=f"{SITE}/-/jobs/600009", commit_url=f"{SITE}/-/commit/{'a' * 40}",
    ))  # fmt: skip
    deliver(found, 5, hook("push", commits=[]))
    found.configure()
    found.load()
    found.load()
    rows = found.query(
        "select repository, status, parent_pipeline_id, cast(created_at as text), actor_login"
        " from raw_gitlab_ci.pipelines"
    )
    assert rows == [(SHOP, "success", None, "2026-01-02 10:00:00+00", "ann")]
    assert found.query(
        "select repository, pipeline_id, status, failure_reason from raw_gitlab_ci.jobs order by 3"
    ) == [
        (SHOP, 500_001, "failed", "script_failure"),
        (SHOP, 500_001, "running", None),
    ]
    assert found.query("select review_id, number from raw_gitlab_ci.merge_request_reviews") == [
        ("approved:eve:2026-01-01T13:00:00Z", 4)
    ]
    assert found.query(
        "select environment, sha, cast(updated_at as text) from raw_gitlab_ci.deployments"
    ) == [("production", "a" * 40, "2026-01-02 10:06:00+00")]
    assert found.query("select labels from raw_gitlab_ci.merge_requests") == [('["backend"]',)]
    assert found.count("projects") == 1
    assert "hush-hush" not in str(found.query("from raw_gitlab_ci.pipelines"))


def test_deliveries_that_overtake_each_other_leave_no_pipeline_running(make_project, server, site):
    """GitLab sends them at once: that of the start may come after that of the end."""
    found = polled(make_project, server, site)
    members = {name: pipeline(500_001)[name] for name in ("id", "iid", "ref", "sha", "source")}
    members["created_at"] = "2026-01-02 10:00:00 UTC"
    started = {"id": 600_001, "stage": "test", "name": "unit", "status": "running",
               "created_at": "2026-01-02 10:00:00 UTC", "started_at": "2026-01-02 10:01:00 UTC",
               "finished_at": None}  # fmt: skip
    ended = {**members, "status": "success", "finished_at": "2026-01-02 10:09:59 UTC"}
    running = {**members, "status": "running", "finished_at": None}
    deliver(found, 1, hook("pipeline", object_attributes=ended, builds=[]))
    deliver(found, 2, hook("pipeline", object_attributes=running, builds=[started]))
    found.load()
    newest = (
        "select arg_max(status, updated_at), cast(max(updated_at) as text)"
        " from raw_gitlab_ci.pipelines where pipeline_id = 500001"
    )
    assert found.query(newest) == [("success", "2026-01-02 10:10:00+00")], "that of the API"
    delivered = "and source_file like 'landing/%' order by updated_at"
    assert found.query(
        "select status, cast(updated_at as text) from raw_gitlab_ci.pipelines"
        f" where pipeline_id = 500001 {delivered}"
    ) == [("running", "2026-01-02 10:01:00+00"), ("success", "2026-01-02 10:09:59+00")]
    server.requests.clear()
    found.load()
    assert not [path for path, _ in server.requests if "/pipelines/500001" in path]
