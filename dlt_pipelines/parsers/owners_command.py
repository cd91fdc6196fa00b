"""Who owns these paths: `python -m dlt_pipelines.parsers owners PATH… --codeowners FILE`.

Prints a line per path: owners, and the rule and line that decided; with `--json` one JSON object
per path with the keys

    path, owners (list), rule, line, section (of the deciding rule, null without one),
    is_owned, dialect, sections (list of section, rule, line, owners: one per deciding rule)

`owners` is `[]` both where a rule says nobody (`rule` tells which) and where no rule matches
(`rule` is null). Lines of the file that can't be read are named on standard error. Exit code:
0 answered, 1 the file can't be read, 2 wrong call.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dlt_pipelines.parsers.codeowners import (
    CodeOwners,
    Dialect,
    Ownership,
    has_section_headings,
    parse,
    why_unusable,
)

_EXIT_UNREADABLE = 1


def main(argv: Sequence[str]) -> int:
    """Run the command with the arguments after its name and return its exit code."""
    options = _arguments(argv)
    file = Path(options.codeowners)
    try:
        data = file.read_bytes()
        paths = list(_paths(options))
    except OSError as error:
        return _refused(f"`{error.filename}` can't be read: {error.strerror}", options)
    if reason := why_unusable(data):
        return _refused(f"`{file}` is no list of owners: {reason}", options)
    codeowners = parse(data, options.dialect or dialect_of_file(file, data))
    for invalid in codeowners.invalid_lines:
        sys.stderr.write(f"{file}:{invalid.line}: {invalid.reason}: `{invalid.text}`\n")
    answers = codeowners.owners_of(normalised(path) for path in paths)
    for path, answer in zip(paths, answers, strict=True):
        line = json.dumps(as_dict(path, answer, codeowners)) if options.json else _sentence(answer)
        text = line if options.json else f"{path}: {line}"
        sys.stdout.write(text.encode("utf-8", errors="replace").decode("utf-8") + "\n")
    return 0


def _refused(said: str, options: argparse.Namespace) -> int:
    if options.json:
        sys.stdout.write(json.dumps({"error": said}) + "\n")
    sys.stderr.write(f"owners: {said}\n")
    return _EXIT_UNREADABLE


def dialect_of_file(file: Path, data: bytes) -> Dialect:
    """The dialect when none is named: by the folder, else GitLab's if there are headings."""
    if file.absolute().parent.name in (".gitlab", ".github"):
        return "gitlab" if file.absolute().parent.name == ".gitlab" else "github"
    return "gitlab" if has_section_headings(data) else "github"


def normalised(path: str) -> str:
    r"""A path as people write it: `\` is `/`, a leading `/` or `./` falls away."""
    path = path.replace("\\", "/")
    while path.startswith(("/", "./")):
        path = path.removeprefix("/").removeprefix("./")
    return path


def as_dict(path: str, answer: Ownership, codeowners: CodeOwners) -> dict[str, Any]:
    """The JSON object of one path."""
    rule = answer.deciding_rule
    return {
        "path": path,
        "owners": list(answer.owners),
        "rule": rule.pattern if rule else None,
        "line": rule.line if rule else None,
        "section": rule.section if rule else None,
        "is_owned": bool(answer.owners),
        "dialect": codeowners.dialect,
        "sections": [
            {
                "section": each.section,
                "rule": each.pattern,
                "line": each.line,
                "owners": list(each.owners),
            }
            for each in answer.rules
        ],
    }


def _sentence(answer: Ownership) -> str:
    if not answer.rules:
        return "no rule matches"
    by = "; ".join(
        f"line {rule.line} `{rule.pattern}`" + (f" of [{rule.section}]" if rule.section else "")
        for rule in answer.rules
    )
    return f"{' '.join(answer.owners) or 'nobody'} ({by})"


def _paths(options: argparse.Namespace) -> Iterator[str]:
    yield from options.paths
    if options.paths_from == "-":
        yield from _lines(sys.stdin)
    elif options.paths_from:
        with Path(options.paths_from).open(encoding="utf-8", errors="backslashreplace") as lines:
            yield from _lines(lines)


def _lines(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        path = line.removesuffix("\n").removesuffix("\r")
        if path:
            yield path


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m dlt_pipelines.parsers owners",
        description="Say who owns paths by a CODEOWNERS file, and which rule decided.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="relative to the repository")
    parser.add_argument("--codeowners", required=True, metavar="FILE")
    parser.add_argument("--dialect", choices=("github", "gitlab"), help="default: found out")
    parser.add_argument("--paths-from", metavar="FILE", help="more paths, a line each; - is stdin")
    parser.add_argument("--json", action="store_true", help="one JSON object per path")
    options = parser.parse_args(argv)
    if not options.paths and not options.paths_from:
        parser.error("name a PATH or `--paths-from FILE`")
    return options
