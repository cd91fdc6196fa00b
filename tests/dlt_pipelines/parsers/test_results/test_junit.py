"""JUnit XML: dialects, policies, encodings and mistakes."""

import hashlib
import io

import pytest

from dlt_pipelines.parsers.columns import ColumnBuffer
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.test_results import junit
from dlt_pipelines.parsers.test_results.model import CASE_COLUMNS, Sink
from tests.dlt_pipelines.parsers.test_results.reading import counts, read_cases


def read(content):
    sink = Sink()
    sink.report_id = "r1"
    data = content.encode() if isinstance(content, str) else content
    report = junit.read(data, sink)
    return report, rows_of(sink.suites), rows_of(sink.cases)


def rows_of(buffer):
    rows = []
    for batch in buffer.pop_batches():
        names = list(batch)
        rows += [
            dict(zip(names, values, strict=True)) for values in zip(*batch.values(), strict=True)
        ]
    return rows


def one_case(inside="", attributes=""):
    return suite(f'<testcase classname="c" name="n" {attributes}>{inside}</testcase>')


def suite(inside, attributes='name="s"'):
    return f"<testsuite {attributes}>{inside}</testsuite>"


@pytest.mark.parametrize(
    ("inside", "status"),
    [
        pytest.param("", "passed", id="nothing"),
        pytest.param("<skipped/>", "skipped", id="self-closing skipped"),
        pytest.param('<failure message="m"/>', "failed", id="self-closing failure"),
        pytest.param("<error/>", "errored", id="self-closing error"),
        pytest.param("<failure/><error/>", "errored", id="an error weighs more than a failure"),
        pytest.param("<skipped/><failure/>", "failed", id="a failure weighs more than a skip"),
        pytest.param('<skipped type="pytest.xfail"/>', "quarantined", id="expected failure"),
        pytest.param('<skipped type="pytest.xfail"/><error/>', "errored", id="xfail, tear-down"),
        pytest.param('<skipped type="todo"/>', "quarantined", id="TODO"),
        pytest.param('<skipped type="todo"/><failure/>', "quarantined", id="TODO that failed"),
        pytest.param('<error/><skipped type="todo"/>', "quarantined", id="TODO that broke"),
        pytest.param("<warning>w</warning>", "passed", id="PHPUnit warning"),
        pytest.param("<system-out>x</system-out>", "passed", id="output only"),
        pytest.param("<ignored/>", "skipped", id="ignored"),
        pytest.param("<skip/>", "skipped", id="skip"),
        pytest.param("<pending/>", "skipped", id="pending"),
        pytest.param('<norun type="untested"/>', "skipped", id="Twister norun"),
    ],
)
def test_children_of_a_case_decide(inside, status):
    _report, _suites, cases = read(one_case(inside))
    assert [row["status"] for row in cases] == [status]


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        pytest.param('status="notrun"', "skipped", id="GoogleTest notrun"),
        pytest.param('status="run" result="suppressed"', "skipped", id="GoogleTest suppressed"),
        pytest.param('status="run" result="completed"', "passed", id="GoogleTest completed"),
        pytest.param('status="disabled"', "skipped", id="disabled"),
        pytest.param('status="fail"', "failed", id="CTest fail"),
        pytest.param('status="Passed"', "passed", id="Passed"),
        pytest.param('skipped="true"', "skipped", id="flag"),
        pytest.param('status="error"', "errored", id="error"),
        pytest.param('status="not-run"', "skipped", id="not-run"),
        pytest.param('result="Inconclusive"', "skipped", id="inconclusive"),
        pytest.param('status="TIMED_OUT"', "errored", id="timed out"),
        pytest.param('status="1"', "passed", id="a number says nothing"),
    ],
)
def test_attributes_speak_where_children_are_silent(attributes, status):
    _report, _suites, cases = read(one_case(attributes=attributes))
    assert [row["status"] for row in cases] == [status]


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        pytest.param("1.5", 1.5, id="plain"),
        pytest.param("1,234.56", 1234.56, id="thousands"),
        pytest.param("0,25", 0.25, id="decimal comma"),
        pytest.param("1.2e-3", 0.0012, id="exponent"),
        pytest.param("-1", None, id="negative"),
        pytest.param("NaN", None, id="not a number"),
        pytest.param("inf", None, id="endless"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="word"),
        pytest.param("12 ms", 0.012, id="with unit"),
        pytest.param("9" * 400, None, id="gigantic"),
    ],
)
@pytest.mark.parametrize("inside", ["", "<skipped/>"], ids=["plain", "with child"])
def test_times(time, seconds, inside):
    report, _suites, cases = read(one_case(inside, f'time="{time}"'))
    assert cases[0]["duration_seconds"] == (None if seconds is None else pytest.approx(seconds))
    assert report.time_seconds == cases[0]["duration_seconds"]


def test_nested_suites_count_each_case_once():
    report, suites, cases = read(
        '<testsuites><testsuite name="a"><testsuite name="b"><testcase name="x"/></testsuite>'
        '<testcase name="y"/></testsuite></testsuites>'
    )
    assert report.test_count == 2
    assert {(row["name"], row["suite_path"]) for row in suites} == {("a", "a"), ("b", "a > b")}
    assert {(row["name"], row["suite_path"]) for row in cases} == {("x", "a > b"), ("y", "a")}
    inner = next(row for row in suites if row["name"] == "b")
    assert inner["parent_suite_index"] == 0


def test_a_failure_of_a_suite_is_an_errored_case():
    report, _suites, cases = read(
        suite('<error type="E" message="no set-up">t</error><testcase name="x"/>')
    )
    assert counts(report) == (2, 1, 0, 1, 0)
    synthetic = [row for row in cases if row["is_synthetic"]]
    assert [(row["name"], row["failure_message"]) for row in synthetic] == [("s", "no set-up")]


def test_declared_totals_are_kept_next_to_counted_ones():
    report, _suites, _cases = read(
        suite('<testcase name="x"/>', 'tests="5" failures="2" errors="1" skipped="1" time="9"')
    )
    declared = (report.declared_tests, report.declared_failed, report.declared_errored)
    assert (*declared, report.declared_skipped) == (5, 2, 1, 1)
    assert report.test_count == 1
    assert report.time_seconds == 9


def test_without_cases_the_declared_totals_are_the_only_word():
    report, _suites, _cases = read('<testsuite tests="5" failures="2" errors="1" skipped="1"/>')
    assert counts(report) == (5, 1, 2, 1, 1)


def test_cases_outside_of_every_suite():
    report, suites, cases = read('<testsuites><testcase name="x"/></testsuites>')
    assert (report.test_count, suites, cases[0]["suite_index"]) == (1, [], None)
    assert read('<testcase name="alone"/>')[0].test_count == 1


@pytest.mark.parametrize("inside", ["", "<properties/>"], ids=["plain", "with child"])
def test_suites_do_not_speak_for_cases_beside_them(inside):
    alone = f'<testcase name="x" classname="c" time="2">{inside}</testcase>'
    held = '<testsuite name="s" tests="1" time="4"><testcase name="y" time="3"/></testsuite>'
    report, suites, _cases = read(f"<testsuites>{alone}{held}</testsuites>")
    assert (report.test_count, report.declared_tests, suites[0]["declared_tests"]) == (2, None, 1)
    assert (report.time_seconds, report.declared_time_seconds) == (6.0, None)
    report, _suites, _cases = read(f'<testsuites tests="2" time="5">{alone}{held}</testsuites>')
    assert (report.declared_tests, report.time_seconds) == (2, 5.0)


def test_a_case_keeps_its_properties_owner_file_line_and_parameters():
    _report, _suites, cases = read(
        '<testsuite name="s" package="p"><testcase class="c" name="n[1-a]" file="t.py" line="7">'
        '<properties><property name="owner" value="payments"/>'
        '<property name="note">long</property></properties>'
        "<system-err>x</system-err></testcase></testsuite>"
    )
    row = cases[0]
    assert (row["class_name"], row["file"], row["line"], row["parameters"]) == (
        "c",
        "t.py",
        7,
        "1-a",
    )
    assert (row["owner_tag"], row["has_system_out"], row["has_system_err"]) == (
        "payments",
        False,
        True,
    )
    assert row["properties"] == '{"owner": "payments", "note": "long"}'


def test_a_long_message_is_cut_and_hashed_whole():
    details = "x" * 5000
    _report, _suites, cases = read(one_case(f"<failure>{details}</failure>"))
    assert len(cases[0]["failure_message"]) == 2000
    assert cases[0]["failure_hash"] == hashlib.sha256(f"\n{details}".encode()).hexdigest()


DOCUMENT = '<testsuite name="Prüfung"><testcase name="größer"/><testcase name="x"/></testsuite>'


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(DOCUMENT.encode("utf-8"), id="UTF-8"),
        pytest.param(DOCUMENT.encode("utf-8-sig"), id="UTF-8 with mark"),
        pytest.param(DOCUMENT.encode("utf-16"), id="UTF-16 with mark"),
        pytest.param(DOCUMENT.encode("utf-16-le"), id="UTF-16 LE without mark"),
        pytest.param(DOCUMENT.encode("utf-16-be"), id="UTF-16 BE without mark"),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + DOCUMENT.encode("latin-1"),
            id="Latin-1",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="ISO-8859-1"?>' + DOCUMENT.encode("utf-8"),
            id="declared Latin-1, is UTF-8",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="utf-16"?>' + DOCUMENT.encode("utf-8"),
            id="declared UTF-16, is UTF-8",
        ),
        pytest.param(
            b'<?xml version="1.0" encoding="klingon"?>' + DOCUMENT.encode("utf-8"),
            id="declared an unknown encoding",
        ),
        pytest.param(b"\n\n  " + DOCUMENT.encode("utf-8"), id="white space first"),
    ],
)
def test_encodings(content):
    report, suites, cases = read(content)
    assert (report.parse, suites[0]["name"]) == ("ok", "Prüfung")
    assert [row["name"] for row in cases] == ["größer", "x"]


@pytest.mark.parametrize(
    ("content", "tests"),
    [
        pytest.param(
            '<testsuite><testcase name="a < b"/><testcase name="c"/></testsuite>', 2, id="bare <"
        ),
        pytest.param(
            '<testsuite><testcase name="a && b"/><testcase name="c"/></testsuite>', 2, id="bare &"
        ),
        pytest.param(
            '<testsuite><testcase name="say "hi" now"/><testcase name="c"/></testsuite>',
            2,
            id="quotes",
        ),
        pytest.param(
            suite('<testcase name="a"><failure>x\x1b[31m</failure></testcase><testcase name="c"/>'),
            2,
            id="control character",
        ),
        pytest.param(
            suite(
                '<testcase name="a"><failure><![CDATA[x\x00y]]></failure></testcase>'
                '<testcase name="c"/>'
            ),
            2,
            id="zero character in CDATA",
        ),
        pytest.param(
            '<testsuite><testcase name="a"><failure>x</testcase><testcase name="c"/></testsuite>',
            2,
            id="end tag missing",
        ),
        pytest.param(
            suite('<testcase name="a"/>') + suite('<testcase name="c"/>'),
            2,
            id="two roots",
        ),
        pytest.param(
            '<testsuite><testcase name="a"/><testcase name="c"/></testsuite>\nDone.',
            2,
            id="text behind",
        ),
        pytest.param(
            'WARN slow\n<?xml version="1.0"?><testsuite><testcase name="a"/></testsuite>',
            1,
            id="text before",
        ),
        pytest.param(
            '<testsuite><testcase name="a" name="b"/><testcase name="c"/></testsuite>',
            2,
            id="attribute twice",
        ),
        pytest.param(
            '<testsuite><testcase name=a /><testcase name="c"/></testsuite>', 2, id="no quotes"
        ),
        pytest.param(
            '<testsuite><testcase name="a">&nbsp;</testcase><testcase name="c"/></testsuite>',
            2,
            id="unknown entity",
        ),
        pytest.param(
            "<testsuite><testcase name='a'/><!-- a -- b --><testcase name='c'/></testsuite>",
            2,
            id="bad comment",
        ),
    ],
)
def test_what_is_not_well_formed_is_read_and_says_so(content, tests):
    report, _suites, cases = read(content)
    assert (report.parse, report.test_count) == ("partial", tests)
    assert report.error
    assert cases[-1]["status"] == "passed"


def test_bytes_of_another_code_page_are_read_as_windows_1252():
    report, _suites, cases = read(b'<testsuite><testcase name="gr\xf6\xdfer"/></testsuite>')
    assert (report.parse, cases[0]["name"]) == ("partial", "größer")


def test_every_cut_off_keeps_the_cases_before_it():
    whole = (
        '<?xml version="1.0"?><testsuites><testsuite name="s" tests="3">'
        + "".join(
            f'<testcase name="t{n}"><failure message="m">é</failure></testcase>' for n in range(3)
        )
        + "</testsuite></testsuites>"
    ).encode()
    ends = [whole.find(b"</testcase>", 0) + 11]
    for _ in range(2):
        ends.append(whole.find(b"</testcase>", ends[-1]) + 11)
    suite_end = whole.find(b'"s"') + 20
    for length in range(suite_end, len(whole)):
        report, _suites, cases = read(whole[:length])
        finished = sum(end <= length for end in ends)
        assert report.parse == "partial"
        assert not report.is_complete
        assert len(cases) >= finished


def test_an_empty_document_is_refused():
    with pytest.raises(ParseError, match="empty"):
        read(b"")


def test_rows_leave_in_batches_while_the_report_is_read():
    sizes = []
    buffer = ColumnBuffer(CASE_COLUMNS, 1_000, lambda batch: sizes.append(len(batch["name"])))
    sink = Sink(cases=buffer)
    cases = "".join(f'<testcase classname="c" name="t{n}" time="0.1"/>' for n in range(10_000))
    report = junit.read(io.BytesIO(f"<testsuite>{cases}</testsuite>".encode()), sink)
    assert report.test_count == 10_000
    assert len(sizes) >= 4
    buffer.flush()
    assert sum(sizes) == 10_000


def test_plain_and_other_cases_keep_their_order():
    inside = "".join(
        f'<testcase classname="c" name="t{n}" time="1">'
        + ("<skipped/>" if n % 3 == 0 else "")
        + "</testcase>"
        for n in range(50)
    )
    _report, _suites, cases = read(f"<testsuite>{inside}</testsuite>")
    assert [row["name"] for row in cases] == [f"t{n}" for n in range(50)]
    assert [row["case_index"] for row in cases] == list(range(50))


@pytest.mark.parametrize("inside", ["", "<properties/>"], ids=["plain", "with child"])
def test_parameters_of_googletest_stand_in_attributes(inside):
    attributes = 'time="1" type_param="int" value_param="(1, 2)"'
    _report, _suites, cases = read(one_case(inside, attributes))
    assert cases[0]["parameters"] == "int, (1, 2)"


def test_owner_and_file_name_may_stand_at_the_case():
    _report, rows = read_cases(
        '<testsuite name="s"><testcase name="a" owner="payments" filename="a.cpp"/>'
        '<testcase name="b" owner="payments"><properties><property name="owner" value="search"/>'
        "</properties></testcase></testsuite>"
    )
    assert [row["owner_tag"] for row in rows] == ["payments", "search"]
    assert rows[0]["file"] == "a.cpp"


def test_a_line_may_stand_behind_the_file():
    _report, rows = read_cases(
        '<testsuite name="s"><testcase name="a" file="test/a_test.exs:7"/>'
        '<testcase name="b" file="a.js:7:3"/><testcase name="c" file="C:/a.cs" line="9"/>'
        '<testcase name="d" file="a.rb:7" line="9"/></testsuite>'
    )
    assert [(row["file"], row["line"]) for row in rows] == [
        ("test/a_test.exs", 7),
        ("a.js", 7),
        ("C:/a.cs", 9),
        ("a.rb:7", 9),
    ]


def test_the_root_suite_of_mocha_names_the_file_of_those_behind_it():
    sink = Sink()
    junit.read(
        b'<testsuites><testsuite name="Root Suite" file="a.js"/><testsuite name="A"/>'
        b'<testsuite name="Root Suite" file="b.js"/><testsuite name="B"/>'
        b'<testsuite name="C" file="c.js"/></testsuites>',
        sink,
    )
    suites = sink.suites.pop_batches()[0]
    assert suites["file"] == ["a.js", "a.js", "b.js", "b.js", "c.js"]
