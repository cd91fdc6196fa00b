"""Reading a report in a test, and small reports of every format."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage.model import CoverageReport
from dlt_pipelines.parsers.head import read_head
from tests.dlt_pipelines.parsers.coverage.annotated_samples import DLANG, GCOV, LLVM_SHOW, LUACOV


@dataclass
class Rows:
    """What a report came to."""

    report: CoverageReport
    files: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, dict[int, tuple[Any, ...]]] = field(default_factory=dict)

    def file(self, path: str) -> dict[str, Any]:
        return next(row for row in self.files if row["path"] == path)

    def hits(self, path: str) -> dict[int, int | None]:
        return {number: values[0] for number, values in self.lines[path].items()}

    def branches(self, path: str) -> dict[int, tuple[int, int]]:
        return {
            number: values[1:]
            for number, values in self.lines[path].items()
            if values[1] is not None
        }

    @property
    def totals(self) -> tuple[int | None, ...]:
        report = self.report
        return (
            report.lines_valid,
            report.lines_covered,
            report.branches_valid,
            report.branches_covered,
        )


def read_rows(data: bytes, format_name: str | None = None, *, name: str = "report") -> Rows:
    """Detect (unless told) and read a report, and collect its rows."""
    if format_name is None:
        format_name = coverage.detect(read_head(data, name))
        assert format_name is not None, "no format claims the report"
    sink = coverage.Sink()
    sink.report_id = "r1"
    rows = Rows(coverage.read(data, format_name, sink, name=name))
    for batch in sink.files.pop_batches():
        rows.files += [
            dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)
        ]
    paths = {row["file_index"]: row["path"] for row in rows.files}
    for row in rows.files:
        rows.lines.setdefault(row["path"], {})
    for batch in sink.lines.pop_batches():
        for report_id, index, number, *values in zip(*batch.values(), strict=True):
            assert report_id == "r1"
            assert number not in rows.lines[paths[index]], "a line came twice"
            rows.lines[paths[index]][number] = tuple(values)
    return rows


@pytest.fixture(name="rows")
def rows_fixture():
    return read_rows


LCOV = b"""TN:unit
SF:src/a.ts
FN:1,main
FN:9,cubic-bezier(0.0, 1.0)
FNDA:3,main
FNDA:0,cubic-bezier(0.0, 1.0)
FNF:2
FNH:1
DA:1,3
DA:2,0
DA:4,12
BRDA:4,0,0,5
BRDA:4,0,1,-
BRF:2
BRH:1
LF:3
LH:2
end_of_record
"""

COBERTURA = b"""<?xml version="1.0" ?>
<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
<coverage version="7.6" line-rate="0.5" lines-valid="9" lines-covered="1" branches-valid="4"
branches-covered="2" branch-rate="0.5">
 <sources><source>/home/ci/app</source></sources>
 <packages><package name="app"><classes>
  <class name="a.py" filename="app/a.py" line-rate="0.5">
   <methods><method name="f"><lines><line number="2" hits="1"/></lines></method></methods>
   <lines>
    <line number="1" hits="1"/>
    <line number="2" hits="1" branch="true" condition-coverage="50% (1/2)" missing-branches="4"/>
    <line number="3" hits="0"/>
   </lines>
  </class>
 </classes></package></packages>
</coverage>
"""

JACOCO = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="app"><sessioninfo id="h" start="1" dump="2"/>
<package name="org/example"><class name="org/example/A" sourcefilename="A.java">
<method name="go" desc="()V" line="3"><counter type="LINE" missed="1" covered="2"/></method>
</class>
<sourcefile name="A.java"><line nr="3" mi="0" ci="4" mb="0" cb="0"/>
<line nr="4" mi="2" ci="1" mb="1" cb="1"/><line nr="5" mi="3" ci="0" mb="0" cb="0"/>
<counter type="BRANCH" missed="1" covered="1"/><counter type="LINE" missed="1" covered="2"/>
<counter type="METHOD" missed="0" covered="1"/></sourcefile>
<counter type="LINE" missed="1" covered="2"/></package>
<counter type="LINE" missed="1" covered="2"/><counter type="BRANCH" missed="1" covered="1"/>
</report>
"""

CLOVER = b"""<?xml version="1.0" encoding="UTF-8"?>
<coverage generated="1" clover="4.4.1"><project timestamp="1">
<metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1"/>
<package name="org.example"><file name="A.java" path="/w/src/A.java">
<metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1"
methods="1" coveredmethods="1"/>
<line num="3" type="method" count="4"/><line num="4" type="stmt" count="4"/>
<line num="5" type="cond" truecount="7" falsecount="0"/><line num="6" type="stmt" count="0"/>
</file></package></project></coverage>
"""

GO = b"""mode: count
example.org/app/a.go:3.10,5.2 2 7
example.org/app/a.go:8.10,8.20 1 0
"""

COVERAGE_PY = b"""{"meta": {"version": "7.6.1", "branch_coverage": true}, "files": {"app/a.py": {
"executed_lines": [1, 2], "missing_lines": [4], "excluded_lines": [9],
"executed_branches": [[2, 3]], "missing_branches": [[2, 4]],
"summary": {"covered_lines": 2, "num_statements": 3}}},
"totals": {"covered_lines": 2, "num_statements": 3, "num_branches": 2, "covered_branches": 1}}
"""

COVERAGE_TABLE = b"""============ tests coverage ============
Name        Stmts   Miss  Cover   Missing
-----------------------------------------
app/a.py       10      4    60%   3-6
app/b.py        5      0   100%
-----------------------------------------
TOTAL          15      4    73%
"""

ISTANBUL = b"""{"/w/src/a.js": {"path": "/w/src/a.js",
"statementMap": {"0": {"start": {"line": 1, "column": 0}, "end": {"line": 3, "column": 1}},
 "1": {"start": {"line": 1, "column": 9}, "end": {"line": 1, "column": 12}},
 "2": {"start": {"line": 5, "column": 0}, "end": {"line": 5, "column": 4}}},
"s": {"0": 1, "1": 6, "2": 0}, "fnMap": {}, "f": {"0": 1, "1": 0},
"branchMap": {"0": {"type": "if", "loc": {"start": {"line": 5, "column": 0}}, "locations": []}},
"b": {"0": [3, 0]}}}
"""

ISTANBUL_SUMMARY = b"""{"total": {"lines": {"total": 4, "covered": 3},
"statements": {"total": 5, "covered": 4},
"functions": {"total": 1, "covered": 1}, "branches": {"total": 2, "covered": 1}},
"/w/a.js": {"lines": {"total": 4, "covered": 3}, "functions": {"total": 1, "covered": 1},
"statements": {"total": 5, "covered": 4}, "branches": {"total": 2, "covered": 1}}}
"""

OPENCOVER = b"""<?xml version="1.0" encoding="utf-8"?>
<CoverageSession><Summary numSequencePoints="3" visitedSequencePoints="2" numBranchPoints="3"
visitedBranchPoints="2"/>
<Modules><Module skippedDueTo="Filter"><ModuleName>System</ModuleName><Classes/></Module>
<Module><ModuleName>App</ModuleName><Files><File uid="1" fullPath="C:\\w\\A.cs"/></Files>
<Classes><Class><Methods>
<Method><FileRef uid="1"/><SequencePoints>
<SequencePoint vc="2" sl="4" el="5"/><SequencePoint vc="1" sl="5" el="5"/>
<SequencePoint vc="0" sl="7" el="7"/>
<SequencePoint vc="1" sl="16707566" el="16707566"/></SequencePoints>
<BranchPoints><BranchPoint vc="1" sl="5"/><BranchPoint vc="0" sl="5"/></BranchPoints></Method>
<Method><SequencePoints><SequencePoint vc="5" sl="1"/></SequencePoints></Method>
</Methods></Class></Classes></Module></Modules></CoverageSession>
"""

SIMPLECOV = b"""{"RSpec": {"coverage": {"/w/a.rb": {"lines": [null, 1, 0, "ignored"],
"branches": {"[:if, 0, 2, 0, 3, 1]": {"[:then, 1, 2, 4, 2, 6]": 1, "[:else, 2, 3, 4, 3, 6]": 0}}}},
"timestamp": 1}, "Minitest": {"coverage": {"/w/a.rb": {"lines": [null, 2, 3, null]}},
"timestamp": 2}}
"""

LLVM = b"""{"data": [{"files": [{"filename": "/w/a.c", "segments": [
[1, 1, 2, true, true, false], [3, 5, 0, true, true, false], [4, 2, 2, true, false, false],
[6, 2, 0, false, false, false]],
"branches": [[3, 1, 3, 9, 1, 0, 0, 0, 4]],
"summary": {"lines": {"count": 6, "covered": 5}, "branches": {"count": 2, "covered": 1},
"functions": {"count": 1, "covered": 1}}}],
"totals": {"lines": {"count": 6, "covered": 5}}}], "type": "llvm.coverage.json.export",
"version": "2.0.1"}
"""

SONARQUBE = b"""<coverage version="1"><file path="src/a.js">
<lineToCover lineNumber="2" covered="true"/><lineToCover lineNumber="3" covered="false"/>
<lineToCover lineNumber="4" covered="true" branchesToCover="4" coveredBranches="3"/></file>
</coverage>
"""

GCOVR = b"""{"gcovr/format_version": "0.6", "files": [{"file": "src/a.cpp", "lines": [
{"line_number": 8, "function_name": "f", "count": 0, "branches": []},
{"line_number": 8, "function_name": "g", "count": 2, "branches": [{"count": 1}, {"count": 0}]},
{"line_number": 9, "count": 0, "gcovr/noncode": true, "branches": []},
{"line_number": 10, "count": 0, "branches": []}]}]}
"""

GCOVR_SUMMARY = b"""{"gcovr/summary_format_version": "0.6", "line_total": 4, "line_covered": 3,
"branch_total": 2, "branch_covered": 1, "files": [{"filename": "a.cpp", "line_total": 4,
"line_covered": 3, "branch_total": 2, "branch_covered": 1, "function_total": 1,
"function_covered": 1}]}
"""

GCC_JSON = b"""{"gcc_version": "14.1", "format_version": "2", "files": [{"file": "a.c",
"functions": [{"name": "f", "execution_count": 2}], "lines": [
{"line_number": 3, "count": 2, "branches": []}, {"line_number": 4, "count": 0, "branches": []}]}]}
"""

CODECOV = b'{"coverage": {"src/a.rs": {"1": "1/1", "2": "0/2", "3": 4, "4": null, "5": true}}}'

COVERALLS = b"""{"service_name": "ci", "source_files": [{"name": "a.c", "coverage": [null, 3, 0],
"branches": [2, 0, 0, 1, 2, 0, 1, 0]}]}
"""

DOTCOVER = b"""<?xml version="1.0"?>
<Root CoveredStatements="1" TotalStatements="2" DotCoverVersion="2023.3">
<FileIndices><File Index="1" Name="C:\\w\\A.cs"/></FileIndices><Assembly><Type><Method>
<Statement FileIndex="1" Line="3" EndLine="4" Covered="True"/>
<Statement FileIndex="1" Line="4" EndLine="4" Covered="False"/>
<Statement FileIndex="1" Line="6" EndLine="6" Covered="False"/></Method></Type></Assembly></Root>
"""

NCOVER = b"""<coverage profilerVersion="1.5.8"><module name="A.dll"><method name="f">
<seqpnt visitcount="3" line="9" document="C:\\w\\A.cs" excluded="false"/>
<seqpnt visitcount="1" line="9" document="C:\\w\\A.cs" excluded="false"/>
<seqpnt visitcount="0" line="10" document="C:\\w\\A.cs" excluded="false"/>
<seqpnt visitcount="0" line="11" document="C:\\w\\A.cs" excluded="true"/></method></module>
</coverage>
"""

MPROF = b"""<coverage version="0.3"><assembly name="Test" method-count="1"/>
<method assembly="Test" class="A" name="f" filename="C:\\w\\A.cs">
<statement offset="0" counter="162911408" line="30"/><statement offset="1" counter="0" line="31"/>
</method></coverage>
"""

VS_DATA_SET = """<CoverageDSPriv><Module><ModuleName>app.dll</ModuleName><NamespaceTable><Class>
<Method>
<Lines><LnStart>3</LnStart><LnEnd>4</LnEnd><Coverage>0</Coverage><SourceFileID>1</SourceFileID>
</Lines>
<Lines><LnStart>6</LnStart><LnEnd>6</LnEnd><Coverage>2</Coverage><SourceFileID>1</SourceFileID>
</Lines>
<Lines><LnStart>7</LnStart><LnEnd>7</LnEnd><Coverage>1</Coverage><SourceFileID>1</SourceFileID>
</Lines>
</Method></Class></NamespaceTable></Module><SourceFileNames><SourceFileID>1</SourceFileID>
<SourceFileName>C:\\w\\A.cs</SourceFileName></SourceFileNames></CoverageDSPriv>
""".encode("utf-16")

VS_RESULTS = b"""<results><modules><module name="app.dll"><functions><function>
<ranges><range source_id="0" covered="yes" start_line="3" end_line="4"/>
<range source_id="0" covered="no" start_line="6" end_line="6"/>
<range source_id="0" covered="partial" start_line="7" end_line="7"/></ranges></function></functions>
<source_files><source_file id="0" path="C:\\w\\A.cs"/></source_files></module></modules></results>
"""

SCOVERAGE = b"""<scoverage statement-count="3" statements-invoked="2" version="1.0"><packages>
<package>
<classes><class filename="A.scala"><methods><method><statements>
<statement source="A.scala" line="4" branch="true" invocation-count="1" ignored="false"/>
<statement source="A.scala" line="4" branch="false" invocation-count="5" ignored="false"/>
<statement source="A.scala" line="6" branch="true" invocation-count="0" ignored="false"/>
<statement source="A.scala" line="7" branch="true" invocation-count="0" ignored="true"/>
</statements></method></methods></class></classes></package></packages></scoverage>
"""

OCTOCOV = b"""{"repository": "o/r", "coverage": {"type": "statement", "format": "Go coverage",
"total": 3, "covered": 2, "files": [{"file": "a.go", "total": 3, "covered": 2,
"blocks": [{"start_line": 2, "end_line": 3, "num_stmt": 2, "count": 4}]}]}}
"""

REPORTGENERATOR = b"""{"summary": {"coverablelines": 10, "coveredlines": 7, "totalbranches": 4,
"coveredbranches": 1}, "coverage": {"assemblies": [{"name": "App", "classesinassembly": [
{"name": "App.A", "coverablelines": 10, "coveredlines": 7, "totalbranches": 4,
"coveredbranches": 1}]}]}}
"""

XCCOV = b"""{"executableLines": 6, "coveredLines": 5, "targets": [
{"name": "Shop.app", "executableLines": 3, "coveredLines": 2, "files": [{"name": "Cart.swift",
"path": "/w/Shop/Cart.swift", "executableLines": 3, "coveredLines": 2, "functions": [
{"name": "add()", "executionCount": 4}, {"name": "drop()", "executionCount": 0}]}]},
{"name": "ShopKit", "executableLines": 3, "coveredLines": 3, "files": [{"name": "Cart.swift",
"path": "/w/Shop/Cart.swift", "executableLines": 3, "coveredLines": 3, "functions": []}]}]}
"""

XCCOV_LINES = b"""{"/w/Shop/Cart.swift": [{"line": 1, "isExecutable": false},
{"line": 2, "isExecutable": true, "executionCount": 7},
{"line": 3, "isExecutable": true, "executionCount": 0, "subranges": [{"executionCount": 1}]}]}
"""

TARPAULIN = b"""{"files": [{"path": ["/", "w", "src", "cart.rs"], "content": "", "traces": [
{"line": 2, "address": [], "length": 1, "stats": {"Line": 3}},
{"line": 4, "address": [], "length": 1, "stats": {"Line": 0}},
{"line": 4, "address": [], "length": 1, "stats": {"Branch": {"been_true": true,
"been_false": false}}}], "covered": 1, "coverable": 2}]}
"""

COVDIR = b"""{"name": "", "coveragePercent": 50.0, "linesTotal": 2, "linesCovered": 1,
"linesMissed": 1, "children": {"src": {"name": "src", "coveragePercent": 50.0, "linesTotal": 2,
"linesCovered": 1, "linesMissed": 1, "children": {"cart.rs": {"name": "cart.rs",
"coverage": [-1, 8, 0], "coveragePercent": 50.0, "linesTotal": 2, "linesCovered": 1,
"linesMissed": 1}}}}}
"""

JACOCO_CSV = b"""\
GROUP,PACKAGE,CLASS,INSTRUCTION_MISSED,INSTRUCTION_COVERED,BRANCH_MISSED,BRANCH_COVERED,\
LINE_MISSED,LINE_COVERED,COMPLEXITY_MISSED,COMPLEXITY_COVERED,METHOD_MISSED,METHOD_COVERED
shop,org.shop.cart,Cart,5,20,1,3,2,6,1,3,1,2
shop,org.shop.cart,Cart.Line,0,4,0,0,0,1,0,1,0,1
"""

SALESFORCE = b"""{"coverage": {"coverage": [{"id": "01p1", "name": "CartController",
"totalLines": 3, "totalCovered": 2, "coveredPercent": 67, "lines": {"3": 1, "5": 0, "8": 1}}],
"records": [], "summary": {"totalLines": 3, "coveredLines": 2}}}
"""

PHPUNIT = b"""<?xml version="1.0"?>
<phpunit xmlns="https://schema.phpunit.de/coverage/1.0"><build phpunit="11.2"/>
<project source="/w/src"><directory name="/"><totals><lines executable="9" executed="7"/></totals>
<directory name="Cart"><file name="Cart.php" href="Cart/Cart.php.xml"><totals>
<lines total="20" executable="5" executed="4" percent="80.00"/><methods count="2" tested="1"/>
<functions count="1" tested="1"/></totals></file></directory>
<file name="Till.php" href="Till.php.xml"><totals><lines executable="4" executed="3"/></totals>
</file></directory></project></phpunit>
"""

SAMPLES: dict[str, tuple[bytes, tuple[int | None, ...]]] = {
    "lcov": (LCOV, (3, 2, 2, 1)),
    "cobertura-xml": (COBERTURA, (3, 2, 2, 1)),
    "jacoco-xml": (JACOCO, (3, 2, 2, 1)),
    "clover-xml": (CLOVER, (3, 2, 2, 1)),
    "go-cover": (GO, (4, 3, None, None)),
    "coveragepy-json": (COVERAGE_PY, (3, 2, 2, 1)),
    "coveragepy-text": (COVERAGE_TABLE, (15, 11, None, None)),
    "istanbul-json": (ISTANBUL, (2, 1, 2, 1)),
    "istanbul-summary-json": (ISTANBUL_SUMMARY, (4, 3, 2, 1)),
    "opencover-xml": (OPENCOVER, (3, 2, 2, 1)),
    "simplecov-json": (SIMPLECOV, (2, 2, 2, 1)),
    "llvm-cov-json": (LLVM, (6, 5, 2, 1)),
    "sonarqube-generic-xml": (SONARQUBE, (3, 2, 4, 3)),
    "gcov-text": (GCOV, (5, 3, 2, 1)),
    "gcov-json": (GCC_JSON, (2, 1, 0, 0)),
    "gcovr-json": (GCOVR, (3, 1, 2, 1)),
    "gcovr-summary-json": (GCOVR_SUMMARY, (4, 3, 2, 1)),
    "codecov-json": (CODECOV, (4, 3, 5, 2)),
    "coveralls-json": (COVERALLS, (2, 1, 2, 1)),
    "dotcover-xml": (DOTCOVER, (3, 2, None, None)),
    "ncover-xml": (NCOVER, (2, 1, None, None)),
    "mprof-xml": (MPROF, (2, 1, None, None)),
    "vs-coverage-ds-xml": (VS_DATA_SET, (4, 3, None, None)),
    "vs-coverage-xml": (VS_RESULTS, (4, 3, None, None)),
    "scoverage-xml": (SCOVERAGE, (2, 1, 2, 1)),
    "octocov-json": (OCTOCOV, (3, 2, None, None)),
    "reportgenerator-summary-json": (REPORTGENERATOR, (10, 7, 4, 1)),
    "xccov-json": (XCCOV, (3, 3, None, None)),
    "xccov-lines-json": (XCCOV_LINES, (2, 1, None, None)),
    "tarpaulin-json": (TARPAULIN, (2, 1, 2, 1)),
    "covdir-json": (COVDIR, (2, 1, None, None)),
    "jacoco-csv": (JACOCO_CSV, (9, 7, 4, 3)),
    "salesforce-json": (SALESFORCE, (3, 2, None, None)),
    "phpunit-xml": (PHPUNIT, (9, 7, None, None)),
    "llvm-cov-text": (LLVM_SHOW, (3, 2, 2, 1)),
    "luacov-text": (LUACOV, (2, 1, None, None)),
    "dlang-text": (DLANG, (2, 1, None, None)),
}
"""Format → a small report, and its (lines valid, covered, branches valid, covered)."""


@pytest.fixture(params=sorted(SAMPLES))
def sample(request) -> tuple[str, bytes, tuple[int | None, ...]]:
    """Every format in turn: its name, a small report, the totals."""
    return (request.param, *SAMPLES[request.param])


@pytest.fixture(scope="session")
def samples() -> dict[str, tuple[bytes, tuple[int | None, ...]]]:
    """Small reports of every format."""
    return SAMPLES
