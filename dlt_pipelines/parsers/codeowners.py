"""CODEOWNERS files of GitHub and GitLab: text → rules, invalid lines, owners of paths.

Which rule decides:

* GitHub: the last matching rule; a rule without owners takes ownership away. A line that GitHub
  can't read is skipped and reported.
* GitLab: in each section the last matching rule; a path that any exclusion (`!path`) of the
  section matches has no owner from it. GitLab keeps one rule for each pattern of a section: one
  that comes again takes the place of the first, be it an exclusion or none. Rules before the first
  heading are a section of their own (`DEFAULT_SECTION`). Rules without owners take the section's
  default owners. Sections of the same name (letter case ignored) are one. Owners are searched for
  in the words; words without any are passed over and reported.

Owners stay as written, in their order: `@user`, `@org/team`, `@group/sub/group`, `@@role`, e-mail.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from weakref import WeakValueDictionary

from dlt_pipelines.parsers.codeowners_match import NO_MATCH, PatternSet
from dlt_pipelines.parsers.codeowners_patterns import (
    PatternError,
    github_pattern,
    gitlab_normal,
    gitlab_pattern,
)

Dialect = Literal["github", "gitlab"]
DEFAULT_SECTION = "codeowners"
# GitHub reads no larger file; more would be no list of owners at GitLab either.
MAX_BYTES = 3 * 1024 * 1024

_BLANK = " \t\r\n\f\v"
_SPACE = re.compile(r"(?<!\\)\s+", re.ASCII)
_EMAIL = r"[^\s@,;:<>()]++@[^\s@,;:<>()][^\s@,;:<>().]*+\.[^\s@,;:<>()]++"
_GITHUB_OWNER = re.compile(
    rf"@[A-Za-z0-9][A-Za-z0-9_-]*(?:/[A-Za-z0-9_.][A-Za-z0-9_.-]*)?|{_EMAIL}"
)
_GROUP = r"(?:[\w.][\w.-]{0,254}[\w-]|\w)(?<!\.git)(?<!\.atom)"
# Searched for in the words: `@a,@b` names two, `(@a)` one. What begins no address is passed over as
# a whole, so that not each of its letters is tried to the end.
_GITLAB_OWNER = re.compile(
    r"((?<!\S)@@(?:developer|maintainer|owner)s?(?!\S)"
    rf"|(?<![\w@])@{_GROUP}(?:/{_GROUP})*|[^\s@,;:<>()#]++@[^\s@,;:<>()]+(?<!\W))"
    r"|[^\s@,;:<>()#]++",
    re.ASCII | re.IGNORECASE,
)
# Whatever follows: GitLab takes no line that begins like this for a rule.
_GITLAB_HEADING = re.compile(
    r"(?P<optional>\^)?\[(?P<name>.*?)\](?:\[(?P<approvals>[\s\d]*)\])?(?P<owners>[@\w.\-/\s]*)",
    re.ASCII,
)
_HEADING_LINE = re.compile(rb"^\^?\[[^\]\n]+\](?:\[\d*\])?[ \t]*(?:@[^\n]*)?\r?$", re.MULTILINE)
_GITLAB_BROKEN_HEADING = re.compile(r"\^?\[[^\]]*")
_DIGITS = 9
_PATTERN_LIMIT = 4_096
_RULES_LIMIT = 20_000
_SECTIONS_LIMIT = 1_000
_OWNERS_LIMIT = 1_000
"""A path is held against every section, and a file can have a hundred thousand of either."""
_SHOWN = 500
"""Characters shown of a line, or a word, that isn't understood."""
_JUDGED = 20
"""Words of a line that are found fault with; what follows them is no better."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its line (from 1), the pattern as written (with `!` if an exclusion), owners."""

    line: int
    pattern: str
    owners: tuple[str, ...]
    section: str | None = None
    is_exclusion: bool = False


@dataclass(frozen=True, slots=True)
class InvalidLine:
    """A line, or a word of it, that the dialect does not understand; and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """A GitLab section; its approvals are 0 when optional."""

    name: str
    is_optional: bool = False
    approvals: int = 1
    default_owners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who owns a path: all owners without repeats, and the deciding rule of every section.

    No rules: no rule matches. Rules but no owners: explicitly nobody.
    """

    owners: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def deciding_rule(self) -> Rule | None:
        """The first deciding rule that names owners, else the last that names none."""
        last = self.rules[-1] if self.rules else None
        return next((rule for rule in self.rules if rule.owners), last)


UNMATCHED = Ownership()


@dataclass(frozen=True)
class CodeOwners:
    """The rules of one file, in its order. Made by `parse`."""

    dialect: Dialect
    rules: tuple[Rule, ...]
    sections: tuple[Section, ...] = ()
    invalid_lines: tuple[InvalidLine, ...] = ()

    def owners(self, path: str) -> Ownership:
        """Who owns one path, relative to the repository's root; a leading slash is ignored."""
        return self._matcher.owners(path.lstrip("/"))

    def owners_of(self, paths: Iterable[str]) -> list[Ownership]:
        """`owners` of each path, in the order given."""
        owners = self._matcher.owners
        return [owners(path.lstrip("/")) for path in paths]

    @cached_property
    def _matcher(self) -> "_Matcher":
        return _Matcher(self)


class _Matcher:
    """The rules of a file by section, each with its pattern set; answers are shared objects."""

    def __init__(self, file: CodeOwners) -> None:
        self._sections: list[tuple[PatternSet, tuple[Rule, ...], PatternSet, tuple[Rule, ...]]] = []
        by_section: dict[str | None, list[Rule]] = {}
        for rule in file.rules:
            by_section.setdefault(rule.section, []).append(rule)
        for rules in by_section.values():
            if file.dialect == "gitlab":
                rules = _one_for_each_pattern(rules)
            entries = tuple(rule for rule in rules if not rule.is_exclusion)
            exclusions = tuple(rule for rule in rules if rule.is_exclusion)
            self._sections.append(
                (
                    _pattern_set(file.dialect, entries),
                    entries,
                    _pattern_set(file.dialect, exclusions),
                    exclusions,
                )
            )
        self._answers: dict[tuple[Rule, ...], Ownership] = {}

    def owners(self, path: str) -> Ownership:
        deciding: list[Rule] = []
        for entry_set, entries, exclusion_set, exclusions in self._sections:
            if exclusions:
                excluded = exclusion_set.last_match(path)
                if excluded != NO_MATCH:
                    deciding.append(exclusions[excluded])
                    continue
            last = entry_set.last_match(path)
            if last != NO_MATCH:
                deciding.append(entries[last])
        if not deciding:
            return UNMATCHED
        key = tuple(deciding)
        answer = self._answers.get(key)
        if answer is None:
            owners = tuple(dict.fromkeys(owner for rule in key for owner in rule.owners))
            answer = self._answers[key] = Ownership(owners, key)
        return answer


def _one_for_each_pattern(rules: Sequence[Rule]) -> list[Rule]:
    """The rules of a section as GitLab holds them: the last of a pattern, in the first's place."""
    return list({gitlab_normal(rule.pattern.removeprefix("!")): rule for rule in rules}.values())


# Versions of a file mostly differ in owners: as long as one of them is in use, the next one of the
# same patterns takes over what its pattern set has learned about folders.
_shared_sets: WeakValueDictionary[tuple[Dialect, tuple[str, ...]], PatternSet] = (
    WeakValueDictionary()
)


def _pattern_set(dialect: Dialect, rules: Sequence[Rule]) -> PatternSet:
    translate = gitlab_pattern if dialect == "gitlab" else github_pattern
    key = (dialect, tuple(rule.pattern.removeprefix("!") for rule in rules))
    found = _shared_sets.get(key)
    if found is None:
        found = _shared_sets[key] = PatternSet([translate(pattern) for pattern in key[1]])
    return found


def parse(data: bytes | str, dialect: Dialect = "github") -> CodeOwners:
    """Read a CODEOWNERS file.

    Never raises for bad content: what can't be read is in `invalid_lines`. Bytes that are not
    UTF-8 are read as Windows-1252/Latin-1; a byte order mark is dropped.
    """
    text = decoded(data) if isinstance(data, bytes) else data
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    found = _parse_gitlab(lines) if dialect == "gitlab" else _parse_github(lines)
    if len(found.rules) <= _RULES_LIMIT:
        return found
    first = found.rules[_RULES_LIMIT]
    reason = f"more than {_RULES_LIMIT:,} rules: from here on they are passed over"
    invalid = InvalidLine(first.line, first.pattern[:_SHOWN], reason)
    kept = found.rules[:_RULES_LIMIT]
    return CodeOwners(dialect, kept, found.sections, (*found.invalid_lines, invalid))


def why_unusable(data: bytes) -> str | None:
    """Why a file is no list of owners whatever is in its lines; None for one that is."""
    if len(data) > MAX_BYTES:
        return f"it is larger than {MAX_BYTES} bytes, so no vendor reads it"
    return "it holds NUL bytes, so it is no text in UTF-8" if b"\0" in data else None


def has_section_headings(data: bytes) -> bool:
    """Whether a line looks like a heading, which only GitLab's dialect has."""
    return _HEADING_LINE.search(data) is not None


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8 without its byte order mark, else Latin-1; never fails."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _parse_github(lines: list[str]) -> CodeOwners:
    rules: list[Rule] = []
    invalid: list[InvalidLine] = []
    for number, raw in enumerate(lines, 1):
        line = raw.strip(_BLANK)
        if not line.strip() or line.startswith("#"):
            continue
        pattern, *words = _SPACE.split(line)
        owners: list[str] = []
        reason = None
        try:
            _check_length(pattern)
            github_pattern(pattern)
        except PatternError as error:
            reason = str(error)
        for word in words:
            name, hash_sign, _ = word.partition("#")
            if name and not _GITHUB_OWNER.fullmatch(name):
                reason = (
                    reason or f"`{name[:_SHOWN]}` is no @user, @organisation/team or e-mail address"
                )
            elif name:
                owners.append(name)
            if hash_sign:
                break
        if reason:
            invalid.append(InvalidLine(number, line[:_SHOWN], reason))
        else:
            rules.append(Rule(number, pattern, _kept(owners, line, number, invalid)))
    return CodeOwners("github", tuple(rules), (), tuple(invalid))


def _parse_gitlab(lines: list[str]) -> CodeOwners:
    rules: list[Rule] = []
    invalid: list[InvalidLine] = []
    sections: dict[str, list[Section]] = {}
    current = Section(DEFAULT_SECTION)
    for number, raw in enumerate(lines, 1):
        line = raw.strip(_BLANK)
        if not line.strip() or line.startswith("#"):
            continue
        heading = _GITLAB_HEADING.match(line)
        if heading:
            if not heading["name"].strip():
                invalid.append(InvalidLine(number, line[:_SHOWN], "the section has no name"))
                continue
            known = sections.get(heading["name"].lower())
            if known is None and len(sections) >= _SECTIONS_LIMIT:
                reason = f"more than {_SECTIONS_LIMIT:,} sections: the file ends here"
                invalid.append(InvalidLine(number, line[:_SHOWN], reason))
                break
            current = _section(heading, number, invalid, known[0] if known else None)
            sections.setdefault(current.name.lower(), []).append(current)
        elif _GITLAB_BROKEN_HEADING.fullmatch(line):
            invalid.append(
                InvalidLine(number, line[:_SHOWN], "the section heading has no closing `]`")
            )
        else:
            sections.setdefault(current.name.lower(), [current])
            try:
                rules.append(_gitlab_rule(line, number, current, invalid))
            except PatternError as error:
                invalid.append(InvalidLine(number, line[:_SHOWN], str(error)))
    merged = tuple(_merged(parts) for parts in sections.values())
    return CodeOwners("gitlab", tuple(rules), merged, tuple(invalid))


def _check_length(pattern: str) -> None:
    if len(pattern) > _PATTERN_LIMIT:
        raise PatternError(f"no path is as long as a pattern of {len(pattern)} characters")


def _section(
    heading: re.Match[str], number: int, invalid: list[InvalidLine], known: Section | None
) -> Section:
    """The section a heading opens; a repeated name keeps the spelling seen first."""
    is_optional = heading["optional"] is not None
    asked = (heading["approvals"] or "").split()
    approvals = int(asked[0].lstrip("0")[:_DIGITS] or 0) if asked else 1
    if approvals < 1:
        invalid.append(
            InvalidLine(number, heading[0][:_SHOWN], "fewer than one approval: read as one")
        )
    owners = _gitlab_owners(heading["owners"].split(), heading[0], number, invalid)
    rest = heading.string[heading.end() :]
    if rest and not rest.startswith("#"):
        reason = f"`{rest[:_SHOWN]}` behind the heading of a section is passed over"
        invalid.append(InvalidLine(number, heading.string[:_SHOWN], reason))
    name = known.name if known else heading["name"]
    return Section(name, is_optional, 0 if is_optional else max(approvals, 1), owners)


def _merged(parts: Sequence[Section]) -> Section:
    """Sections of one name: optional only if every heading is; the most approvals asked for."""
    if len(parts) == 1:
        return parts[0]
    return Section(
        parts[0].name,
        all(part.is_optional for part in parts),
        max(part.approvals for part in parts),
        tuple(dict.fromkeys(owner for part in parts for owner in part.default_owners)),
    )


def _gitlab_rule(line: str, number: int, section: Section, invalid: list[InvalidLine]) -> Rule:
    pattern, *words = _SPACE.split(line)
    _check_length(pattern)
    is_exclusion = pattern.startswith("!")
    owners: tuple[str, ...] = ()
    if not is_exclusion:
        owners = _gitlab_owners(words, line, number, invalid) if words else section.default_owners
        if not owners:
            invalid.append(
                InvalidLine(number, line[:_SHOWN], "the rule names no owner: nobody owns it")
            )
    return Rule(number, pattern, owners, section.name, is_exclusion)


def _gitlab_owners(
    words: list[str], line: str, number: int, invalid: list[InvalidLine]
) -> tuple[str, ...]:
    """The words that name an owner; after a `#` they count too, as in GitLab, but aren't judged."""
    owners: list[str] = []
    is_comment = False
    known = len(invalid)
    for word in words:
        is_comment = is_comment or word.startswith("#")
        named = [name for name in _GITLAB_OWNER.findall(word) if name]
        owners.extend(named)
        if not (named or is_comment) and len(invalid) < known + _JUDGED:
            reason = f"`{word[:_SHOWN]}` is no @user, @group or e-mail address and is passed over"
            invalid.append(InvalidLine(number, line[:_SHOWN], reason))
    return _kept(owners, line, number, invalid)


def _kept(
    owners: Sequence[str], line: str, number: int, invalid: list[InvalidLine]
) -> tuple[str, ...]:
    if len(owners) > _OWNERS_LIMIT:
        reason = f"more than {_OWNERS_LIMIT:,} owners: those behind are passed over"
        invalid.append(InvalidLine(number, line[:_SHOWN], reason))
    return tuple(owners[:_OWNERS_LIMIT])
