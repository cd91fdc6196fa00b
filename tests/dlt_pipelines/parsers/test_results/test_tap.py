"""TAP: logs of several files, and what a point says of its failure."""

import pytest

from dlt_pipelines.parsers import test_results
from dlt_pipelines.parsers.head import read_head
from dlt_pipelines.parsers.test_results import tap
from dlt_pipelines.parsers.test_results.model import Sink


def read(*lines):
    sink = Sink()
    report = tap.read("\n".join(lines).encode(), sink)
    rows = [
        dict(zip(batch, values, strict=True))
        for batch in sink.cases.pop_batches()
        for values in zip(*batch.values(), strict=True)
    ]
    return report, rows


FIRST = ("t/00.t .. ", "1..2", "ok 1 - one", "ok 2 - two", "ok")
LAST = ("t/long_name.t ..... ", "ok 1 - three", "not ok 2 - four", "1..2", "Dubious", "Failed 1/2")


@pytest.mark.parametrize(
    ("lines", "tests", "planned", "is_complete"),
    [
        pytest.param((*FIRST, *LAST), 4, 4, True, id="plan first, plan last"),
        pytest.param((*LAST, *FIRST, *LAST), 6, 6, True, id="plan last, plan first"),
        pytest.param((*FIRST[:-2], *LAST), 3, 4, False, id="a file that died"),
        pytest.param(FIRST[1:], 2, 2, True, id="bare ok behind a full plan"),
        pytest.param((*FIRST, "t/1.t ..", "1..0 # SKIP", "skipped"), 2, 2, True, id="skipped"),
        pytest.param(("1..3", "ok", "not ok", "ok"), 3, 3, True, id="points without numbers"),
        pytest.param(("1..2", "ok 1", "ok"), 2, 2, True, id="a plan that is not full"),
        pytest.param(("1..2", "ok 1", "loading x.y ...", "ok 2"), 2, 2, True, id="other dots"),
    ],
)
def test_a_log_of_prove_holds_a_stream_per_file(lines, tests, planned, is_complete):
    report, _cases = read(*lines)
    found = report.test_count, report.declared_tests, report.is_complete
    assert found == (tests, planned, is_complete)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        pytest.param(["message: no net", "severity: fail"], "no net", id="message"),
        pytest.param(["code: 1", "error: 'no net'"], "no net", id="error, quoted"),
        pytest.param(["error: |-", "  no net", "  at x"], "no net", id="block"),
        pytest.param(["error: |-", "error: no net"], "error: no net", id="block like a key"),
        pytest.param(["operator: equal"], "fails", id="neither"),
    ],
)
def test_a_failure_says_what_its_details_say(block, message):
    _report, cases = read("1..1", "not ok 1 - fails", "  ---", *(f"  {x}" for x in block), "  ...")
    assert cases[0]["failure_message"] == message
    assert block[0] in cases[0]["failure_details"]


def test_bats_puts_the_time_behind_the_name():
    _report, cases = read(
        "1..3", "ok 1 adds in 12ms", "not ok 2 ends in time in 2sec", "ok 3 a in 0ms # skip no net"
    )
    assert [(row["name"], row["duration_seconds"], row["status"]) for row in cases] == [
        ("adds", 0.012, "passed"),
        ("ends in time", 2.0, "failed"),
        ("a", 0.0, "skipped"),
    ]


@pytest.mark.parametrize("lines", [["ok 1 ends in 5s", "ok 2 adds"], ["ok 1 - ends in 5s"]])
def test_names_that_end_with_a_time_elsewhere_are_left_alone(lines):
    _report, cases = read(f"1..{len(lines)}", *lines)
    assert (cases[0]["name"], cases[0]["duration_seconds"]) == ("ends in 5s", None)


def names_and_messages(*lines):
    _report, cases = read(*lines)
    return [(case["name"], case["status"], case["failure_message"]) for case in cases]


def test_a_dash_without_a_name_has_it_behind_the_directive():
    """So do Busted and Crystal; without a dash it is a reason."""
    lines = ("1..3", "ok 1 - # SKIP outer later", "ok 2 # SKIP no network", "not ok 3 - # TODO t")
    assert names_and_messages(*lines) == [
        ("outer later", "skipped", "outer later"),
        ("test 2", "skipped", "no network"),
        ("t", "quarantined", "t"),
    ]


def test_details_of_subtests_belong_to_the_point_behind_them():
    details = ("  ---", "  message: of the subtest", "  duration_ms: 7", "  ...")
    inner = ("    not ok 1 - deep", *("    " + line for line in details), "    1..1")
    said = [("one", "skipped", "one"), ("two", "failed", "two")]
    lines = ("1..2", "ok 1 - one # SKIP", "# Subtest: two", *inner, "not ok 2 - two")
    assert names_and_messages(*lines) == said
    lines = ("1..2", "ok 1 - one # SKIP", *inner, "not ok 2 - two")
    assert names_and_messages(*lines) == said
    assert [case["duration_seconds"] for case in read(*lines)[1]] == [None, None]
    # In braces they stand behind the point that sums them up.
    lines = ("1..2", "ok 1 - one # SKIP", "not ok 2 - two # time=1.5ms {", *inner, "}")
    assert names_and_messages(*lines) == [said[0], ("two", "failed", "of the subtest")]
    assert [case["duration_seconds"] for case in read(*lines)[1]] == [None, 0.0015]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        pytest.param('{"message":"no\\nat a.ts:3","severity":"fail"}', "no\nat a.ts:3", id="JSON"),
        pytest.param('{"message": 3}', "one", id="a number"),
        pytest.param('{"severity": "fail"}', "one", id="without a message"),
        pytest.param('{"message": "cut', "one", id="cut off"),
        pytest.param("{" * 50_000, "one", id="deep"),
        pytest.param("[1]", "one", id="a list"),
    ],
)  # fmt: skip
def test_details_may_be_json(block, message):
    lines = ("1..1", "not ok 1 - one", "  ---", f"  {block}", "  ...")
    assert names_and_messages(*lines) == [("one", "failed", message)]


def test_an_expected_failure_of_node_is_a_pass_and_no_part_of_the_name():
    lines = ("1..2", "ok 1 - a # EXPECTED FAILURE", "not ok 2 - b # EXPECTED FAILURE passed")
    assert names_and_messages(*lines) == [("a", "passed", None), ("b", "failed", "passed")]


def test_bats_tells_timeouts_behind_the_name_and_no_time_of_failed_files():
    lines = (
        "1..4",
        "ok 1 quick in 4ms",
        "not ok 2 slow in 1100ms # timeout after 1s",
        "not ok 3 setup_file failed",
        "ok 4 later in 2ms # skip why",
    )
    _report, cases = read(*lines)
    assert [
        (case["name"], case["duration_seconds"], case["failure_message"]) for case in cases
    ] == [
        ("quick", 0.004, None),
        ("slow", 1.1, "timeout after 1s"),
        ("setup_file failed", None, "setup_file failed"),
        ("later", 0.002, "why"),
    ]
    assert names_and_messages("1..1", "not ok 1 slow # timeout after 1s") == [
        ("slow", "failed", "timeout after 1s")
    ]


@pytest.mark.parametrize("first", ["ok 1 - one", "not ok 1 - one"])
def test_a_block_of_details_which_nothing_closes_ends_at_the_margin(first):
    lines = (first, "  ---", "  message: cut", "  ok 7: no point", "not ok 2 - two", "1..2")
    status = "passed" if first.startswith("ok") else "failed"
    message = None if status == "passed" else "cut"
    assert names_and_messages(*lines) == [("one", status, message), ("two", "failed", "two")]
    report, _cases = read(*lines)
    assert report.is_complete
    # The plan and the end of the run stand at the margin as well.
    assert read("ok 1 - one", "  ---", "  a: b", "1..1")[0].is_complete
    bailed_out, cases = read("1..1", "ok 1 - one", "  ---", "  a: b", "Bail out!", "ok 2")
    assert (bailed_out.is_complete, len(cases)) == (False, 1)


def test_a_run_that_ends_before_its_first_point_is_tap_without_tests():
    lines = b"TAP version 13\nBail out! # no database\n"
    assert test_results.detect(read_head(lines)) == "tap"
    report, cases = read("TAP version 13", "Bail out! # no database")
    assert (report.test_count, report.is_complete, cases) == (0, False, [])
    assert test_results.detect(read_head(b"TAP version 13\nBailing out\n")) is None


@pytest.mark.parametrize(
    ("points", "counted"),
    [
        (("ok 1 - x() # SKIP a", "ok 1 - x() # SKIP b"), [("x()", "skipped", "a")]),
        (("not ok 1 - x() # TODO a", "ok 1 - x() # SKIP b"), [("x()", "skipped", "b")]),
        (("ok 1 - x()", "ok 1 - x() # TODO b"), [("x()", "quarantined", "b")]),
        (("not ok 1 - x()", "ok 1 - x() # SKIP b"), [("x()", "failed", "x()")]),
        (("ok 1 - x() # SKIP a", "not ok 1 - x()"), [("x()", "failed", "x()")]),
        (("ok 1 - x", "ok 1 - y"), [("x", "passed", None), ("y", "passed", None)]),
        (("ok 1 - x", "ok 2 - x"), [("x", "passed", None), ("x", "passed", None)]),
        (("ok - x", "ok - x"), [("x", "passed", None), ("x", "passed", None)]),
        (("ok 1", "ok 1"), [("test 1", "passed", None), ("test 1", "passed", None)]),
        (("1..1", "ok 1 - x", "1..1", "ok 1 - x"), [("x", "passed", None)] * 2),
    ],
)
def test_a_point_told_again_is_one_test_of_which_the_worst_counts(points, counted):
    assert names_and_messages(*points) == counted


def test_details_of_a_point_told_again_are_its_own():
    def block(message):
        return ("  ---", f"  # {message}", "  at: f()", "  ...")

    _report, [row] = read("not ok 1 - x", *block("one"), "not ok 1 - x", *block("two"), "1..1")
    assert (row["failure_message"], row["failure_details"]) == ("one", "# one\nat: f()")
    skipped = ("ok 1 - x # SKIP", *block("one"), "not ok 1 - x", *block("two"), "1..1")
    report, [row] = read(*skipped)
    assert (row["failure_message"], row["failure_details"]) == ("two", "# two\nat: f()")
    assert (report.test_count, report.is_complete) == (1, True)
    named = ("not ok 1 - x", "  ---", "  # aside", "  message: no", "  # more", "  ...")
    assert names_and_messages(*named) == [("x", "failed", "no")]
    late = ("not ok 1 - x", "  ---", "  at: f()", "  # more", "  ...")
    assert names_and_messages(*late) == [("x", "failed", "x")]


def test_a_plan_between_the_points_is_a_plan():
    report, rows = read("TAP version 13", "ok 1 - a", "1..3", "ok 2 - b", "not ok 3 - c")
    assert [row["status"] for row in rows] == ["passed", "passed", "failed"]
    assert (report.declared_tests, report.is_complete) == (3, True)
