"""Objects of Azure DevOps, told apart by their members, → rows.

A definition is the pipeline; a build is a run of it; its timeline holds the stages, phases, jobs
and tasks of an attempt, and names the timelines of the earlier ones.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dlt_pipelines.parsers.azure_devops import rows
from dlt_pipelines.parsers.azure_devops.place import place_of
from dlt_pipelines.parsers.azure_devops.timeline import job_values, stage_values, timeline_rows
from dlt_pipelines.parsers.builds.reader import BuildReader, Place, RowError, described, identity
from dlt_pipelines.parsers.github.values import text
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]

_TIMELINE = {"records"}
_RECORD = {"parentId", "type", "state"}
_BUILD = {"buildNumber", "definition"}
_RUN = {"pipeline", "createdDate", "state"}
_EVENT = {"eventType", "resource"}
# Members by which other answers of Azure DevOps are known; no table keeps them.
_OTHERS = (
    ({"testCaseTitle"}, "test result"),
    ({"totalTests"}, "test run"),
    ({"resource", "source", "name"}, "artifact"),
    ({"resource", "name"}, "artifact"),
    ({"visibility", "name"}, "project"),
    ({"lineCount"}, "log"),
    ({"approvers"}, "approval"),
    ({"blockedApprovers"}, "approval"),
    ({"environmentId"}, "deployment record"),
    ({"pullRequestId"}, "pull request"),
    ({"commitId"}, "commit"),
    ({"releaseDefinition"}, "release"),
)


class AzureDevopsReader(BuildReader):
    """Reads what Azure DevOps answers or delivers."""

    vendor = "azure_devops"

    def place_of(self, address: str) -> Place:
        """Return organisation, project and build of an address."""
        return place_of(address)

    def rows_of(self, item: dict[str, Any], place: Place, depth: int) -> Pairs:
        """Yield the rows of an object."""
        if isinstance(item.get("value"), list):
            self.document(item["value"], place, depth + 1)
        elif item.keys() >= _EVENT:
            yield from self._event_rows(item)
        elif item.keys() >= _TIMELINE or item.keys() >= _RECORD:
            yield from timeline_rows(item, place, self.reject)
        elif item.keys() >= _BUILD:
            yield "builds", rows.build_values(item, place)
        elif item.keys() >= _RUN:
            yield "builds", self._run(item, {}, None)
        elif "queueStatus" in item and "name" in item:
            yield "pipelines", rows.definition_values(item, place)
        else:
            self._other(item)

    def _event_rows(self, item: dict[str, Any]) -> Pairs:
        """Rows of what a service hook tells; a stage or a job comes with the run it is of."""
        resource, told_at = as_dict(item.get("resource")), item.get("createdDate")
        project = as_dict(as_dict(item.get("resourceContainers")).get("project"))
        if resource.keys() >= _BUILD:
            whole = {"project": project, "lastChangedDate": told_at, **resource}
            yield "builds", rows.build_values(whole, Place(), rows.DELIVERED)
            return
        run, job = as_dict(resource.get("run")), as_dict(resource.get("job"))
        stage = as_dict(resource.get("stage"))
        if "id" not in run or not (job or stage or "state" in run):
            self.not_kept(f"delivery {text(item.get('eventType'))}")
            return
        build = self._run({**run, "pipeline": run.get("pipeline") or resource.get("pipeline")},
                          {**resource, "project": project}, told_at)  # fmt: skip
        server, build_id = build["server"], identity(run.get("id"), "id")
        # a job's event tells of the run and the stage as they were when it was made
        if job:
            yield "jobs", {"server": server, **job_values(job, stage, build_id)}
        elif stage:
            yield "stages", {"server": server, **stage_values(stage, build_id)}
        else:
            yield "builds", build

    def _run(self, run: dict[str, Any], resource: dict[str, Any], told_at: Any) -> dict[str, Any]:
        parts = (run, as_dict(run.get("pipeline")), as_dict(resource.get("job")))
        links = [as_dict(part.get("_links")) for part in (*parts, as_dict(resource.get("stage")))]
        urls = [part.get("url") for part in parts]
        urls += [as_dict(link.get(name)).get("href") for link in links for name in ("self", "web")]
        known = [place_of(url) for url in urls]
        place = next((at for at in known if at.server), Place())
        project = as_dict(resource.get("project")).get("id")
        remotes = dicts(resource.get("repositories"))
        return rows.run_values(run, replace(place, build_id=None), project, told_at, remotes)

    def _other(self, item: dict[str, Any]) -> None:
        if "typeKey" in item and "message" in item:
            raise RowError(f"the saved answer is an error of the vendor: {text(item['message'])}")
        for members, kind in _OTHERS:
            if item.keys() >= members:
                self.not_kept(kind)
                return
        if item:
            raise RowError(f"no object of Azure DevOps; its first members: {described(item)}")
