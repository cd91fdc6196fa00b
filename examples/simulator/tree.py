"""Files, tests and edits of a simulated repository, line by line.

A file is a tuple of line numbers that never change (*line ids*): an edit replaces, inserts or
deletes ids, so the same change can be applied to a pull request's head and later to the default
branch. The text of a line and whether tests cover it follow from its id alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from examples.simulator.organisation import Repository

_UNIT_COVERED, _INTEGRATION_COVERED = 760, 430


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One version of a file: `lines` are line ids; `text` replaces them for plain files."""

    path: str
    kind: str
    lines: tuple[int, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class TestDefinition:
    """A test as the source declares it: stable `uid`, file it lives in, name, position."""

    __test__ = False

    uid: int
    file: int
    name: str
    line: int
    base_ms: int


@dataclass(frozen=True, slots=True)
class State:
    """A tree: file uid → version, test uid → definition, regressions that are present."""

    files: dict[int, FileVersion]
    tests: dict[int, TestDefinition]
    broken: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a change; see `apply_edits` for the kinds."""

    kind: str
    uid: int
    old: int = 0
    new: int = 0
    path: str = ""
    text: str = ""
    definition: TestDefinition | None = None


@dataclass(slots=True)
class Numbers:
    """Fresh ids of one repository."""

    line: int = 1000
    uid: int = 100
    blob: dict[FileVersion, int] = field(default_factory=dict)

    def next_line(self) -> int:
        """A line id never used before."""
        self.line += 1
        return self.line

    def next_uid(self) -> int:
        """A file or test uid never used before."""
        self.uid += 1
        return self.uid


def apply_edits(state: State, edits: Iterable[Edit]) -> State:
    """Return the state after the edits; an edit whose line is gone does the nearest thing."""
    files, tests, broken = dict(state.files), dict(state.tests), set(state.broken)
    for edit in edits:
        if edit.kind in ("replace", "insert", "delete"):
            version = files.get(edit.uid)
            if version is not None:
                files[edit.uid] = replace(version, lines=_edit_lines(version.lines, edit))
        elif edit.kind == "rename":
            files[edit.uid] = replace(files[edit.uid], path=edit.path)
        elif edit.kind == "text":
            files[edit.uid] = FileVersion(edit.path, "text", text=edit.text)
        elif edit.kind == "test" and edit.definition is not None:
            tests[edit.uid] = edit.definition
        elif edit.kind == "break":
            broken.add(edit.uid)
        elif edit.kind == "mend":
            broken.discard(edit.uid)
    return State(files, tests, frozenset(broken))


def invert(edits: Iterable[Edit]) -> list[Edit]:
    """The edits that take line edits and regressions back (what `git revert` does)."""
    undone = []
    for edit in reversed(list(edits)):
        if edit.kind == "replace":
            undone.append(replace(edit, old=edit.new, new=edit.old))
        elif edit.kind == "insert":
            undone.append(Edit("delete", edit.uid, edit.old, edit.new))
        elif edit.kind == "delete":
            undone.append(Edit("insert", edit.uid, edit.old, edit.new))
        elif edit.kind == "break":
            undone.append(Edit("mend", edit.uid))
    return undone


def _edit_lines(lines: tuple[int, ...], edit: Edit) -> tuple[int, ...]:
    """Edit a file; where the line is gone, the line that now stands in its stead is taken."""
    if edit.kind == "insert":
        if edit.new in lines:
            return lines
        at = lines.index(edit.old) + 1 if edit.old in lines else edit.old % (len(lines) + 1)
        return (*lines[:at], edit.new, *lines[at:])
    wanted = edit.old if edit.kind == "replace" else edit.new
    at = lines.index(wanted) if wanted in lines else wanted % len(lines)
    if edit.kind == "replace":
        return lines if edit.new in lines else (*lines[:at], edit.new, *lines[at + 1 :])
    return (*lines[:at], *lines[at + 1 :]) if len(lines) > 10 else lines


def is_coverable(line: int) -> bool:
    """Whether the line holds code that a coverage tool counts."""
    return line % 6 != 0


def is_covered(line: int, flag: str) -> bool:
    """Whether the tests of the flag (`unit` or `integration`) run the line."""
    if flag == "unit":
        return line * 7919 % 1000 < _UNIT_COVERED
    return line * 104729 % 1000 < _INTEGRATION_COVERED


def content(version: FileVersion, language: str) -> str:
    """Text of a file version."""
    if version.text or version.kind == "text":
        return version.text
    mark = "#" if language == "pytest" else "//"
    rows = [
        f"value_{line} = step_{line % 97}(value_{line // 2}, {line % 13})"
        if is_coverable(line)
        else f"{mark} note {line} about the simulated step {line % 97}"
        for line in version.lines
    ]
    return "\n".join(rows) + "\n"


def source_path(repository: Repository, area: str, module: str) -> str:
    """Where a source file of an area lives."""
    if repository.is_monorepo:
        return f"services/{area}/src/{module}.py"
    return {
        "pytest": f"src/{area}/{module}.py",
        "surefire": f"src/main/java/com/simulated/{area}/{module.title()}.java",
        "jest": f"src/{area}/{module}.js",
        "go": f"{area}/{module}.go",
    }[repository.dialect]


def test_path(repository: Repository, area: str, module: str) -> str:
    """Where the tests of a module live."""
    if repository.is_monorepo:
        return f"services/{area}/tests/test_{module}.py"
    return {
        "pytest": f"tests/{area}/test_{module}.py",
        "surefire": f"src/test/java/com/simulated/{area}/{module.title()}Test.java",
        "jest": f"src/{area}/__tests__/{module}.test.js",
        "go": f"{area}/{module}_test.go",
    }[repository.dialect]


def test_name(repository: Repository, module: str, position: int) -> str:
    """Name of the test at a position, in the habit of the language, some with parameters."""
    if repository.dialect == "pytest":
        return f"test_{module}_{position}" + (f"[case{position % 3}]" if position % 7 == 3 else "")
    if repository.dialect == "surefire":
        return f"{module}Step{position}"
    if repository.dialect == "jest":
        return f"{module} does step {position}"
    return f"Test{module.title()}{position}" + (
        f"/case_{position % 3}" if position % 7 == 3 else ""
    )
