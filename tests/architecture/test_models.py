"""The form of the dbt project, read from its manifest."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

LAYERS = ("staging", "intermediate", "core", "marts")
MAY_READ = {
    "staging": {"source", "seed"},
    "intermediate": {"staging", "intermediate", "seed"},
    "core": {"staging", "intermediate", "core", "seed"},
    "marts": {"core", "marts", "seed"},
}
NAMES = {
    "staging": r"stg_[a-z0-9_]+__[a-z0-9_]+",
    "intermediate": r"int_[a-z0-9_]+",
    "core": r"(dim|fct|bridge)_[a-z0-9_]+",
    "marts": r"mart_(pipeline|test|coverage|risk|delivery|quality|insight)__[a-z0-9_]+",
}
PUBLIC = ("core", "marts")
MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models"


def layer(node: dict) -> str:
    return node["fqn"][1]


def test_every_model_is_in_a_known_layer(models):
    assert {layer(model) for model in models} <= {*LAYERS, "metrics"}


def test_names_follow_the_grammar(models):
    wrong = [
        model["name"]
        for model in models
        if layer(model) in NAMES and not re.fullmatch(NAMES[layer(model)], model["name"])
    ]
    assert wrong == []


def test_models_read_only_the_layer_below(manifest, models):
    wrong = []
    for model in models:
        if layer(model) not in MAY_READ:
            continue
        for parent_id in model["depends_on"]["nodes"]:
            kind = parent_id.split(".")[0]
            parent = kind if kind != "model" else layer(manifest["nodes"][parent_id])
            if parent not in MAY_READ[layer(model)]:
                wrong.append(f"{model['name']} reads {parent_id}")
    assert wrong == []


def test_every_rule_of_the_seeds_is_read(repository, models):
    """A limit that stands beside its seed is changed there in vain."""
    seeds = repository / "dbt_project" / "seeds"
    for seed, column in (("rule_parameters", "rule_name"), ("score_weights", "score")):
        code = "".join(
            model["raw_code"] for model in models if f"ref('{seed}')" in model["raw_code"]
        )
        with (seeds / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            names = {row[column] for row in csv.DictReader(file)}
        assert names
        assert sorted(name for name in names if not re.search(rf"'{name}['.]", code)) == []


def test_one_row_per(models):
    wrong = [m["name"] for m in models if not m["description"].startswith("One row per ")]
    assert wrong == []


def test_public_models_enforce_contracts(models):
    public = [model for model in models if layer(model) in PUBLIC]
    assert [m["name"] for m in public if not m["contract"]["enforced"]] == []


def test_public_columns_are_described(models):
    wrong = [
        f"{model['name']}.{name}"
        for model in models
        if layer(model) in PUBLIC
        for name, column in model["columns"].items()
        if not column["description"].strip() or not column["data_type"]
    ]
    assert wrong == []


def test_what_is_never_null_does_not_say_when_it_is(models):
    wrong = [
        f"{model['name']}.{name}"
        for model in models
        for name, column in model["columns"].items()
        if any(one["type"] == "not_null" for one in column["constraints"])
        and "NULL" in column["description"]
    ]
    assert wrong == []


def test_shared_texts_are_shared(manifest):
    """What a single column says stands at it."""
    texts = "\n".join(path.read_text() for path in MODELS.rglob("*.yml"))
    used = Counter(re.findall(r"""doc\(["'](\w+)["']\)""", texts))
    ours = [doc["name"] for doc in manifest["docs"].values() if doc["package_name"] == "testops"]
    assert ours
    assert [name for name in ours if used[name] < 2] == []


def test_tables_that_people_write_say_what_to_write(manifest):
    """Every column of the organisation's own tables is described."""
    ours = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "seed" and node["original_file_path"].startswith("organisation")
    ]
    assert len(ours) > 5
    told = {
        node["name"]: [name for name, one in node["columns"].items() if one["description"].strip()]
        for node in ours
    }
    assert told == {node["name"]: list(node["config"]["column_types"]) for node in ours}


def test_keys_of_public_models_are_tested(manifest, models):
    """Each has a uniqueness test: `unique` on its key or `unique_combination` on its grain.

    An ephemeral step is no table; it is tested as part of the one that it is written into.
    """
    tested = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") in ("unique", "unique_combination")
    }
    public = [
        model
        for model in models
        if layer(model) in PUBLIC and model["config"]["materialized"] != "ephemeral"
    ]
    wrong = [model["name"] for model in public if model["unique_id"] not in tested]
    assert wrong == []


def test_no_clock_in_models(models):
    clock = re.compile(r"current_timestamp|current_date|\bnow\(\)|\btoday\(\)", re.IGNORECASE)
    assert [m["name"] for m in models if clock.search(m["raw_code"])] == []


def test_days_are_those_of_the_business(models):
    """A moment becomes a day by `business_date` alone: its day in UTC may be another one."""
    no_moment = re.compile(r"cast\((?:null|date_trunc\('month', \w+_date\)) as date\)")
    moment, date = r"[\w.]+_at\b", r"[\w.]+_date\b"
    as_a_day = re.compile(
        r"[^\n]*\bas date\)"
        rf"|\b(?:days_between|days_after|week_start)\((?:[^()]*,)?\s*'[^']*{moment}"
        rf"|\b(?:date_trunc|to_date|date)\([^()]*{moment}"
        rf"|{moment}\s*[<>=]+\s*{date}|{date}\s*[<>=]+\s*{moment}"
    )
    wrong = [
        f"{model['name']}: {found.strip()}"
        for model in models
        if layer(model) != "staging"
        for found in as_a_day.findall(no_moment.sub("", model["raw_code"]))
    ]
    assert wrong == []


def test_sql_is_portable(models):
    """What DuckDB alone understands belongs in a macro."""
    only_here = re.compile(
        r"::|\bqualify\b|\*\s*exclude\b|\basof\b|\bunnest\b|\bright join\b", re.I
    )
    strings = re.compile(r"'(?:[^']|'')*'|--[^\n]*|\{#.*?#\}", re.DOTALL)
    wrong = [m["name"] for m in models if only_here.search(strings.sub("", m["raw_code"]))]
    assert wrong == []


def test_units_end_the_names_of_numbers(models):
    wrong = [
        f"{model['name']}.{name}"
        for model in models
        if layer(model) in PUBLIC
        for name in model["columns"]
        if re.search(r"_(secs?|ms|millis|minutes|pct|percent|perc|num|cnt|avg)$", name)
    ]
    assert wrong == []


def test_booleans_are_named_as_questions(models):
    wrong = [
        f"{model['name']}.{name}"
        for model in models
        if layer(model) in PUBLIC
        for name, column in model["columns"].items()
        if (column["data_type"] or "").lower() == "boolean"
        and not name.startswith(("is_", "has_", "was_"))
    ]
    assert wrong == []


def test_every_mart_has_a_consumer(manifest, models):
    used = {
        parent
        for node in [*manifest["exposures"].values(), *manifest["nodes"].values()]
        if node["resource_type"] in ("exposure", "model")
        for parent in node["depends_on"]["nodes"]
    }
    wrong = [m["name"] for m in models if layer(m) == "marts" and m["unique_id"] not in used]
    assert wrong == []


def test_exposures_have_an_owner(manifest):
    exposures = list(manifest["exposures"].values())
    assert exposures
    assert [e["name"] for e in exposures if not e["owner"].get("name")] == []


GOVERNED = ("unit", "direction", "owner", "synonyms", "minimum_n", "formula", "exclusions")


@pytest.mark.parametrize("field", [*GOVERNED, "null_means", "example"])
def test_metrics_are_governed(manifest, field):
    """See docs/how-to/add-a-metric.md for what each field says."""
    metrics = list(manifest["metrics"].values())
    assert metrics
    meta = {m["name"]: {**m.get("meta", {}), **m["config"].get("meta", {})} for m in metrics}
    assert [name for name, values in meta.items() if not values.get(field)] == []
    assert [m["name"] for m in metrics if not m["label"] or not m["description"]] == []


def test_words_for_metrics_and_dimensions_are_clear(manifest):
    """A synonym means one metric, and never the name of another one."""
    meant: dict[str, set[str]] = {}
    for metric in manifest["metrics"].values():
        for word in (metric["name"], *metric["config"]["meta"]["synonyms"]):
            meant.setdefault(word.lower(), set()).add(metric["name"])
    assert {word: names for word, names in meant.items() if len(names) > 1} == {}
    assert {m["config"]["meta"]["direction"] for m in manifest["metrics"].values()} <= {
        "up", "down", "none"
    }  # fmt: skip


def test_what_metrics_are_sliced_by_is_described(manifest):
    wrong = [
        f"{model['name']}.{dimension['name']}"
        for model in manifest["semantic_models"].values()
        for dimension in model["dimensions"]
        if dimension["type"] == "categorical" and not dimension["description"]
    ]
    assert wrong == []


def test_staging_alone_reads_sources(manifest, models):
    wrong = [
        m["name"]
        for m in models
        if layer(m) != "staging"
        and any(parent.startswith("source.") for parent in m["depends_on"]["nodes"])
    ]
    assert wrong == []
    read = {
        parent
        for m in models
        for parent in m["depends_on"]["nodes"]
        if parent.startswith("source.")
    }
    assert sorted(set(manifest["sources"]) - read) == [], "raw tables that no staging model reads"


def test_no_having_reads_a_column_by_a_name_that_is_used_again(repository):
    """Spark takes the name for the new column: an aggregate inside an aggregate."""
    again = re.compile(r"\b(?:min|max|sum|avg)\((?:\w+\.)?(\w+)\) as \1\b")
    wrong = []
    for path in (repository / "dbt_project").rglob("*.sql"):
        if "target" in path.parts:
            continue
        for select in re.split(r"\bselect\b", path.read_text(encoding="utf-8")):
            columns, _, having = select.partition("having ")
            wrong += [
                f"{path.name}: {name}"
                for name in again.findall(columns)
                if re.search(rf"\w+\([^)]*\b{name}\b", having.split("{%")[0])
            ]
    assert wrong == []


def test_length_limits(repository):
    """One file, one thing: a model over 150 lines, a YAML over 300, a Python file over 400."""
    limits = {".sql": 150, ".yml": 300, ".py": 400}
    folders = ("dlt_pipelines", "dbt_project", "expectations", "testops", "dagster_project")
    folders += ("examples", "benchmarks", "tests")
    long = [
        f"{path.relative_to(repository)}: {count}"
        for folder in folders
        for path in (repository / folder).rglob("*")
        if path.suffix in limits and "target" not in path.parts
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > limits[path.suffix]
    ]
    assert long == []
