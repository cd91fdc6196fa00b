"""The tables that an organisation writes about itself, laid out for dbt."""

from pathlib import Path

import pytest

from dagster_project.home import MODELS_FOLDER, Home
from dagster_project.organisation import prepare_organisation
from dlt_pipelines.config import ConfigurationError, Settings

SERVICES = "service,repository,path_prefix,team,is_critical"


@pytest.fixture
def current(tmp_path: Path) -> Home:
    (tmp_path / "project" / "organisation").mkdir(parents=True)
    return Home(Settings(tmp_path / "home", tmp_path / "project", None, False, "UTC"))


def _write(home: Home, name: str, content: bytes) -> None:
    (home.settings.project / "organisation" / name).write_bytes(content)


def test_missing_tables_are_headers(current: Home) -> None:
    _write(current, "teams.csv", b"team,business_unit,organisation\ncheckout,shop,acme\n")
    prepare_organisation(current)
    laid_out = {path.name: path.read_text() for path in current.organisation_seeds.iterdir()}
    assert set(laid_out) == {p.name for p in (MODELS_FOLDER / "organisation").glob("*.csv")}
    assert "checkout" in laid_out["teams.csv"]
    assert len(laid_out["services.csv"].splitlines()) == 1
    (current.settings.project / "organisation" / "teams.csv").unlink()
    prepare_organisation(current)
    assert "checkout" not in (current.organisation_seeds / "teams.csv").read_text()


@pytest.mark.parametrize(
    ("own", "laid_out"),
    [
        (f"{SERVICES}\n", f"{SERVICES},application\n"),
        (f'\ufeff{SERVICES}\r\n"cart, new",acme/shop,,pay,\r\n\r\ntill,acme/till,src/,,true\r\n',
         f'{SERVICES},application\n"cart, new",acme/shop,,pay,,\ntill,acme/till,src/,,true,\n'),
        (f"application,{SERVICES}\nshop,cart,a/b,,,\n",
         f"application,{SERVICES}\nshop,cart,a/b,,,\n"),
    ],
    ids=["header", "rows", "there"],
)  # fmt: skip
def test_a_table_without_a_column_that_is_not_needed_gets_it(
    current: Home, own: str, laid_out: str
) -> None:
    _write(current, "services.csv", own.encode())
    for _ in range(2):
        prepare_organisation(current)
        found = (current.organisation_seeds / "services.csv").read_bytes()
        assert found.decode() == laid_out


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (b"", "has no column `repository`, `team`"),
        (b"repository,Team name\n", "has no column `team`: its first line must name"),
        (b"repository;team\na/b;pay\n", "separated by `;`, write commas"),
        (b"repository,team\na/b,pay\nc/d\n", "line 3: it has 1 values and the first line 2"),
        (b"repository,team\n\na/b,pay,more\n", "line 3: it has 3 values"),
        ("repository,team\na/b,Käse\n".encode("latin-1"), "line 2: it is not UTF-8"),
        (b'repository,team\n"a/b,pay\n', "line 2: unexpected end of data"),
    ],
    ids=["empty", "header", "semicolons", "short", "long", "latin-1", "quotation mark"],
)
def test_what_dbt_could_not_read_is_refused_by_file_and_line(
    current: Home, own: bytes, said: str
) -> None:
    _write(current, "repository_teams.csv", own)
    with pytest.raises(ConfigurationError) as refused:
        prepare_organisation(current)
    assert f"{current.settings.project}/organisation/repository_teams.csv`" in str(refused.value)
    assert said in str(refused.value)


def test_a_column_more_is_the_organisation_s_own(current: Home) -> None:
    own = b"repository,team,remark\na/b,pay,since May\n"
    _write(current, "repository_teams.csv", own)
    prepare_organisation(current)
    assert (current.organisation_seeds / "repository_teams.csv").read_bytes() == own
