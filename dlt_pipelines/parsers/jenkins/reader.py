"""Objects of Jenkins, told apart by their members, → rows."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from dlt_pipelines.parsers.builds.reader import (
    BuildReader,
    Place,
    RowError,
    described,
)
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.github.values import integer, text
from dlt_pipelines.parsers.jenkins import blue_ocean, rows, stage_view
from dlt_pipelines.parsers.jenkins.build_xml import is_xml, read_build_xml
from dlt_pipelines.parsers.jenkins.place import build_id_of, place_of
from dlt_pipelines.parsers.json_document import as_dict, dicts

Pairs = Iterator[tuple[str, Mapping[str, Any]]]

_LISTS = ("allBuilds", "builds")
# Members by which other answers of Jenkins are known; they are kept by other sources or by none.
_OTHERS = (
    ({"suites", "failCount"}, "test report"),
    ({"childReports", "failCount"}, "test report"),
    ({"results", "_class"}, "coverage"),
    ({"commitCount", "commits"}, "changes"),
    ({"commitId", "checkoutCount"}, "changes"),
    ({"buildableItems", "_class"}, "queue"),
    ({"runCount", "_links"}, "description of a job"),
    ({"proceedUrl", "abortUrl"}, "pending input"),
    ({"nodeStatus", "consoleUrl"}, "log"),
)


class JenkinsReader(BuildReader):
    """Reads what Jenkins answers, pushes or leaves on its disk."""

    vendor = "jenkins"

    def place_of(self, address: str) -> Place:
        """Return server, job and build of an address."""
        return place_of(address)

    def read_in_steps(self, data: bytes) -> Iterator[None]:
        """Read a saved file, JSON or `build.xml`, and yield after each document."""
        if not is_xml(data):
            yield from super().read_in_steps(data)
            return
        try:
            self.read(read_build_xml(data, self.place_of(self.address).number))
        except RowError as error:
            self.reject(None, str(error))
        except ParseError as error:
            self.report.error = error.reason

    def rows_of(self, item: dict[str, Any], place: Place, depth: int) -> Pairs:
        """Yield the rows of an object."""
        if isinstance(item.get("data"), dict) and "backend_name" in item:
            origin = text(item.get("origin")) or ""
            self.document(item["data"], replace(place, server=place_of(origin).server), depth + 1)
        elif _is_notification(item):
            yield from rows.notification_rows(item, place)
        elif blue_ocean.is_blue_ocean(item):
            yield from blue_ocean.rows_of(item, place, self.not_kept)
        elif stage_view.is_stage_view(item):
            yield from stage_view.rows_of(item, place)
        elif rows.is_build(item):
            yield from rows.build_rows(item, place)
            # what a matrix built of its configurations; mere references to them have no result
            for run in filter(rows.is_build, dicts(item.get("runs"))):
                self.document(run, Place(place.server), depth + 1)
        elif isinstance(item.get("jobs"), list) or any(
            isinstance(item.get(n), list) for n in _LISTS
        ):
            yield from self._definition(item, place, depth)
        elif rows.is_pipeline(item):
            yield from rows.pipeline_rows(item, place)
        elif isinstance(item.get("build"), dict) and "job" in item:
            self.document([item["job"], item["build"]], place, depth + 1)
        else:
            self._other(item)

    def _definition(self, item: dict[str, Any], place: Place, depth: int) -> Pairs:
        """A job with its builds, or a folder or server with its jobs."""
        own = rows.place_of_pipeline(item, place)
        if rows.is_pipeline(item) and own.pipeline_path:
            yield from rows.pipeline_rows(item, place)
        for job in dicts(item.get("jobs")):
            inner = replace(own, number=None, build_id=None)
            name = text(job.get("name"))
            path = "/".join(part for part in (own.pipeline_path, name) if part) if name else None
            self.document(job, replace(inner, pipeline_path=path), depth + 1)
        for name in _LISTS:
            for build in dicts(item.get(name)):
                number = integer(build.get("number"))
                build_id = build_id_of(own.pipeline_path, number)
                inner = replace(own, number=number, build_id=build_id)
                self.document(build, inner, depth + 1)

    def _other(self, item: dict[str, Any]) -> None:
        for members, kind in _OTHERS:
            if item.keys() >= members:
                self.not_kept(kind)
                return
        if isinstance(item.get("number"), int) and isinstance(item.get("url"), str):
            self.not_kept("reference to a build")
        elif "_class" in item:
            self.not_kept(str(item["_class"]).rpartition(".")[2])
        elif "message" in item and "code" in item:
            raise RowError(f"the saved answer is an error of the vendor: {text(item['message'])}")
        elif item:
            raise RowError(f"no object of Jenkins; its first members: {described(item)}")


def _is_notification(item: dict[str, Any]) -> bool:
    build = as_dict(item.get("build"))
    return "phase" in build and ("full_url" in build or "url" in build)
