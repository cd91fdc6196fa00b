"""From the versions of CODEOWNERS to intervals of ownership per path."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dlt_pipelines.parsers.codeowners import CodeOwners, Ownership


@dataclass(frozen=True, slots=True)
class Edition:
    """The rules in force from an instant on; `rules` None: there is no CODEOWNERS any more."""

    valid_from: datetime
    sha: str
    rules: CodeOwners | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A path's owners (JSON list) in [`valid_from`, `valid_to`); `valid_to` None: until now.

    `owners` is `[]` where a rule says that nobody owns the path; where no rule matches there is no
    interval. Rule and commit are those of the edition the interval began with.
    """

    path: str
    owners: str
    rule_pattern: str
    rule_line: int
    codeowners_sha: str
    valid_from: datetime
    valid_to: datetime | None


_Answer = tuple[str, str, int]  # owners as JSON, pattern, line


def intervals_of(editions: Sequence[Edition], paths: Sequence[str]) -> list[Interval]:
    """The intervals of all paths, by path and time.

    Editions are in the order of time. As long as owners and deciding pattern stay the same, the
    interval goes on; its line is that of its first edition.
    """
    open_ones: list[tuple[_Answer, str, datetime] | None] = [None] * len(paths)
    closed: list[list[Interval]] = [[] for _ in paths]
    # An edition replaced within the same instant was never in force.
    in_force = {edition.valid_from: edition for edition in editions}
    before: CodeOwners | None = None
    for edition in in_force.values():
        # A copy, so that what matching learns goes with it; the one before lives until then, so
        # that an edition with the same patterns can take it over.
        rules = edition.rules and replace(edition.rules)
        answers = _answers(rules, paths)
        before = rules or before
        for position, answer in enumerate(answers):
            current = open_ones[position]
            if current is None:
                if answer is not None:
                    open_ones[position] = (answer, edition.sha, edition.valid_from)
            elif answer is None or answer[:2] != current[0][:2]:
                closed[position].append(_interval(paths[position], current, edition.valid_from))
                open_ones[position] = answer and (answer, edition.sha, edition.valid_from)
    for position, current in enumerate(open_ones):
        if current is not None:
            closed[position].append(_interval(paths[position], current, None))
    return [interval for of_path in closed for interval in of_path]


def _interval(
    path: str, current: tuple[_Answer, str, datetime], valid_to: datetime | None
) -> Interval:
    (owners, pattern, line), sha, valid_from = current
    return Interval(path, owners, pattern, line, sha, valid_from, valid_to)


def _answers(rules: CodeOwners | None, paths: Sequence[str]) -> list[_Answer | None]:
    if rules is None:
        return [None] * len(paths)
    # The same answer is the same object for all paths of a rule, so each is written out once.
    written: dict[int, _Answer | None] = {}
    answers: list[_Answer | None] = []
    for ownership in rules.owners_of(paths):
        key = id(ownership)
        if key not in written:
            written[key] = _written(ownership)
        answers.append(written[key])
    return answers


def _written(ownership: Ownership) -> _Answer | None:
    rule = ownership.deciding_rule
    if rule is None:
        return None
    return json.dumps(ownership.owners, ensure_ascii=False), rule.pattern, rule.line
