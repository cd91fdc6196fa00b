"""Which run a report is of that a vendor source put into the landing folder.

    landing/jenkins/<job by its full name>/builds/<number>/…
    landing/buildkite/<organization>/<pipeline>/artifacts/<build id>/<job id>/<artifact id>/…
    landing/gitlab_ci/<project>/artifacts/<pipeline>/<job>.zip
    landing/gitlab_ci/<project>/test_reports/<pipeline>.json

Ids of these vendors are no numbers that a path could be searched for, or short ones on a young
server of one's own. Nothing is guessed here: the source that wrote the file knew whose it is.
"""

import re
from urllib.parse import unquote

_JENKINS = re.compile(r"^landing/jenkins/(.+)/builds/(\d+)/")
_GITLAB = re.compile(
    r"^landing/gitlab_ci/.+?/(?:artifacts/(\d+)/(\d+)\.zip|test_reports/(\d+)\.json)(?=!|/|$)"
)
_BUILDKITE = re.compile(r"^landing/buildkite/[^/]+/[^/]+/artifacts/([^/]+)/([^/]+)/([^/]+)/")


def landed_ids(locator: str) -> dict[str, str]:
    """Return `run_id`, `job_id` and `artifact_id` as far as the place of a file says them.

    Args:
        locator: Path of the file relative to the warehouse home, or of a member of it.
    """
    jenkins = _JENKINS.match(locator)
    if jenkins:
        build_id = f"{unquote(jenkins[1])}#{jenkins[2]}"
        return {"run_id": build_id, "job_id": build_id}
    buildkite = _BUILDKITE.match(locator)
    if buildkite:
        run_id, job_id, artifact_id = (unquote(part) for part in buildkite.groups())
        return {"run_id": run_id, "job_id": job_id, "artifact_id": artifact_id}
    gitlab = _GITLAB.match(locator)
    if gitlab:
        pipeline, job, pipeline_of_report = gitlab.groups()
        return {"run_id": pipeline, "job_id": job} if job else {"run_id": pipeline_of_report}
    return {}
