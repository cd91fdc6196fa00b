"""What a run shows, in each of its forms."""

import io
import json
import re

import pytest

from dagster_project.observer import JsonDisplay, Observer, PlainDisplay, RichDisplay, display


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _run(observer: Observer) -> None:
    with observer.step("load coverage"):
        observer.say("load coverage", "3 loaded [of 4]")
    with pytest.raises(ValueError, match="broken"), observer.step("publish"):
        raise ValueError("broken")


def test_plain_lines() -> None:
    stream = io.StringIO()
    _run(Observer(PlainDisplay(stream)))
    lines = [line.split("s  ", 1)[1] for line in stream.getvalue().splitlines()]
    assert [" ".join(line.split()[:3]) for line in lines] == [
        "start load coverage",
        "load coverage: 3",
        "end load coverage",
        "start publish",
        "failed publish after",
    ]


def test_json_lines() -> None:
    stream = io.StringIO()
    _run(Observer(JsonDisplay(stream)))
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [event["event"] for event in events] == [
        "started", "said", "finished", "started", "finished",
    ]  # fmt: skip
    assert events[1]["text"] == "3 loaded [of 4]"
    assert [event.get("outcome") for event in events] == [None, None, "done", None, "failed"]


def test_terminal_shows_what_is_done() -> None:
    stream = Terminal()
    shown_by = RichDisplay(stream)
    _run(Observer(shown_by))
    shown_by.close()
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", stream.getvalue())
    assert "✓ load coverage" in plain
    assert "✗ publish" in plain


def test_nobody_watches() -> None:
    observer = Observer()
    _run(observer)
    assert set(observer.seconds) == {"load coverage", "publish"}


@pytest.mark.parametrize(
    ("kind", "stream", "expected"),
    [
        ("auto", Terminal(), RichDisplay),
        ("auto", io.StringIO(), PlainDisplay),
        ("plain", Terminal(), PlainDisplay),
        ("json", Terminal(), JsonDisplay),
    ],
    ids=["terminal", "pipe", "plain", "json"],
)
def test_display_fits_the_stream(kind: str, stream: io.StringIO, expected: type) -> None:
    shown_by = display(kind, stream)
    shown_by.close()
    assert isinstance(shown_by, expected)
