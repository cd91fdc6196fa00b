"""Answers of Buildkite → rows of builds: REST v2, GraphQL builds and pipelines, webhooks."""

from dlt_pipelines.parsers.buildkite.reader import BuildkiteReader

__all__ = ["BuildkiteReader"]
