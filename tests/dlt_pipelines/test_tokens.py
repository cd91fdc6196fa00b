"""A token is sent to its vendor and stands in nothing that a load leaves behind.

dlt keeps files of its own (traces, packages, schemas), so these loads go through dlt; and the
vendor tells the token back in an answer that it refuses, and in one that it gives.
"""

import base64
import gzip
import logging
import zlib
from dataclasses import dataclass

import duckdb
import pytest

from tests.dlt_pipelines.source_projects import SourceProject
from tests.replay_server import Reply

TOKEN = "planted-token-0123456789abcdef"
USER = "robot"
ENCODED = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
OF_NOBODY = base64.b64encode(f":{TOKEN}".encode()).decode()
SINCE = "2026-01-01"
AT = "2026-01-02T03:04:05Z"


@dataclass
class Vendor:
    """One source's server: what is asked of it, and which answer it refuses.

    Attributes:
        options: Settings of the source.
        answers: Bodies by path; each source gets a row of at least one of them.
        refused: Path that is refused.
        header: What carries the token, by the name of the header.
    """

    options: dict
    answers: dict
    refused: str
    header: tuple[str, str]


SLUG = "gh/acme/shop"
GITHUB, GITLAB = "/repos/acme/shop", "/api/v4/projects/acme%2Fshop"
BUILDKITE = "/v2/organizations/acme"
JENKINS_JOB = {
    "fullName": "shop",
    "name": "shop",
    "lastBuild": {"number": 1},
}
BUILDKITE_PIPELINE = {"slug": "shop", "repository": "r", "url": f"{BUILDKITE}/pipelines/shop"}
DEFINITION = {
    "id": 5,
    "name": "shop",
    "path": "\\",
    "type": "build",
    "queueStatus": "enabled",
    "project": {"id": "p", "name": "shop"},
}
VENDORS = {
    "github_actions": Vendor(
        {"repositories": ["acme/shop"]},
        {GITHUB: {"id": 1, "full_name": "acme/shop", "owner": {"login": "acme"}}},
        f"{GITHUB}/deployments",
        ("authorization", f"Bearer {TOKEN}"),
    ),
    "gitlab_ci": Vendor(
        {"projects": ["acme/shop"]},
        {GITLAB: {"id": 1, "path_with_namespace": "acme/shop", "web_url": "https://g/acme/shop"}},
        "/api/v4/projects/1/issues",
        ("authorization", f"Bearer {TOKEN}"),
    ),
    "jenkins": Vendor(
        {},
        {"/api/json": {"jobs": [JENKINS_JOB]}},
        "/job/shop/api/json",
        ("authorization", f"Basic {ENCODED}"),
    ),
    "buildkite": Vendor(
        {"organizations": ["acme"]},
        {f"{BUILDKITE}/pipelines": [BUILDKITE_PIPELINE]},
        f"{BUILDKITE}/builds",
        ("authorization", f"Bearer {TOKEN}"),
    ),
    "circleci": Vendor(
        {"projects": [SLUG]},
        {f"/api/v2/project/{SLUG}": {"slug": SLUG, "vcs_info": {}, "name": "shop"}},
        f"/api/v2/project/{SLUG}/pipeline",
        ("circle-token", TOKEN),
    ),
    "azure_devops": Vendor(
        {"projects": ["acme/shop"]},
        {
            "/acme/_apis/projects/shop": {"id": "p", "name": "shop"},
            "/acme/shop/_apis/build/definitions": {"count": 1, "value": [DEFINITION]},
        },
        "/acme/shop/_apis/build/builds",
        ("authorization", f"Basic {OF_NOBODY}"),
    ),
    "pagerduty": Vendor(
        {},
        {
            "/services": {"services": [{"id": "S1", "type": "service", "name": "shop"}]},
            "/log_entries": {"log_entries": []},
        },
        "/incidents",
        ("authorization", f"Token token={TOKEN}"),
    ),
    "opsgenie": Vendor(
        {},
        {"/v1/services": {"data": [{"id": "s", "name": "shop", "teamId": "t"}]}},
        "/v1/incidents",
        ("authorization", f"GenieKey {TOKEN}"),
    ),
}


@pytest.fixture(params=list(VENDORS))
def source_name(request):
    return request.param


def forms(content):
    """Give a file as it is and, where it is packed, unpacked."""
    yield content
    for window in (zlib.MAX_WBITS | 16, zlib.MAX_WBITS):
        try:
            yield zlib.decompressobj(window).decompress(content)
        except zlib.error:
            continue


def texts_of(path):
    """Give every row of a DuckDB file as text: its strings are packed in the file."""
    with duckdb.connect(str(path), read_only=True) as opened:
        tables = opened.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
        for schema, table in tables:
            yield from (
                row
                for (row,) in opened.execute(
                    f'select cast(t as varchar) from "{schema}"."{table}" as t'
                ).fetchall()
            )


def test_what_is_looked_into_shows_a_token_that_lies_there(tmp_path):
    """The search below finds what it is to find, or it could not fail."""
    assert TOKEN.encode() in list(forms(gzip.compress(TOKEN.encode())))[1]
    assert TOKEN.encode() in list(forms(zlib.compress(TOKEN.encode())))[1]
    with duckdb.connect(str(tmp_path / "x.duckdb")) as opened:
        opened.execute("create table t as select [?] as names from range(5000)", [TOKEN])
    assert sum(TOKEN in row for row in texts_of(tmp_path / "x.duckdb")) == 5000


@pytest.mark.parametrize("place", ["environment", "file"])
def test_the_token_is_sent_and_stands_nowhere_afterwards(
    project: SourceProject, server, real_loads, monkeypatch, capfd, caplog, source_name, place
):
    vendor = VENDORS[source_name]
    section = f"SOURCES__{source_name.upper()}__"
    project.configure(
        mode="api", api_url=server.url, since=SINCE, timeout_seconds=0.3, **vendor.options
    )
    if place == "environment":
        monkeypatch.setenv(f"{section}TOKEN", TOKEN)
        monkeypatch.setenv(f"{section}USER", USER)
    else:
        secrets = f'[sources.{source_name}]\ntoken = "{TOKEN}"\nuser = "{USER}"\n'
        (project.folder / ".dlt" / "secrets.toml").write_text(secrets, "utf-8")
    for path, body in vendor.answers.items():
        server.route(path, Reply(body=body))
    told = {"message": f"{TOKEN} {ENCODED} {OF_NOBODY} may not read this"}
    server.route(vendor.refused, Reply(403, told, headers={"x-told": TOKEN}))

    with caplog.at_level(logging.DEBUG):
        report = project.load()
        assert sum(report.table_rows.values()) > 0, "a load that reads nothing shows nothing"
        found = places_of_tokens(project.folder / "home")
        project.load()  # writes over files of the first
    found += places_of_tokens(project.folder / "home")
    said = capfd.readouterr()
    found += [text for text in (said.out, said.err, caplog.text, repr(report)) if _holds(text)]
    assert not found
    assert vendor.refused in {path.partition("?")[0] for path, _ in server.requests}
    name, value = vendor.header
    assert {seen.get(name) for seen in server.seen_headers} == {value}


def places_of_tokens(home):
    """Give every file and every row below a folder that holds the token."""
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"trace.pickle", "build.duckdb"} <= {path.name for path in files}
    found = []
    for path in files:
        found += [path for form in forms(path.read_bytes()) if _holds(form.decode("latin-1"))]
        if path.suffix == ".duckdb":
            found += [(path, row) for row in texts_of(path) if _holds(row)]
    return found


def _holds(text):
    return any(form in text for form in (TOKEN, ENCODED, OF_NOBODY))
