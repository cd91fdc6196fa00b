"""Mutation test reports to rows of mutants."""
