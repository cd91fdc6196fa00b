"""How long it takes to find the owners of many paths, now and over a history of versions.

The file is a monorepo's: folders, nested folders, files, extensions, `**` and un-owned corners. The
comparison is what a straightforward program does: one regular expression per rule, tried from the
last to the first, on a sample of the same paths with the same answers. Times are CPU seconds.

Run: `python -m benchmarks.codeowners [--paths 100000] [--rules 500]`
"""

import argparse
import random
import re
import time
from datetime import UTC, datetime, timedelta

from dlt_pipelines.codeowners.intervals import Edition, intervals_of
from dlt_pipelines.parsers.codeowners import CodeOwners, parse

_SAMPLE = 2_000
_HISTORY_PATHS = 10_000
_VERSIONS = 50


def main() -> None:
    """Measure and print the times and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--rules", type=int, default=500)
    options = parser.parse_args()
    generator = random.Random(7)  # noqa: S311 - no secret
    paths = _paths(generator, options.paths)
    lines = _rules(generator, options.rules)
    started = time.process_time()
    answers = parse("\n".join(lines)).owners_of(paths)
    ours = time.process_time() - started
    owned = sum(bool(answer.owners) for answer in answers)
    sample = generator.sample(range(len(paths)), min(_SAMPLE, len(paths)))
    started = time.process_time()
    plain = _one_by_one(parse("\n".join(lines)), [paths[position] for position in sample])
    theirs = (time.process_time() - started) * len(paths) / len(sample)
    found = [rule.line if (rule := answers[p].deciding_rule) else 0 for p in sample]
    if plain != found:
        raise RuntimeError("the two ways of finding owners disagree")
    print(
        f"codeowners: {len(paths):,} paths ({owned:,} owned) by {len(lines)} rules: {ours:.2f} s, "
        f"rule by rule {theirs:.0f} s, ratio {theirs / ours:.0f}"
    )
    started = time.process_time()
    intervals = intervals_of(_history(generator, lines), paths[:_HISTORY_PATHS])
    seconds = time.process_time() - started
    print(
        f"codeowners: {_HISTORY_PATHS:,} paths over {_VERSIONS} versions: {seconds:.2f} s, "
        f"{len(intervals):,} intervals"
    )


def _paths(generator: random.Random, count: int) -> list[str]:
    kinds = ("py", "ts", "go", "sql", "md", "yaml", "proto", "java")
    return [
        f"services/service_{generator.randrange(120)}/"
        f"{generator.choice(('src', 'tests', 'docs', 'api'))}/"
        f"{'/'.join(f'part_{generator.randrange(12)}' for _ in range(generator.randrange(4)))}"
        f"/file_{number}.{generator.choice(kinds)}".replace("//", "/")
        for number in range(count)
    ]


def _rules(generator: random.Random, count: int) -> list[str]:
    lines = [
        "* @acme/everyone",
        "*.md @acme/docs",
        "**/api/**/*.proto @acme/api",
        "docs/ @acme/docs",
    ]
    while len(lines) < count:
        service = generator.randrange(120)
        lines.append(
            generator.choice(
                (
                    f"/services/service_{service}/ @acme/team-{service % 30}",
                    f"/services/service_{service}/src/ @acme/team-{service % 30} @lead-{service}",
                    f"/services/service_{service}/tests/part_{service % 12}/ @acme/quality",
                    f"services/service_{service}/**/*.sql @acme/data",
                    f"services/service_{service}/*/part_{service % 12}/ @acme/platform",
                    f"/services/service_{service}/src/**/part_{service % 12}/*.go @acme/go",
                    f"file_{service}*.py @acme/python-{service % 5}",
                    f"services/service_{service}/docs/part_1/",
                )
            )
        )
    return lines


def _history(generator: random.Random, lines: list[str]) -> list[Edition]:
    """Versions in each of which five lines changed their owner; every other adds a rule."""
    editions = []
    current = list(lines)
    for number in range(_VERSIONS):
        for position in generator.sample(range(1, len(current)), min(5, len(current) - 1)):
            pattern = current[position].split(" ")[0]
            current[position] = f"{pattern} @acme/team-{generator.randrange(30)}"
        if number % 2:
            current.insert(
                generator.randrange(1, len(current)), f"/services/new_{number}/ @acme/new"
            )
        instant = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        editions.append(Edition(instant, f"{number:040x}", parse("\n".join(current))))
    return editions


def _one_by_one(file: CodeOwners, paths: list[str]) -> list[int]:
    """The line of the deciding rule of each path, 0 for none."""
    compiled = [(rule.line, re.compile(_regex(rule.pattern))) for rule in reversed(file.rules)]
    return [next((line for line, rule in compiled if rule.fullmatch(path)), 0) for path in paths]


def _regex(pattern: str) -> str:
    """The kinds of patterns made above as one regular expression."""
    body = pattern.strip("/")
    head = "" if "/" in pattern.rstrip("/") else "(?:.*/)?"
    parts = re.split(r"(\*\*/|\*)", body)
    middle = "".join(
        {"**/": "(?:.*/)?", "*": "[^/]*"}.get(part) or re.escape(part) for part in parts if part
    )
    return head + middle + ("/.+" if pattern.endswith("/") else "(?:/.*)?")


if __name__ == "__main__":
    main()
