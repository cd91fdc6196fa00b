"""Answers of Azure DevOps → rows of builds: pipelines, builds, stages, jobs, steps."""

from dlt_pipelines.parsers.azure_devops.reader import AzureDevopsReader

__all__ = ["AzureDevopsReader"]
