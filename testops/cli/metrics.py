"""`testops metrics`: the metric model in the terminal, as JSON and as CSV."""

import csv
import re
import sys
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from testops.cli.output import (
    console,
    duration,
    number,
    percent,
    print_json,
    show_facts,
    show_table,
    to_the_second,
)
from testops.errors import UsageError
from testops.metrics.answers import Answer, Cell, Row
from testops.metrics.catalogue import Catalogue, load_catalogue
from testops.metrics.definitions import Metric
from testops.metrics.request import Request, parse_day, parse_where
from testops.metrics.service import answer
from testops.metrics.snapshots import WEEK, WINDOWS, read
from testops.metrics.words import shown
from testops.settings import settings
from testops.warehouse import connect, current_build

_PART = "(part)"
_PART_MEANS = f"{_PART}: the data do not have all days of it."

_BETTER = {"up": "higher", "down": "lower"}
"""What is better; a metric of neither direction says nothing."""


@dataclass(frozen=True)
class Question:
    """What was written on the command line, not yet looked at."""

    metrics: tuple[str, ...]
    by: tuple[str, ...]
    where: tuple[str, ...]
    grain: str
    window: str | None
    since: str | None
    until: str | None
    compare: bool
    order: str | None
    limit: int | None

    def request(self) -> Request:
        """Return it as a request.

        Raises:
            UsageError: a part of it is not understood.
        """
        return Request(
            metrics=self.metrics,
            by=self.by,
            where=tuple(parse_where(text) for text in self.where),
            grain=self.grain,
            since=parse_day(self.since, "--since") if self.since else None,
            until=parse_day(self.until, "--until") if self.until else None,
            window=self.window,
            compare=self.compare,
            order=self.order,
            limit=self.limit,
        )


def list_metrics(*, json_output: bool) -> None:
    """Print every metric of the published build."""
    catalogue = load_catalogue(current_build(settings().published))
    if json_output:
        print_json([_described(catalogue, metric) for metric in catalogue.metrics.values()])
        return
    show_table(
        console(),
        f"{len(catalogue.metrics)} metrics",
        ["metric", "unit", "better", "owner", "what it is"],
        [
            [
                metric.name,
                metric.unit,
                _BETTER.get(str(metric.meta.get("direction")), "–"),
                str(metric.meta.get("owner", "")),
                str(metric.meta.get("formula") or metric.label),
            ]
            for metric in catalogue.metrics.values()
        ],
    )
    console().print("testops metrics describe NAME tells more of one.", markup=False)


def describe_metric(name: str, *, json_output: bool) -> None:
    """Print what is known of a metric."""
    catalogue = load_catalogue(current_build(settings().published))
    metric = catalogue.metric(name)
    described = _described(catalogue, metric)
    if json_output:
        print_json(described)
        return
    out = console()
    out.print(f"{metric.name} · {metric.label}", style="bold", markup=False)
    out.print(metric.description, markup=False)
    out.print()
    lines = [
        ("formula", described["formula"]),
        ("unit", metric.unit),
        ("better", _BETTER.get(str(described["direction"]), "")),
        ("owner", described["owner"]),
        ("also called", ", ".join(metric.synonyms)),
        ("left out", described["exclusions"]),
        ("no value means", described["null_means"]),
        ("says nothing below", f"{metric.minimum_n} observations" if metric.minimum_n > 1 else ""),
        ("example", described["example"]),
        ("made of", ", ".join(one.metric for one in metric.inputs)),
        ("reads", ", ".join(described["tables"])),
        ("version", metric.version),
    ]
    show_facts(out, [(heading, str(text)) for heading, text in lines if text])
    show_table(
        out,
        "Can be sliced and filtered by",
        ["dimension", "kind", "also called", "what it is"],
        [
            [one["name"], one["kind"], ", ".join(one["synonyms"]), one["description"]]
            for one in described["dimensions"]
        ],
    )


def show_metrics(names: tuple[str, ...], by: str, window: str, *, json_output: bool) -> None:
    """Print the ready-made values of a slice and window: of these metrics, or of all."""
    windows = {short: long for long, short in WINDOWS.items()} | {WEEK: WEEK}
    if window not in windows:
        raise UsageError(
            f"window `{shown(window)}` is not kept ready; choose one of {', '.join(windows)}, "
            "or ask `testops metrics query`"
        )
    name = windows[window]
    build = current_build(settings().published)
    asked = [load_catalogue(build).metric(one).name for one in names]
    with connect(build) as connection:
        found = read(connection, by, name, asked)
    if json_output:
        print_json({"build_id": build.build_id, "rows": found})
        return
    out = console()
    title = f"Metrics by {by}, {name.replace('_', ' ')} · data as of "
    title += str(build.manifest.get("data_as_of"))[:10]
    kept = {row["metric"] for row in found}
    absent = [f"`testops metrics query {one} --by {by}`" for one in asked if one not in kept]
    if absent:
        out.print(f"Not kept ready, or never observed: ask {', '.join(absent)}.", markup=False)
    if not found and asked:
        return
    if not found:
        out.print(
            f"{title}: none. Tables in the project's folder `organisation` say which teams and "
            "services there are; `--by repository` needs none of them, `testops status` shows "
            "what was loaded.",
            markup=False,
        )
        return
    metrics = load_catalogue(build).metrics
    parts = {one.metric for metric in metrics.values() for one in metric.inputs}
    lines = []
    for row in found:
        if row["metric"] in parts and not asked:
            continue
        metric = metrics[row["metric"]]
        before = Cell(
            row["previous_value"],
            n=row["previous_observation_count"] or 0,
            is_sufficient=metric.is_sufficient(
                row["previous_value"], row["previous_observation_count"]
            ),
        )
        cell = Cell(
            row["metric_value"],
            n=row["observation_count"],
            is_sufficient=row["is_sufficient"],
            previous=before,
        )
        is_fair = cell.is_sufficient and before.is_sufficient
        lines.append(
            [
                *([_begin(row["period_start_date"], row["is_complete"])] if name == WEEK else []),
                row["slice_name"],
                metric.name,
                _value(metric, cell),
                number(cell.n),
                _value(metric, before),
                _change(metric, cell) if is_fair else "–",
            ]
        )
    numbers = ["value", "n", "before", "change"]
    headings = [*(["from"] if name == WEEK else []), by, "metric", *numbers]
    show_table(out, title, headings, lines, right=numbers)
    if name == WEEK and not all(row["is_complete"] for row in found):
        out.print(_PART_MEANS, markup=False)
    out.print("--json has the numerators and denominators too.", markup=False)


def query_metrics(question: Question, *, json_output: bool, csv_output: bool) -> None:
    """Answer a question and print the answer."""
    if json_output and csv_output:
        raise UsageError("--json and --csv were asked for; leave one out")
    request = question.request()
    build = current_build(settings().published)
    catalogue = load_catalogue(build)
    with connect(build) as connection:
        found = answer(connection, build, catalogue, request)
    if json_output:
        print_json(found.to_json())
    elif csv_output:
        _write_csv(found)
    else:
        _show(found)


def _described(catalogue: Catalogue, metric: Metric) -> dict[str, Any]:
    models = [catalogue.models[name] for name in sorted(catalogue.models_of(metric))]
    return {
        "name": metric.name,
        "label": metric.label,
        "description": metric.description,
        "type": metric.kind,
        "unit": metric.unit,
        **{
            key: metric.meta.get(key)
            for key in ("direction", "owner", "formula", "exclusions", "null_means", "example")
        },
        "synonyms": list(metric.synonyms),
        "minimum_n": metric.minimum_n,
        "inputs": [one.metric for one in metric.inputs],
        "tables": [f"{model.schema}.{model.table}" for model in models],
        "version": metric.version,
        "dimensions": [
            {key: value for key, value in asdict(one).items() if key not in ("element", "expr")}
            for one in catalogue.dimensions_of(metric).values()
        ],
    }


def _show(found: Answer) -> None:
    out = console()
    provenance, grain = found.provenance, found.request.grain
    title = f"{found.window.since} to {found.window.until}"
    if not found.rows:
        out.print(f"{title}: no rows. {_nothing(found)}", markup=False)
        return
    columns = [*(["from"] if grain != "total" else []), *found.rows[0].slices]
    numbers = ["value", "n", *(["before", "change"] if found.request.compare else [])]
    if len(found.metrics) == 1:
        title = f"{next(iter(found.metrics))} · {title}"
    else:
        columns.append("metric")
    is_part = not all(row.is_complete for row in found.rows)
    if grain != "total":
        title += f", by {grain}"
    elif is_part:
        title += f" {_PART}"
    show_table(
        out,
        title,
        [*columns, *numbers],
        [_line(found, row, name) for row in found.rows for name in found.metrics],
        right=numbers,
    )
    if is_part:
        out.print(_PART_MEANS, markup=False)
    if found.request.compare and not any(
        cell.previous and cell.previous.n for row in found.rows for cell in row.cells.values()
    ):
        out.print(
            f"Nothing is known of the period before {found.window.since}; "
            "another --window may have one to compare with.",
            markup=False,
        )
    if found.request.where and not any(cell.n for row in found.rows for cell in row.cells.values()):
        out.print(_nothing(found), markup=False)
    gates = "gates passed" if all(gate["passed"] for gate in provenance["gates"]) else "gate FAILED"
    versions = ", ".join(f"{name} {metric.version}" for name, metric in found.metrics.items())
    hashes = " ".join(one.sha256[:12] for one in found.statements)
    as_of = to_the_second(provenance["data_as_of"])
    out.print(
        f"Build {provenance['build_id']}, data as of {as_of}, {gates}. "
        f"Versions: {versions}. SQL: {hashes}; --json has its text.",
        markup=False,
    )


def _nothing(found: Answer) -> str:
    """Say where to look when nothing was found: a value in a condition may be misspelt."""
    if not found.request.where:
        return "`testops status` shows what was loaded."
    asked = " ".join(dict.fromkeys(f"--by {one.dimension}" for one in found.request.where))
    return f"Nothing meets the conditions; {asked} instead of them shows the values there are."


def _line(found: Answer, row: Row, name: str) -> list[str]:
    metric, cell = found.metrics[name], row.cells[name]
    is_series = found.request.grain != "total"
    cells = [_begin(row.since, row.is_complete)] if is_series else []
    cells += ["–" if value is None else _plain(value) for value in row.slices.values()]
    if len(found.metrics) > 1:
        cells.append(name)
    cells += [_value(metric, cell), number(cell.n)]
    if found.request.compare:
        before = cell.previous
        cells.append("–" if before is None else _value(metric, before))
        is_fair = before is not None and cell.is_sufficient and before.is_sufficient
        cells.append(_change(metric, cell) if is_fair else "–")
    return cells


def _begin(day: date, is_complete: bool) -> str:
    return str(day) if is_complete else f"{day} {_PART}"


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(metric: Metric, cell: Cell) -> str:
    """Return a value for people; one of too few observations says so instead."""
    if cell.value is not None and not cell.is_sufficient:
        return f"n < {metric.minimum_n}"
    return _formatted(metric, cell.value)


def _change(metric: Metric, cell: Cell) -> str:
    if cell.change is None:
        return "–"
    if metric.unit == "ratio":
        said = f"{number(100 * cell.change, 1)} points"
    else:
        said = _formatted(metric, cell.change)
    # What is rounded to nothing has neither sign.
    return f"+{said}" if cell.change > 0 and re.search("[1-9]", said) else said


def _formatted(metric: Metric, value: float | None) -> str:
    if metric.unit == "ratio":
        return percent(value)
    if metric.unit == "seconds":
        return duration(value)
    if metric.unit == "hours":
        return "–" if value is None else f"{number(value, 1)} h"
    if metric.is_counted:
        # Some counts have halves.
        return number(value, 0 if value is None or value == round(value) else 1)
    return number(value, 2)


def _write_csv(found: Answer) -> None:
    """Write one line per row; every metric has its value, its n and whether that is enough."""
    names = list(found.rows[0].slices) if found.rows else list(found.request.by)
    parts = ["", "_n", "_is_sufficient"] + (["_previous"] if found.request.compare else [])
    periods = ("period_start", "period_end", "is_complete")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*periods, *names, *(m + part for m in found.metrics for part in parts)])
    for row in found.rows:
        line: list[Any] = [row.since, row.until, str(row.is_complete).lower()]
        line += row.slices.values()
        for cell in row.cells.values():
            line += [cell.value, cell.n, str(cell.is_sufficient).lower()]
            if found.request.compare:
                line.append(cell.previous.value if cell.previous else None)
        writer.writerow(["" if value is None else value for value in line])
