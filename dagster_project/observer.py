"""What a run tells of itself while it runs, and remembers for its summary."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Protocol


class Display(Protocol):
    """Shows a run to somebody."""

    def started(self, step: str) -> None:
        """Show that a step began."""

    def said(self, step: str, text: str) -> None:
        """Show what a step has to say."""

    def finished(self, step: str, seconds: float, outcome: str) -> None:
        """Show that a step ended, with `done` or what went wrong."""

    def close(self) -> None:
        """Leave the screen."""


class PlainDisplay:
    """One line per event, for logs and pipes."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._begun = time.monotonic()

    def started(self, step: str) -> None:
        """Write that a step began."""
        self._line(f"start {step}")

    def said(self, step: str, text: str) -> None:
        """Write what a step has to say."""
        self._line(f"      {step}: {text}")

    def finished(self, step: str, seconds: float, outcome: str) -> None:
        """Write that a step ended."""
        self._line(f"{'end  ' if outcome == 'done' else outcome} {step} after {seconds:.1f} s")

    def close(self) -> None:
        """Leave nothing behind."""

    def _line(self, text: str) -> None:
        self._stream.write(f"{time.monotonic() - self._begun:6.1f} s  {text}\n")
        self._stream.flush()


class JsonDisplay:
    """One JSON object per event, for programs."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def started(self, step: str) -> None:
        """Write that a step began."""
        self._object(event="started", step=step)

    def said(self, step: str, text: str) -> None:
        """Write what a step has to say."""
        self._object(event="said", step=step, text=text)

    def finished(self, step: str, seconds: float, outcome: str) -> None:
        """Write that a step ended."""
        self._object(event="finished", step=step, seconds=round(seconds, 3), outcome=outcome)

    def close(self) -> None:
        """Leave nothing behind."""

    def _object(self, **values: Any) -> None:
        self._stream.write(json.dumps(values, ensure_ascii=False) + "\n")
        self._stream.flush()


class RichDisplay:
    """The step that runs with a clock beside it, what is done above; for a terminal."""

    def __init__(self, stream: IO[str]) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=Console(file=stream),
            transient=True,
        )
        self._tasks: dict[str, Any] = {}
        self._progress.start()

    def started(self, step: str) -> None:
        """Add a turning line."""
        self._tasks[step] = self._progress.add_task(step)

    def said(self, step: str, text: str) -> None:
        """Put the text beside the step."""
        if step in self._tasks:
            shown = text.replace("[", r"\[")
            self._progress.update(self._tasks[step], description=f"{step}  [dim]{shown}[/dim]")

    def finished(self, step: str, seconds: float, outcome: str) -> None:
        """Turn the line into one that stays."""
        if step in self._tasks:
            self._progress.remove_task(self._tasks.pop(step))
        mark = "[green]✓[/green]" if outcome == "done" else "[red]✗[/red]"
        self._progress.console.print(f"{mark} {step}  [dim]{seconds:.1f} s[/dim]")

    def close(self) -> None:
        """Give the terminal back."""
        self._progress.stop()


def display(kind: str, stream: IO[str] | None = None) -> Display:
    """Return the display of a kind: `auto`, `plain` or `json`."""
    target = stream or sys.stderr
    if kind == "json":
        return JsonDisplay(target)
    return RichDisplay(target) if kind == "auto" and target.isatty() else PlainDisplay(target)


class Observer:
    """Passed to every step; without a display it only remembers.

    Attributes:
        seconds: wall time per step.
        loads: per source what its load counted.
        gates: per gate its result as JSON.
        outcome: `published` or `unchanged` once the run got there.
        failing_models: dbt tests and models that failed.
    """

    def __init__(self, shown_by: Display | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self.loads: dict[str, dict[str, Any]] = {}
        self.gates: dict[str, dict[str, Any]] = {}
        self.failing_models: list[dict[str, Any]] = []
        self.outcome: str | None = None
        self._display = shown_by

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Show and time a step."""
        if self._display:
            self._display.started(name)
        begun = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "done"
        finally:
            self.seconds[name] = round(time.monotonic() - begun, 3)
            if self._display:
                self._display.finished(name, self.seconds[name], outcome)

    def say(self, step: str, text: str) -> None:
        """Show what a step has to say."""
        if self._display:
            self._display.said(step, text)
