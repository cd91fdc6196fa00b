"""Business units, teams, repositories and services of the simulated organisation."""

from dataclasses import dataclass, field
from pathlib import Path

from examples.simulator.settings import ORGANISATION, OWNER, Settings
from examples.simulator.tables import write_table

BUSINESS_UNITS = {
    "storefront": "Commerce",
    "orders": "Commerce",
    "ledger": "Payments",
    "billing": "Payments",
    "platform": "Platform",
    "data": "Platform",
}
HUMANS = (
    "ada-simulated", "bo-simulated", "cleo-simulated", "dev-simulated", "eli-simulated",
    "fay-simulated", "gus-simulated", "hana-simulated", "ivo-simulated", "jo-simulated",
    "kai-simulated", "lou-simulated",
)  # fmt: skip
BOT = "dependabot[bot]"
OUTSIDER = "outsider-simulated"


@dataclass(frozen=True, slots=True)
class Service:
    """A thing that is deployed; an empty folder means the whole repository."""

    name: str
    path_prefix: str
    team: str
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository and how its CI is built.

    `areas` are folders under the source and test roots; `dialect` names the JUnit writer,
    `coverage` the coverage format, `environments` the test jobs (`shard 1/2` in a name means that
    the suite is split), `report_retries` how often the runner repeats a failing test by itself.
    `vendor` is where it lives: `github`, or `gitlab`, which tries jobs again within one attempt.
    """

    index: int
    name: str
    team: str
    dialect: str
    coverage: str
    areas: tuple[str, ...]
    environments: tuple[str, ...]
    services: tuple[Service, ...] = ()
    report_retries: int = 0
    test_count: int = 60
    merge_commits: bool = False
    has_codeowners: bool = True
    is_monorepo: bool = False
    flags: tuple[str, ...] = ("unit",)
    extras: frozenset[str] = field(default_factory=frozenset)
    vendor: str = "github"

    @property
    def full_name(self) -> str:
        """`owner/name`, as its vendor spells it."""
        return f"{OWNER}/{self.name}"

    @property
    def identifier(self) -> int:
        """Repository id."""
        return 880_000_000 + self.index


def handle(team: str) -> str:
    """CODEOWNERS handle of a team."""
    return f"@{OWNER}/team-{team}"


_PY = ("pytest", "cobertura")
_TEMPLATES: tuple[tuple[str, str, tuple[str, str], tuple[str, ...], dict], ...] = (
    ("shop-monorepo", "storefront", _PY, ("catalog", "cart", "checkout"), {
        "is_monorepo": True, "test_count": 90, "flags": ("unit", "integration"),
        "environments": ("unit (shard 1/2)", "unit (shard 2/2)", "integration"),
        "report_retries": 1, "extras": frozenset({"moves", "outage", "aggregate"}),
    }),
    ("order-api", "orders", ("surefire", "jacoco"), ("api", "pricing", "stock"), {
        "environments": ("verify (17)", "verify (21)"), "report_retries": 2, "test_count": 45,
        "merge_commits": True, "extras": frozenset({"saturated", "cut", "outage", "moves"}),
    }),
    ("storefront-web", "storefront", ("jest", "lcov"), ("pages", "widgets", "client"), {
        "environments": ("test (ubuntu-latest, 22)", "test (windows-latest, 22)"),
        "test_count": 54, "extras": frozenset({"environment", "skipped", "outage", "duplicate"}),
    }),
    ("platform-gateway", "platform", ("go", "lcov"), ("routing", "limits", "auth"), {
        "environments": ("go-test",), "test_count": 56, "vendor": "gitlab",
        "extras": frozenset({"saturated", "garbage", "expired", "outage", "moves"}),
    }),
    ("billing-api", "billing", _PY, ("invoices", "taxes", "refunds"), {
        "environments": ("tests (3.11)", "tests (3.12)"), "test_count": 54,
        "extras": frozenset({"moves", "environment", "outage"}),
    }),
    ("ledger-core", "ledger", ("surefire", "jacoco"), ("posting", "balances", "audit"), {
        "environments": ("verify", "integration"), "report_retries": 2, "test_count": 66,
        "flags": ("unit", "integration"), "merge_commits": True, "extras": frozenset({"outage"}),
    }),
    ("billing-ui", "billing", ("jest", "lcov"), ("forms", "tables", "client"), {
        "environments": ("test",), "test_count": 58, "extras": frozenset({"skipped", "outage"}),
    }),
    ("order-worker", "orders", ("go", "lcov"), ("queue", "retry", "store"), {
        "environments": ("go-test",), "test_count": 48, "extras": frozenset({"saturated"}),
    }),
    ("data-pipelines", "data", _PY, ("ingest", "clean", "publish"), {
        "environments": ("tests",), "report_retries": 1, "test_count": 70,
        "extras": frozenset({"outage", "late_owners"}),
    }),
    ("platform-cli", "platform", _PY, ("commands", "config", "output"), {
        "environments": ("tests (ubuntu-latest)", "tests (macos-latest)"), "test_count": 44,
        "extras": frozenset({"library", "environment"}),
    }),
    ("ledger-export", "ledger", _PY, ("formats", "schedule", "upload"), {
        "environments": ("tests",), "test_count": 50, "extras": frozenset({"moves"}),
    }),
    ("data-quality", "data", _PY, ("rules", "profile", "alerts"), {
        "environments": ("tests",), "test_count": 46, "has_codeowners": False,
        "extras": frozenset({"library", "outage"}),
    }),
)  # fmt: skip
_MONOREPO_TEAMS = {"catalog": "storefront", "cart": "orders", "checkout": "billing"}


def repositories(settings: Settings) -> list[Repository]:
    """The repositories of a simulation; beyond twelve the same kinds repeat with a number."""
    made = []
    for index in range(settings.repository_count):
        name, team, (dialect, coverage), areas, options = _TEMPLATES[index % len(_TEMPLATES)]
        copy = index // len(_TEMPLATES)
        suffix = f"-{copy + 1}" if copy else ""
        team += suffix
        if options.get("is_monorepo"):
            services = tuple(
                Service(
                    f"{area}{suffix}",
                    f"services/{area}/",
                    _MONOREPO_TEAMS[area] + suffix,
                    area == "checkout",
                )
                for area in areas
            )
        elif "library" in options["extras"]:
            services = ()
        else:
            services = (Service(name + suffix, "", team, dialect == "surefire"),)
        made.append(
            Repository(
                index=index + 1, name=name + suffix, team=team, dialect=dialect, coverage=coverage,
                areas=areas, services=services, **options,
            )
        )  # fmt: skip
    return made


def teams(settings: Settings) -> dict[str, str]:
    """Team → business unit."""
    copies = -(-settings.repository_count // len(_TEMPLATES))
    return {
        team + (f"-{copy + 1}" if copy else ""): unit
        for copy in range(copies)
        for team, unit in BUSINESS_UNITS.items()
    }


def write_tables(folder: Path, settings: Settings, members: list[Repository]) -> None:
    """Write the organisation's CSV files (teams, services, ownership and deployment rules)."""
    folder.mkdir(parents=True)
    units = teams(settings)
    write_table(folder / "teams.csv", ("team", "business_unit", "organisation"),
           ((team, unit, ORGANISATION) for team, unit in units.items()))  # fmt: skip
    write_table(folder / "repository_teams.csv", ("repository", "team"),
           ((each.full_name, each.team) for each in members))  # fmt: skip
    write_table(
        folder / "services.csv",
        ("service", "repository", "path_prefix", "team", "is_critical", "application"),
        (
            (one.name, each.full_name, one.path_prefix, one.team, str(one.is_critical).lower(),
             each.name if each.is_monorepo else "")
            for each in members
            for one in each.services
        ),
    )  # fmt: skip
    write_table(folder / "team_paths.csv", ("repository", "path_prefix", "team", "owner"),
           [("", "", team, handle(team)) for team in units]
           + [(each.full_name, "tests/alerts/", "platform", "")
              for each in members if each.name == "data-quality"])  # fmt: skip
    write_table(folder / "critical_paths.csv", ("repository", "path_prefix"),
           ((each.full_name, prefix) for each in members
            for prefix in critical_prefixes(each)))  # fmt: skip
    write_table(
        folder / "deployment_rules.csv",
        ("repository", "rule_kind", "pattern", "environment", "service"),
        (
            (each.full_name, "service_environment", f"{one.name}-{stage}", stage, one.name)
            for each in members
            if each.is_monorepo
            for one in each.services
            for stage in ("production", "staging")
        ),
    )  # fmt: skip


def critical_prefixes(repository: Repository) -> list[str]:
    """Folders marked as critical (seed of critical-path coverage)."""
    return [one.path_prefix for one in repository.services if one.is_critical and one.path_prefix]
