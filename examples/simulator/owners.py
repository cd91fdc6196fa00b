"""CODEOWNERS of the simulated repositories, and who owns a path at a moment.

The reading is the simulator's own: last match wins; the patterns that the simulator writes are `*`,
`*.md` and folders such as `/services/cart/`.
"""

from dataclasses import dataclass, field

from examples.simulator.organisation import Repository, handle
from examples.simulator.tree import source_path, test_path


@dataclass(frozen=True, slots=True)
class Ownership:
    """One version of CODEOWNERS: pairs (pattern, team); an empty team means nobody."""

    rules: tuple[tuple[str, str], ...]

    def text(self) -> str:
        """The file."""
        rows = [f"{pattern} {handle(team)}" if team else pattern for pattern, team in self.rules]
        return "# Simulated owners; the last match wins.\n" + "\n".join(rows) + "\n"

    def owner(self, path: str) -> tuple[str, str] | None:
        """(pattern, team) of the last rule that matches, None when none does."""
        for pattern, team in reversed(self.rules):
            if pattern == "*":
                return pattern, team
            if pattern.startswith("*."):
                if path.endswith(pattern[1:]):
                    return pattern, team
            elif path.startswith(pattern[1:]):
                return pattern, team
        return None


@dataclass(slots=True)
class OwnershipHistory:
    """CODEOWNERS of the default branch over time: [(valid from, version or None)], oldest first."""

    repository: Repository
    versions: list[tuple[int, Ownership | None]] = field(default_factory=list)

    def version(self, moment: int) -> int:
        """Index of the version in force at a second; the first one before the history begins."""
        found = 0
        for index, (since, _) in enumerate(self.versions):
            if since <= moment:
                found = index
        return found

    def team(self, version: int, path: str) -> tuple[str, str]:
        """(team, rule) by CODEOWNERS, else team paths, else service path, else repository."""
        ownership = self.versions[version][1]
        match = ownership.owner(path) if ownership else None
        if match and match[1]:
            return match[1], "codeowners"
        if self.repository.name == "data-quality" and path.startswith("tests/alerts/"):
            return "platform", "team_path"
        for service in self.repository.services:
            if service.path_prefix and path.startswith(service.path_prefix):
                return service.team, "service_path"
        return self.repository.team, "repository"


def first_ownership(repository: Repository) -> Ownership:
    """CODEOWNERS at the beginning."""
    rules = [("*", repository.team), ("*.md", "")]
    if repository.is_monorepo:
        rules += [(f"/{one.path_prefix}", one.team) for one in repository.services]
    return Ownership(tuple(rules))


def area_folders(repository: Repository, area: str) -> list[str]:
    """Folders of an area: its sources and its tests."""
    if repository.is_monorepo:
        return [f"services/{area}"]
    paths = (source_path(repository, area, "x"), test_path(repository, area, "x"))
    return list(dict.fromkeys(path.rsplit("/", 1)[0].removesuffix("/__tests__") for path in paths))


def moved_ownership(repository: Repository, step: int, teams: list[str]) -> Ownership:
    """CODEOWNERS after `step` ownership moves: one area after the other goes to another team."""
    rules = list(first_ownership(repository).rules)
    for number in range(min(step, len(repository.areas))):
        area = repository.areas[(number + 1) % len(repository.areas)]
        others = [team for team in teams if team != repository.team]
        team = others[(repository.index + number) % len(others)]
        rules += [(f"/{folder}/", team) for folder in area_folders(repository, area)]
    return Ownership(tuple(rules))
