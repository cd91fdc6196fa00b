"""Coverage reports (lcov, Cobertura, JaCoCo) of a tree; unchanged files are reused."""

from dataclasses import dataclass, field

from examples.simulator.organisation import Repository
from examples.simulator.tree import FileVersion, State, is_coverable, is_covered


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Coverage of one file version under one flag: part of a report, and its counts."""

    text: str
    valid: int
    covered: int


@dataclass(slots=True)
class CoverageWriter:
    """Writes the reports of one repository."""

    repository: Repository
    made: dict[tuple[FileVersion, str], FileCoverage] = field(default_factory=dict)
    merged: dict[FileVersion, tuple[int, int]] = field(default_factory=dict)

    def report(self, state: State, flag: str) -> tuple[str, str]:
        """(file name, text) of the coverage report of a flag."""
        files = [self._file(version, flag) for version in _sources(state)]
        valid, covered = sum(f.valid for f in files), sum(f.covered for f in files)
        body = "".join(each.text for each in files)
        rate = covered / valid if valid else 1.0
        kind = self.repository.coverage
        if kind == "lcov":
            return "lcov.info", body
        if kind == "cobertura":
            return "coverage.xml", (
                f'<?xml version="1.0" ?>\n<coverage version="7.6.1" timestamp="1780000000000"'
                f' lines-valid="{valid}"'
                f' lines-covered="{covered}" line-rate="{rate:.4f}"'
                ' branches-covered="0" branches-valid="0"'
                ' branch-rate="0" complexity="0">\n<sources><source>.</source></sources>\n'
                f'<packages><package name="." line-rate="{rate:.4f}" branch-rate="0"'
                ' complexity="0"><classes>\n'
                f"{body}</classes></package></packages></coverage>\n"
            )
        packages: dict[str, str] = {}
        for version in _sources(state):
            folder = version.path.removeprefix("src/main/java/").rsplit("/", 1)[0]
            packages[folder] = packages.get(folder, "") + self._file(version, flag).text
        inner = "".join(
            f'<package name="{name}">{text}</package>' for name, text in packages.items()
        )
        return "jacoco.xml", (
            '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE report PUBLIC'
            ' "-//JACOCO//DTD Report 1.1//EN"'
            f' "report.dtd"><report name="{self.repository.name}">'
            '<sessioninfo id="simulated" start="1" dump="2"/>'
            f'{inner}<counter type="LINE" missed="{valid - covered}"'
            f' covered="{covered}"/></report>\n'
        )

    def counts(self, state: State, flags: tuple[str, ...]) -> list[tuple[str, int, int]]:
        """(path, valid, covered) of each source file, merged over the flags."""
        found = []
        for version in _sources(state):
            key = (version, "|".join(flags))
            one = self.made.get(key)
            if one is None:
                lines = [line for line in version.lines if is_coverable(line)]
                hit = sum(any(is_covered(line, flag) for flag in flags) for line in lines)
                one = self.made[key] = FileCoverage("", len(lines), hit)
            found.append((version.path, one.valid, one.covered))
        return found

    def _file(self, version: FileVersion, flag: str) -> FileCoverage:
        key = (version, flag)
        if key not in self.made:
            rows = [
                (number, 1 + line % 9 if is_covered(line, flag) else 0)
                for number, line in enumerate(version.lines, 1)
                if is_coverable(line)
            ]
            covered = sum(hits > 0 for _, hits in rows)
            self.made[key] = FileCoverage(
                _FORMATS[self.repository.coverage](version.path, rows, covered), len(rows), covered
            )
        return self.made[key]


def _sources(state: State) -> list[FileVersion]:
    return [version for version in state.files.values() if version.kind == "source"]


def _lcov(path: str, rows: list[tuple[int, int]], covered: int) -> str:
    lines = "".join(f"DA:{number},{hits}\n" for number, hits in rows)
    return f"TN:\nSF:{path}\n{lines}LF:{len(rows)}\nLH:{covered}\nend_of_record\n"


def _cobertura(path: str, rows: list[tuple[int, int]], covered: int) -> str:
    lines = "".join(f'<line number="{number}" hits="{hits}"/>' for number, hits in rows)
    rate = covered / len(rows) if rows else 1.0
    name = path.rsplit("/", 1)[-1]
    return (
        f'<class name="{name}" filename="{path}" complexity="0"'
        f' line-rate="{rate:.4f}" branch-rate="0">'
        f"<methods/><lines>{lines}</lines></class>\n"
    )


def _jacoco(path: str, rows: list[tuple[int, int]], covered: int) -> str:
    lines = "".join(
        f'<line nr="{number}" mi="{0 if hits else 3}" ci="{3 if hits else 0}" mb="0" cb="0"/>'
        for number, hits in rows
    )
    name = path.rsplit("/", 1)[-1]
    return (
        f'<sourcefile name="{name}">{lines}<counter type="LINE" missed="{len(rows) - covered}"'
        f' covered="{covered}"/></sourcefile>'
    )


_FORMATS = {"lcov": _lcov, "cobertura": _cobertura, "jacoco": _jacoco}
