"""The kinds of table that can be imported: the one definition of their columns."""

from types import MappingProxyType

from dlt_pipelines.parsers.tables.model import (
    BOOLEAN,
    DEPLOYMENT_WORDS,
    INSTANT,
    INTEGER,
    NUMBER,
    RESULT_WORDS,
    STATE_WORDS,
    STATUS_WORDS,
    TEXT,
    WORD,
    Column,
    Kind,
)

_REPOSITORY = Column(
    "repository", TEXT, "`owner/name`, or any one name of the code's repository.", is_required=True
)
_VENDOR = Column("vendor", TEXT, "System that the row is from; `import` without it.")
_HEAD_SHA = Column("head_sha", TEXT, "Commit that was built or tested.")
_URL = Column("html_url", TEXT, "Page of it for people.")
_ATTEMPT = Column(
    "run_attempt", INTEGER, "Attempt of the run, from 1; 1 without it.", largest=1_000_000
)
# Numbers that name, such as a time without marks, and executions of a line fill 64 bits.
_ANY_NUMBER = 2**63 - 1
_LIKELY_EVERYWHERE = {
    "repo": "repository",
    "project": "repository",
    "repo_name": "repository",
    "slug": "repository",
    "url": "html_url",
    "web_url": "html_url",
    "commit": "head_sha",
    "sha": "head_sha",
    "commit_sha": "head_sha",
    "git_sha": "head_sha",
    "revision": "head_sha",
    "attempt": "run_attempt",
    "build_id": "run_id",
    "pipeline_id": "run_id",
    "build_number": "run_number",
    "branch": "head_branch",
    "ref": "head_branch",
    "duration": "duration_seconds",
    "duration_s": "duration_seconds",
    "elapsed": "duration_seconds",
    "time": "duration_seconds",
    "start_time": "started_at",
    "end_time": "finished_at",
    "timestamp": "started_at",
    "workflow": "workflow_name",
    "pipeline": "workflow_name",
    "env": "environment",
}

_RUNS = Kind(
    "runs",
    "one attempt of a pipeline run, workflow run or build",
    (
        _REPOSITORY,
        Column("run_id", TEXT, "Id of the run, unique in its repository.", is_required=True),
        _ATTEMPT,
        Column("run_number", INTEGER, "Number that people know the run by.",
               largest=_ANY_NUMBER),
        Column("parent_run_id", TEXT, "Run that started this one, in the same repository."),
        Column("workflow_name", TEXT, "Pipeline, workflow or job that ran."),
        Column("workflow_path", TEXT, "File in the repository that defines it."),
        Column("event", TEXT, "What started it: `push`, `pull_request`, `schedule`, …"),
        Column("result", WORD, "How it ended; neutral without it.", words=RESULT_WORDS),
        Column("environment", TEXT, "Platform or configuration, when the whole run had one: it "
               "becomes the run's one job."),
        Column("head_branch", TEXT, "Branch that was built."),
        _HEAD_SHA,
        Column("head_repository", TEXT, "Repository of the branch, when it is a fork's."),
        Column("actor_login", TEXT, "Who started it."),
        _URL,
        Column("created_at", INSTANT, "When it was asked for; the start without it."),
        Column("started_at", INSTANT, "When it began.", is_required=True),
        Column("finished_at", INSTANT, "When it ended."),
        Column("duration_seconds", NUMBER, "How long it took; gives a missing end."),
    ),
    key=("repository", "run_id", "run_attempt"),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "id": "run_id", "status": "result", "conclusion": "result",
        "outcome": "result", "build_result": "result", "build_timestamp": "started_at",
        "build_duration": "duration_seconds", "build_head_sha": "head_sha", "user": "actor_login",
    }),
)  # fmt: skip

_JOBS = Kind(
    "jobs",
    "one attempt of a job, stage or matrix part of a run",
    (
        _REPOSITORY,
        Column("run_id", TEXT, "Run that it belongs to.", is_required=True),
        _ATTEMPT,
        Column("job_id", TEXT, "Id of this attempt of the job, unique in its repository; made of "
               "run, attempt and name without it."),
        Column("job_name", TEXT, "Name of the job; tests of jobs with different names are compared "
               "apart.", is_required=True),
        Column("stage_name", TEXT, "Stage that it belongs to."),
        Column("workflow_name", TEXT, "Pipeline, workflow or job that ran."),
        Column("result", WORD, "How it ended; neutral without it.", words=RESULT_WORDS),
        Column("is_allowed_to_fail", BOOLEAN, "Its failure doesn't fail the run."),
        Column("is_manual", BOOLEAN, "A person has to start it."),
        Column("head_branch", TEXT, "Branch that was built."),
        _HEAD_SHA,
        Column("labels", TEXT, "Labels of the runner that it asked for."),
        Column("runner_name", TEXT, "Machine that it ran on."),
        Column("runner_group_name", TEXT, "Group of that machine."),
        _URL,
        Column("created_at", INSTANT, "When it could have begun: the start of the queue."),
        Column("started_at", INSTANT, "When it began."),
        Column("finished_at", INSTANT, "When it ended."),
        Column("duration_seconds", NUMBER, "How long it took; gives a missing end."),
        Column("queue_seconds", NUMBER, "How long it waited, as the vendor says."),
    ),
    key=("repository", "job_id"),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "id": "job_id", "name": "job_name", "job": "job_name",
        "stage": "stage_name", "stage_id": "job_name", "status": "result", "conclusion": "result",
        "outcome": "result", "build_result": "result", "completed_at": "finished_at",
        "runner": "runner_name", "agent": "runner_name", "allow_failure": "is_allowed_to_fail",
    }),
)  # fmt: skip

_TEST_RESULTS = Kind(
    "test_results",
    "one try of one test case in one run",
    (
        _REPOSITORY,
        Column("run_id", TEXT, "Run that it belongs to; import the `runs` too."),
        _ATTEMPT,
        Column("job_id", TEXT, "Job that it belongs to."),
        Column("job_name", TEXT, "Name of that job, when its id is not known."),
        _HEAD_SHA,
        Column("name", TEXT, "Name or id of the test case.", is_required=True),
        Column("class_name", TEXT, "Class, module or suite of the test case."),
        Column("parameters", TEXT, "Parameters that tell cases of one name apart."),
        Column("file", TEXT, "Path of the test's file in the repository."),
        Column("line", INTEGER, "Line of the test in that file."),
        Column("status", WORD, "Verdict of this try.", words=STATUS_WORDS),
        Column("is_failed", BOOLEAN, "Verdict as yes or no, for tables without `status`."),
        Column("duration_seconds", NUMBER, "How long it took."),
        Column("retry_index", INTEGER, "0 for the first try in its job; the order of the rows "
               "without it."),
        Column("is_final", BOOLEAN, "This try's verdict counts; the last try without it."),
        Column("failure_type", TEXT, "Class of the failure."),
        Column("failure_message", TEXT, "Its message; the first 2000 characters are kept.",
               is_cut=True),
        Column("owner_tag", TEXT, "Owner that the test itself names."),
        Column("started_at", INSTANT, "When the try began."),
    ),
    key=("repository", "run_id", "run_attempt", "job_id", "job_name", "class_name", "name",
         "parameters", "retry_index"),
    one_of=(("status", "is_failed"),),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "test": "name", "test_name": "name", "test_id": "name",
        "testcase": "name", "test_method": "name", "test_class": "class_name",
        "classname": "class_name", "suite": "class_name", "result": "status",
        "outcome": "status", "verdict": "is_failed", "fail": "is_failed", "failed": "is_failed",
        "message": "failure_message", "error_message": "failure_message",
        "retry": "retry_index", "job": "job_name", "env": "job_name", "cycle": "run_id",
        "path": "file", "filename": "file",
    }),
)  # fmt: skip

_COVERAGE = Kind(
    "coverage",
    "one source file of a coverage report, or with `line` one line of it",
    (
        _REPOSITORY,
        Column("run_id", TEXT, "Run that measured it."),
        _ATTEMPT,
        Column("job_id", TEXT, "Job that measured it."),
        Column("head_sha", TEXT, "Commit that was measured.", is_required=True),
        Column("upload_name", TEXT, "Which report of the commit: flag, suite or job."),
        Column("path", TEXT, "Path of the source file.", is_required=True),
        Column("line", INTEGER, "Line, from 1; without it the row is about the whole file."),
        Column("hits", INTEGER, "How often the line ran.", largest=_ANY_NUMBER),
        Column("lines_valid", INTEGER, "Lines of the file that could run."),
        Column("lines_covered", INTEGER, "Lines of the file that ran."),
        Column("branches_valid", INTEGER, "Branches of the file or line."),
        Column("branches_covered", INTEGER, "Branches that were taken."),
    ),
    key=("repository", "run_id", "run_attempt", "job_id", "head_sha", "upload_name", "path",
         "line"),
    one_of=(("hits", "lines_valid"),),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "file": "path", "filename": "path", "flag": "upload_name",
        "suite": "upload_name", "line_number": "line", "count": "hits",
        "lines_total": "lines_valid", "lines": "lines_valid", "covered": "lines_covered",
    }),
)  # fmt: skip

_DEPLOYMENTS = Kind(
    "deployments",
    "one deployment of one commit to one environment",
    (
        _REPOSITORY,
        Column("deployment_id", TEXT, "Id, unique in its repository.", is_required=True),
        Column("sha", TEXT, "Commit that was deployed."),
        Column("ref", TEXT, "Branch or tag that was deployed."),
        Column("environment", TEXT, "Where to; `production` and `prod` are production, other names "
               "by rule.", is_required=True),
        Column("service", TEXT, "Service that was deployed; by the repository without it."),
        Column("result", WORD, "How it ended.", is_required=True, words=DEPLOYMENT_WORDS),
        Column("created_at", INSTANT, "When it began.", is_required=True),
        Column("finished_at", INSTANT, "When it ended; the begin without it."),
        _URL,
    ),
    key=("repository", "deployment_id"),
    likely=MappingProxyType({
        **{name: ours for name, ours in _LIKELY_EVERYWHERE.items() if ours != "head_sha"},
        "id": "deployment_id", "commit": "sha", "commit_sha": "sha", "head_sha": "sha",
        "revision": "sha", "status": "result", "state": "result", "outcome": "result",
        "env": "environment", "stage": "environment", "deployed_at": "finished_at",
        "started_at": "created_at", "start_time": "created_at", "timestamp": "created_at",
        "branch": "ref", "version": "ref", "application": "service",
    }),
)  # fmt: skip

_INCIDENTS = Kind(
    "incidents",
    "one incident",
    (
        Column("repository", TEXT, "Repository of the failed service, where it is known."),
        Column("incident_id", TEXT, "Id, unique in its vendor.", is_required=True),
        Column("title", TEXT, "What happened."),
        Column("service", TEXT, "Service that failed."),
        Column("deployment_id", TEXT, "Deployment that caused it, where that is known."),
        Column("severity", TEXT, "How bad it was, in the vendor's words."),
        Column("opened_at", INSTANT, "When it began.", is_required=True),
        Column("acknowledged_at", INSTANT, "When somebody took it up."),
        Column("closed_at", INSTANT, "When service was restored."),
        _URL,
    ),
    key=("vendor", "incident_id"),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "id": "incident_id", "number": "incident_id", "key": "incident_id",
        "name": "title", "summary": "title", "priority": "severity", "urgency": "severity",
        "created_at": "opened_at", "started_at": "opened_at", "start_time": "opened_at",
        "resolved_at": "closed_at", "finished_at": "closed_at", "end_time": "closed_at",
        "deployment": "deployment_id", "application": "service",
    }),
)  # fmt: skip

_COMMITS = Kind(
    "commits",
    "one commit",
    (
        _REPOSITORY,
        Column("sha", TEXT, "Id of the commit.", is_required=True),
        Column("tree_sha", TEXT, "Id of its content; two commits of one tree are the same code."),
        Column("parents", TEXT, "Ids of its parents, parted by spaces or commas."),
        Column("author_name", TEXT, "Who wrote it."),
        Column("author_email", TEXT, "Address of who wrote it."),
        Column("authored_at", INSTANT, "When it was written."),
        Column("committer_name", TEXT, "Who committed it."),
        Column("committer_email", TEXT, "Address of who committed it."),
        Column("committed_at", INSTANT, "When it was committed.", is_required=True),
        Column("subject", TEXT, "First line of its message.", is_cut=True),
        Column("additions", INTEGER, "Lines added."),
        Column("deletions", INTEGER, "Lines deleted."),
        Column("changed_files", INTEGER, "Files changed."),
        Column("is_fix", BOOLEAN, "It mends a defect; from `subject` without it."),
        Column("is_merge", BOOLEAN, "It has more than one parent; from `parents` without it."),
    ),
    key=("repository", "sha"),
    likely=MappingProxyType({
        **{name: ours for name, ours in _LIKELY_EVERYWHERE.items() if ours != "head_sha"},
        "commit": "sha", "commit_sha": "sha", "hash": "sha", "id": "sha", "head_sha": "sha",
        "tree": "tree_sha", "author": "author_name", "email": "author_email",
        "author_ts": "committed_at", "author_date": "authored_at", "date": "committed_at",
        "timestamp": "committed_at", "commit_date": "committed_at", "message": "subject",
        "title": "subject", "lines_added": "additions", "lines_deleted": "deletions",
    }),
)  # fmt: skip

_CHANGES = Kind(
    "changes",
    "one pull request, merge request or changeset",
    (
        _REPOSITORY,
        Column("change_number", INTEGER, "Its number in the repository.", is_required=True,
               largest=_ANY_NUMBER),
        Column("title", TEXT, "What it is called.", is_cut=True),
        Column("state", WORD, "Where it stands; from the instants without it.", words=STATE_WORDS),
        Column("is_draft", BOOLEAN, "It is not ready for review."),
        Column("author_login", TEXT, "Who opened it."),
        Column("labels", TEXT, "Its labels, parted by commas."),
        Column("base_branch", TEXT, "Branch that it goes to."),
        Column("base_sha", TEXT, "Commit of that branch that it starts from."),
        Column("head_branch", TEXT, "Branch that it comes from."),
        Column("head_sha", TEXT, "Its newest commit."),
        Column("merge_sha", TEXT, "Commit that it became in the base branch."),
        Column("additions", INTEGER, "Lines added."),
        Column("deletions", INTEGER, "Lines deleted."),
        Column("changed_files", INTEGER, "Files changed."),
        Column("created_at", INSTANT, "When it was opened.", is_required=True),
        Column("merged_at", INSTANT, "When it was merged."),
        Column("closed_at", INSTANT, "When it was closed, merged or not."),
        _URL,
    ),
    key=("repository", "change_number"),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "id": "change_number", "number": "change_number",
        "iid": "change_number", "pr": "change_number", "pull_request": "change_number",
        "status": "state", "author": "author_login", "user": "author_login",
        "target_branch": "base_branch", "source_branch": "head_branch",
        "merge_commit_sha": "merge_sha", "opened_at": "created_at", "lines_added": "additions",
        "lines_deleted": "deletions",
    }),
)  # fmt: skip

_CHANGE_COMMITS = Kind(
    "change_commits",
    "one commit of one change, as it was before the merge",
    (
        _REPOSITORY,
        Column("change_number", INTEGER, "Change that it belongs to.", is_required=True,
               largest=_ANY_NUMBER),
        Column("sha", TEXT, "Id of the commit.", is_required=True),
        Column("author_login", TEXT, "Who wrote it."),
        Column("authored_at", INSTANT, "When it was written."),
        Column("committed_at", INSTANT, "When it was committed; `authored_at` without it."),
    ),
    key=("repository", "change_number", "sha"),
    one_of=(("committed_at", "authored_at"),),
    likely=MappingProxyType({
        **{name: ours for name, ours in _LIKELY_EVERYWHERE.items() if ours != "head_sha"},
        "pull_request": "change_number", "pr": "change_number", "number": "change_number",
        "iid": "change_number", "commit": "sha", "commit_sha": "sha", "author": "author_login",
        "date": "committed_at", "author_date": "authored_at",
    }),
)  # fmt: skip

_CHANGE_REVIEWS = Kind(
    "change_reviews",
    "one review, approval or comment of a reviewer",
    (
        _REPOSITORY,
        Column("change_number", INTEGER, "Change that was reviewed.", is_required=True,
               largest=_ANY_NUMBER),
        Column("review_id", TEXT, "Id, unique in its change.", is_required=True),
        Column("reviewer_login", TEXT, "Who reviewed."),
        Column("state", TEXT, "What it said: `approved`, `commented`, …"),
        Column("submitted_at", INSTANT, "When it was given.", is_required=True),
    ),
    key=("repository", "change_number", "review_id"),
    likely=MappingProxyType({
        **_LIKELY_EVERYWHERE, "id": "review_id", "pull_request": "change_number",
        "pr": "change_number", "number": "change_number", "iid": "change_number",
        "reviewer": "reviewer_login", "user": "reviewer_login", "created_at": "submitted_at",
        "date": "submitted_at",
    }),
)  # fmt: skip


def _with_vendor(kind: Kind) -> Kind:
    return Kind(kind.name, kind.row, (*kind.columns, _VENDOR), kind.key, kind.one_of, kind.likely)


KINDS = {
    kind.name: _with_vendor(kind)
    for kind in (
        _RUNS,
        _JOBS,
        _TEST_RESULTS,
        _COVERAGE,
        _DEPLOYMENTS,
        _INCIDENTS,
        _COMMITS,
        _CHANGES,
        _CHANGE_COMMITS,
        _CHANGE_REVIEWS,
    )
}
"""Name of a kind → the kind."""
