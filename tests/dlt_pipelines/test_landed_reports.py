"""Reports that a vendor source downloaded are of the run that it downloaded them of."""

import duckdb
import pytest

from dlt_pipelines import loading
from dlt_pipelines.landed_reports import landed_ids


@pytest.mark.parametrize(
    ("locator", "ids"),
    [
        (
            "landing/jenkins/team/shop/feature%252Fcart/builds/7/testReport.json",
            {"run_id": "team/shop/feature%2Fcart#7", "job_id": "team/shop/feature%2Fcart#7"},
        ),
        (
            "landing/jenkins/builds/builds/12/testReport.json",
            {"run_id": "builds#12", "job_id": "builds#12"},
        ),
        (
            "landing/buildkite/acme/shop/artifacts/b-1/j-1/a-1/reports.zip!unit/junit.xml",
            {"run_id": "b-1", "job_id": "j-1", "artifact_id": "a-1"},
        ),
        (
            "landing/gitlab_ci/acme/web/shop/artifacts/41/77.zip!out/junit.xml",
            {"run_id": "41", "job_id": "77"},
        ),
        ("landing/gitlab_ci/acme/test_reports/test_reports/41.json", {"run_id": "41"}),
        ("landing/gitlab_ci/acme/artifacts/41/notes.zip!junit.xml", {}),
        ("landing/github_actions/acme/shop/artifacts/123456/7.zip!a.xml", {}),
        ("reports/landing/jenkins/shop/builds/7/testReport.json", {}),
    ],
    ids=[
        "branch job",
        "job called builds",
        "member of an archive",
        "job of GitLab",
        "project called like a folder",
        "no number",
        "other vendor",
        "elsewhere",
    ],
)
def test_the_place_says_the_run(locator, ids):
    assert landed_ids(locator) == ids


def test_it_is_said_in_the_rows_of_the_reports(tmp_path, monkeypatch):
    monkeypatch.setenv("TESTOPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TESTOPS_PROJECT", str(tmp_path))
    folder = tmp_path / "home" / "landing" / "jenkins" / "shop" / "builds" / "7"
    folder.mkdir(parents=True)
    (folder / "testReport.json").write_text(
        '{"failCount": 0, "passCount": 1, "suites":'
        ' [{"name": "s", "cases": [{"className": "c", "name": "t", "status": "PASSED"}]}]}'
    )
    loading.run("test_results", project=tmp_path)
    with duckdb.connect(str(tmp_path / "home" / "build.duckdb"), read_only=True) as build:
        found = build.execute(
            "select format, run_id, job_id, repository from raw_test_results.reports"
        ).fetchall()
    assert found == [("jenkins-test-report-json", "shop#7", "shop#7", None)]
