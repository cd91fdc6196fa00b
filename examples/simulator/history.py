"""Commits and pull requests of one simulated repository, told in the order of time."""

import random
from dataclasses import dataclass, field

from examples.simulator.organisation import BOT, Repository
from examples.simulator.owners import OwnershipHistory
from examples.simulator.settings import MINUTE, Settings
from examples.simulator.starting import Regression, first_state
from examples.simulator.stories import Story, plan_stories
from examples.simulator.tree import Edit, Numbers, State, apply_edits, invert

__all__ = ["Commit", "History", "PullRequest", "is_bot", "tell_history"]


@dataclass(slots=True, eq=False)
class Commit:
    """One commit. `sha` and `tree_sha` are filled in after git has made it."""

    mark: int
    parents: tuple["Commit", ...]
    author: str
    authored: int
    committed: int
    message: str
    ref: str
    state: State
    pull_number: int | None = None
    build_broken: bool = False
    on_main: bool = False
    sha: str = ""
    tree_sha: str = ""

    @property
    def subject(self) -> str:
        """First line of the message."""
        return self.message.split("\n", 1)[0]


@dataclass(slots=True, eq=False)
class PullRequest:
    """One pull request with the commits that were its head, oldest first."""

    number: int
    story: Story
    base: Commit
    heads: list[Commit] = field(default_factory=list)
    merge: Commit | None = None
    merged_at: int | None = None
    closed_at: int | None = None
    updated_at: int = 0


@dataclass(slots=True)
class History:
    """Everything that git and the pull-request pages hold."""

    repository: Repository
    commits: list[Commit] = field(default_factory=list)
    main: list[Commit] = field(default_factory=list)
    pulls: list[PullRequest] = field(default_factory=list)
    regressions: dict[int, Regression] = field(default_factory=dict)
    owners: OwnershipHistory | None = None


@dataclass(slots=True)
class _Teller:
    """The state of telling: default branch, open pull requests, fresh numbers."""

    settings: Settings
    repository: Repository
    rng: random.Random
    numbers: Numbers
    history: History

    def commit(
        self,
        parents: tuple[Commit, ...],
        state: State,
        author: str,
        at: int,
        message: str,
        ref: str,
        authored: int | None = None,
    ) -> Commit:
        """Add a commit."""
        made = Commit(
            len(self.history.commits) + 1, parents, author, authored or at, at, message, ref, state
        )
        self.history.commits.append(made)
        return made

    def open_or_push(self, pull: PullRequest, at: int, edits: list[Edit], *, broken: bool) -> None:
        """Add a head commit to a pull request."""
        parent = pull.heads[-1] if pull.heads else pull.base
        story = pull.story
        number = len(pull.heads) + 1
        message = story.title if number == 1 else f"{story.verb} review remark {number - 1}"
        made = self.commit(
            (parent,),
            apply_edits(parent.state, edits),
            story.author,
            at,
            message,
            _head_ref(self.repository, pull.number),
            authored=at - self.rng.randrange(5, 50 * MINUTE),
        )
        made.pull_number, made.build_broken = pull.number, broken
        pull.heads.append(made)
        pull.updated_at = at

    def merge(self, pull: PullRequest, at: int, edits: list[Edit]) -> None:
        """Merge a pull request as a squash or, in some repositories, as a merge commit."""
        main = self.history.main[-1]
        at = max(at, main.committed + 61)
        state = apply_edits(main.state, edits)
        title = pull.story.title
        if self.repository.vendor == "github":
            title += f" (#{pull.number})"
        if self.repository.merge_commits and pull.story.kind == "feature" and pull.number % 3 == 0:
            title = f"Merge pull request #{pull.number} from {pull.story.branch}"
            parents: tuple[Commit, ...] = (main, pull.heads[-1])
        else:
            parents = (main,)
        author = pull.story.author
        made = self.commit(parents, state, author, at, title, "refs/heads/main")
        made.on_main, made.pull_number = True, pull.number
        self.history.main.append(made)
        pull.merge, pull.merged_at, pull.closed_at, pull.updated_at = made, at, at, at
        if pull.story.ownership is not None and self.history.owners is not None:
            self.history.owners.versions.append((at, pull.story.ownership))


def tell_history(settings: Settings, repository: Repository, teams: list[str]) -> History:
    """Make the history of a repository from the first second of the period to its end."""
    rng = settings.random(repository.name, "history")
    numbers = Numbers()
    state, ownership = first_state(settings, repository, numbers, rng)
    history = History(repository)
    history.owners = OwnershipHistory(repository, [(settings.start + 5 * 3600, ownership)])
    teller = _Teller(settings, repository, rng, numbers, history)
    first = teller.commit(
        (),
        state,
        "ada-simulated",
        settings.start + 5 * 3600,
        f"Start the simulated repository {repository.name}",
        "refs/heads/main",
    )
    first.on_main = True
    history.main.append(first)
    stories = plan_stories(settings, repository, numbers, rng, teams, state, history.regressions)
    events: list[tuple[int, int, str, Story, int]] = []
    for order, story in enumerate(stories):
        for push, at in enumerate(story.pushes):
            events.append((at, order, "push", story, push))
        if story.merged_at is not None:
            events.append((story.merged_at, order, "merge", story, 0))
        elif story.closed_at is not None:
            events.append((story.closed_at, order, "close", story, 0))
    events.sort(key=lambda event: event[:3])
    opened: dict[int, PullRequest] = {}
    for at, order, kind, story, push in events:
        if at > settings.end:
            continue
        if kind == "push":
            if push == 0:
                opened[order] = PullRequest(len(opened) + 1, story, history.main[-1])
                history.pulls.append(opened[order])
                if story.reverts is not None:
                    story.edits = [
                        [edit for step in reversed(story.reverts.edits) for edit in invert(step)]
                    ]
                    story.title = f'Revert "{story.reverts.title}"'
            teller.open_or_push(
                opened[order], at, story.edits[push], broken=story.build_broken == push
            )
        elif kind == "merge":
            pull = opened[order]
            teller.merge(pull, at, [edit for step in story.edits for edit in step])
        else:
            opened[order].closed_at = opened[order].updated_at = at
    return history


def _head_ref(repository: Repository, number: int) -> str:
    """Where the vendor keeps the head of a change."""
    folder = {"github": "pull", "gitlab": "merge-requests"}[repository.vendor]
    return f"refs/{folder}/{number}/head"


def is_bot(login: str) -> bool:
    """Whether a login is a bot's."""
    return login == BOT
