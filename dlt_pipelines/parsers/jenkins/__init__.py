"""Answers of Jenkins → rows of builds: the REST API, the stage view, Blue Ocean, notifications.

What an object is, is told by its members alone. `api/json` answers of servers, folders and jobs,
lists of builds (`builds`, `allBuilds`), builds, `wfapi` runs and stages, Blue Ocean pipelines,
runs, nodes and artifacts, payloads of the notification plugin, and `build.xml` of a server's disk.
"""

from dlt_pipelines.parsers.jenkins.reader import JenkinsReader

__all__ = ["JenkinsReader"]
