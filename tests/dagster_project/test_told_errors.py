"""What readers are told of a step that failed: its innermost cause, without anybody's token."""

import dagster as dg

from dagster_project.running import _error


def test_the_innermost_cause_is_told_in_one_line_without_tokens() -> None:
    @dg.op
    def load_reports() -> None:
        cause = OSError("403 for url='https://h/r.xml?job=a&private_token=planted'\nand more")
        raise RuntimeError("the load failed") from cause

    @dg.job
    def nightly() -> None:
        load_reports()

    result = nightly.execute_in_process(raise_on_error=False)
    told = "load_reports: OSError: 403 for url='https://h/r.xml?job=a&private_token=…'"
    assert _error(result) == told
