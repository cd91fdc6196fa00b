"""JUnit XML in the dialects of pytest, Surefire, Jest (jest-junit) and Go (gotestsum)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import escape, quoteattr

from examples.simulator.ci import Job, Results
from examples.simulator.settings import stamp
from examples.simulator.suites import VARIANTS, Case

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(slots=True)
class Report:
    """One file: name inside the archive and text."""

    name: str
    text: str


@dataclass(slots=True)
class JUnitWriter:
    """Writes the reports of one repository; passing cases are rendered once and reused."""

    dialect: str
    passed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    groups: dict[int, list[tuple[str, range]]] = field(default_factory=dict)
    green: dict[tuple[int, int, int], tuple[str, int]] = field(default_factory=dict)

    def reports(self, job: Job, results: Results) -> list[Report]:
        """The report files of a job (Surefire writes one per class)."""
        host = f"runner-{job.id % 97}.simulated.example"
        when = (stamp(job.started) or "").rstrip("Z")
        tail = f' timestamp="{when}" hostname="{host}"'
        suites = [
            self._suite(group, members, results, tail)
            for group, members in self._groups(results.cases)
        ]
        if self.dialect == "surefire":
            return [
                Report(f"{job.id}/TEST-{group}.xml", f"{_HEAD}{text}\n")
                for group, text, _ in suites
            ]
        body = "".join(text for _, text, _ in suites)
        totals = [sum(values) for values in zip(*(counts for _, _, counts in suites), strict=True)]
        names = {"pytest": ' name="pytest tests"', "jest": ' name="jest tests"'}.get(
            self.dialect, ""
        )
        root = "<testsuites" + names
        if self.dialect != "pytest":
            root += _attributes(totals, with_skipped=False)
        return [Report(f"report_{job.id}.xml", f"{_HEAD}{root}>{body}</testsuites>\n")]

    def _groups(self, cases: tuple[Case, ...]) -> list[tuple[str, range]]:
        """Suites of a job as ranges of its cases; the catalogue keeps its suites, so ids stay."""
        held = self.groups.get(id(cases))
        if held is None:
            held = self.groups[id(cases)] = []
            for group, members in groupby(range(len(cases)), key=lambda index: cases[index].group):
                indexes = list(members)
                held.append((group, range(indexes[0], indexes[-1] + 1)))
        return held

    def _suite(
        self, group: str, members: range, results: Results, tail: str
    ) -> tuple[str, str, tuple[int, int, int, int, int]]:
        tests, failed, errored, skipped = len(members), 0, 0, 0
        special = [index for index in results.tries if index in members]
        if not special:
            body, spent = self._all_green(members, results)
        else:
            rows, spent = [], 0
            for index in members:
                case = results.cases[index]
                which = (results.variant + index) % VARIANTS
                found = results.tries.get(index)
                repeats = len(found) if found and self.dialect == "pytest" else 1
                spent += case.ms[which] * repeats
                tests += repeats - 1
                if found is None:
                    rows.append(self._passed(case)[which])
                    continue
                rows.extend(self._special(case, case.ms[which], found))
                words = [word for word, _ in found[-repeats:]]
                failed += words.count("failed")
                errored += words.count("errored")
                skipped += words.count("skipped") + words.count("quarantined")
            body = "".join(rows)
        counts = (tests, failed, errored, skipped, spent)
        attributes = f" name={quoteattr(group)}" + _attributes(list(counts), with_skipped=True)
        return group, f"<testsuite{attributes}{tail}>\n{body}</testsuite>", counts

    def _all_green(self, members: range, results: Results) -> tuple[str, int]:
        """Body and milliseconds of a suite in which everything just passes."""
        first = results.cases[members[0]]
        key = (id(first), len(members), (results.variant + members[0]) % VARIANTS)
        held = self.green.get(key)
        if held is None:
            places = [
                (results.cases[index], (results.variant + index) % VARIANTS) for index in members
            ]
            body = "".join(self._passed(case)[which] for case, which in places)
            held = self.green[key] = (body, sum(case.ms[which] for case, which in places))
        return held

    def _passed(self, case: Case) -> tuple[str, ...]:
        lines = self.passed.get(id(case))
        if lines is None:
            lines = self.passed[id(case)] = tuple(self._passing(case))
        return lines

    def _passing(self, case: Case) -> Iterator[str]:
        for milliseconds in case.ms:
            yield self._open(case, milliseconds) + "/>\n"

    def _open(self, case: Case, milliseconds: int) -> str:
        place = ""
        if self.dialect == "pytest":
            place = f' file="{case.path}" line="{case.line}"'
        elif self.dialect == "jest":
            place = f' file="{case.path}"'
        return (
            f"<testcase classname={quoteattr(case.class_name)} name={quoteattr(case.name)}{place}"
            f' time="{milliseconds / 1000:.3f}"'
        )

    def _special(
        self, case: Case, milliseconds: int, tries: tuple[tuple[str, str], ...]
    ) -> list[str]:
        opening = self._open(case, milliseconds)
        if self.dialect == "surefire" and len(tries) > 1:
            return [f"{opening}>{_surefire_children(tries)}</testcase>\n"]
        return [
            opening + ("/>\n" if word == "passed" else f">{_CHILDREN[word](message)}</testcase>\n")
            for word, message in tries
        ]


def _attributes(counts: list[int], *, with_skipped: bool) -> str:
    tests, failed, errored, skipped, spent = counts
    text = f' tests="{tests}" failures="{failed}" errors="{errored}"'
    if with_skipped:
        text += f' skipped="{skipped}"'
    return text + f' time="{spent / 1000:.3f}"'


def _problem(tag: str, message: str, kind: str) -> str:
    details = f"{kind}: {message}\n    at step (simulated.src:41)\n"
    return f"<{tag} message={quoteattr(message)} type={quoteattr(kind)}>{escape(details)}</{tag}>"


def _surefire_children(tries: tuple[tuple[str, str], ...]) -> str:
    if tries[-1][0] == "passed":
        return "".join(
            _problem(
                "flakyFailure" if word == "failed" else "flakyError",
                message,
                "java.lang.AssertionError",
            )
            for word, message in tries[:-1]
        )
    parts = []
    for position, (word, message) in enumerate(tries):
        tag = {"failed": ("failure", "rerunFailure"), "errored": ("error", "rerunError")}[word]
        parts.append(_problem(tag[min(position, 1)], message, "java.lang.AssertionError"))
    return "".join(parts)


_CHILDREN: dict[str, Callable[[str], str]] = {
    "failed": lambda message: _problem("failure", message, "AssertionError"),
    "errored": lambda message: _problem("error", message, "RuntimeError"),
    "skipped": lambda message: f"<skipped message={quoteattr(message)}/>",
    "quarantined": lambda message: f'<skipped type="pytest.xfail" message={quoteattr(message)}/>',
}


def merge_reports(reports: list[Report]) -> str:
    """One report that holds the suites of all of them."""
    suites = [
        report.text[report.text.index("<testsuite ") : report.text.rindex("</testsuite>") + 12]
        for report in reports
    ]
    return f'{_HEAD}<testsuites name="merged">{"".join(suites)}</testsuites>\n'


def cut_report(text: str) -> tuple[str, int]:
    """Cut a report in the middle of a case; returns what is left and how many cases are lost."""
    total = text.count("<testcase ")
    keep = total // 2
    at = -1
    for _ in range(keep + 1):
        at = text.index("<testcase ", at + 1)
    return text[: at + 18], total - keep
