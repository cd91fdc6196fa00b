"""JUnit XML: our parser against the junitparser package, on the same 200 000 cases.

Both have to say, for every case, its name, class, time and verdict; that they count the same cases,
failures and skips is checked. Each runs in a process of its own, and the processor time of the
reading alone is compared, best of several, so that a busy machine doesn't decide. Prints the ratio,
and the peak memory of our parser for one and for two times the cases, which must not grow.
"""

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

CASES = 200_000
ROUNDS = 5


def write_report(path: Path, cases: int) -> None:
    """Write a report of suites of 1 000 cases: 1 % failed, 2 % skipped."""
    with path.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n')
        for suite in range(cases // 1000):
            out.write(
                f'<testsuite name="suite{suite}" tests="1000" failures="10" errors="0"'
                f' skipped="20" time="12.5" timestamp="2026-01-02T03:04:05" hostname="runner">\n'
            )
            for index in range(1000):
                start = (
                    f'  <testcase classname="package.module{suite}.Class"'
                    f' name="test_number_{index}" time="0.{index:03d}"'
                )
                if index % 100 == 0:
                    out.write(
                        f'{start}>\n    <failure message="expected {index}" type="AssertionError">'
                        f"line one of {index}\nline two</failure>\n  </testcase>\n"
                    )
                elif index % 50 == 1:
                    out.write(f'{start}>\n    <skipped message="not today"/>\n  </testcase>\n')
                else:
                    out.write(f"{start}/>\n")
            out.write("</testsuite>\n")
        out.write("</testsuites>\n")


def read_ours(path: Path) -> tuple[int, int, int]:
    """Read with our parser into columns; return the cases, those failed and those skipped."""
    from dlt_pipelines.parsers import test_results
    from dlt_pipelines.parsers.columns import ColumnBuffer, Columns
    from dlt_pipelines.parsers.test_results.model import CASE_COLUMNS, FAILED, SKIPPED

    verdicts: Counter[str] = Counter()

    def take(columns: Columns) -> None:
        verdicts.update(columns["status"])
        if any(None in columns[part] for part in ("name", "class_name", "duration_seconds")):
            raise ValueError("a case says less than its report")

    cases = ColumnBuffer(CASE_COLUMNS, on_batch=take)
    with path.open("rb") as stream:
        test_results.read(stream, "junit-xml", test_results.Sink(cases=cases))
    cases.flush()
    return verdicts.total(), verdicts[FAILED], verdicts[SKIPPED]


def read_junitparser(path: Path) -> tuple[int, int, int]:
    """Read with junitparser; return the cases, those failed and those skipped."""
    from junitparser import Failure, JUnitXml, Skipped

    verdicts: Counter[object] = Counter()
    for suite in JUnitXml.fromfile(str(path)):
        for case in suite:
            if case.name and case.classname and case.time is not None:
                verdicts[type(case.result[0]) if case.result else None] += 1
    return verdicts.total(), verdicts[Failure], verdicts[Skipped]


READERS = {"ours": read_ours, "junitparser": read_junitparser}


def measure(reader: str, path: Path) -> dict[str, Any]:
    """Run one reader in a process of its own; return seconds, counts and peak bytes."""
    command = [sys.executable, "-m", "benchmarks.junit_parser", "--reader", reader, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _run_one(reader: str, path: Path) -> None:
    warm = path.with_suffix(".warm.xml")
    write_report(warm, 1000)
    READERS[reader](warm)
    started = time.process_time()
    counts = READERS[reader](path)
    seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "counts": counts, "peak_bytes": peak}))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", choices=sorted(READERS))
    parser.add_argument("path", nargs="?", type=Path)
    chosen, _others = parser.parse_known_args()
    if chosen.reader and chosen.path:
        _run_one(chosen.reader, chosen.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        report, double = Path(folder) / "report.xml", Path(folder) / "double.xml"
        write_report(report, CASES)
        write_report(double, 2 * CASES)
        best = dict.fromkeys(READERS, math.inf)
        expected = [CASES, CASES // 100, CASES // 50]
        # by turns, so that a machine that gets slower does so for both
        for reader in [*READERS] * ROUNDS:
            figures = measure(reader, report)
            best[reader] = min(best[reader], figures["seconds"])
            if figures["counts"] != expected:
                raise SystemExit(f"`{reader}` found {figures['counts']}, not {expected}")
        peaks = [measure("ours", path)["peak_bytes"] for path in (report, double)]
    for reader, seconds in best.items():
        print(f"{reader:12s} {CASES / seconds:10,.0f} cases/s")
    print(f"ratio        {best['junitparser'] / best['ours']:10.2f} times junitparser")
    print(f"peak memory  {peaks[0] / 2**20:.0f} MiB for {CASES:,} cases,", end=" ")
    print(f"{peaks[1] / 2**20:.0f} MiB for {2 * CASES:,}")


if __name__ == "__main__":
    main()
