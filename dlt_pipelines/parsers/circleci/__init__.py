"""Answers of CircleCI's API v2 → rows of builds: projects, pipelines, workflows, jobs."""

from dlt_pipelines.parsers.circleci.reader import CircleciReader

__all__ = ["CircleciReader"]
