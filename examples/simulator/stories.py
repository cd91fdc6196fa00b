"""What happens in a simulated repository: one story per pull request."""

import random
from dataclasses import dataclass, field

from examples.simulator.organisation import BOT, HUMANS, OUTSIDER, Repository
from examples.simulator.owners import Ownership, first_ownership, moved_ownership
from examples.simulator.settings import DAY, HOUR, MINUTE, Settings, is_weekend
from examples.simulator.starting import CODEOWNERS_UID, Regression, codeowners_path, sources
from examples.simulator.tree import Edit, Numbers, State, TestDefinition

_WORDS = ("limits", "totals", "discounts", "sessions", "exports", "retries", "filters", "labels")
_VERBS = ("Add", "Tidy", "Speed up", "Rework", "Extend", "Simplify")


@dataclass(slots=True, eq=False)
class Story:
    """One pull request as it will go: the edits of each push and when things happen (seconds)."""

    kind: str
    title: str
    author: str
    branch: str
    pushes: list[int]
    edits: list[list[Edit]]
    merged_at: int | None = None
    closed_at: int | None = None
    verb: str = "Address"
    build_broken: int | None = None
    is_fork: bool = False
    is_draft: bool = False
    labels: tuple[str, ...] = ()
    ownership: Ownership | None = None
    reverts: "Story | None" = None
    reviewers: tuple[str, ...] = ()
    supersedes: bool = field(default=False)


def working_time(second: int) -> int:
    """The second itself in working hours (Mon–Fri, 07–18 UTC), else a later one that is."""
    day, rest = second - second % DAY, second % DAY
    if rest < 7 * HOUR:
        second = day + 7 * HOUR + rest % HOUR
    elif rest >= 18 * HOUR:
        second = day + DAY + 7 * HOUR + rest % HOUR
    while is_weekend(second):
        second += DAY
    return second


@dataclass(slots=True)
class _Planner:
    settings: Settings
    repository: Repository
    numbers: Numbers
    rng: random.Random
    state: State
    regressions: dict[int, Regression]
    stories: list[Story] = field(default_factory=list)
    # Kinds that every repository has, however small: a bot's, a fork's, a draft.
    sure: list[float] = field(default_factory=lambda: [0.2, 0.15, 0.05])

    def line_edits(self, uid: int, size: int) -> list[Edit]:
        """Replaced, inserted and deleted lines of one file (as it was at the start)."""
        lines = self.state.files[uid].lines
        made = []
        for _ in range(size):
            line = self.rng.choice(lines)
            roll = self.rng.random()
            if roll < 0.6:
                made.append(Edit("replace", uid, line, self.numbers.next_line()))
            elif roll < 0.83:
                made.append(Edit("insert", uid, line, self.numbers.next_line()))
            else:
                before = lines[max(0, lines.index(line) - 1)]
                made.append(Edit("delete", uid, before, line))
        # A change that deletes only what is gone already would be empty.
        made.append(Edit("replace", uid, self.rng.choice(lines), self.numbers.next_line()))
        return made

    def change(self) -> list[Edit]:
        """Edits of an ordinary push: one to three sources, often the tests beside them."""
        edits: list[Edit] = []
        places = sources(self.state)
        for uid in self.rng.sample(places, self.rng.choice((1, 1, 1, 2, 2, 3))):
            edits += self.line_edits(uid, self.rng.randrange(1, 6))
            if self.rng.random() < 0.4:
                edits += self.line_edits(uid + 1 if uid + 1 in self.state.files else uid, 1)
        return edits

    def breakage(self) -> tuple[Edit, Edit]:
        """A new regression of one to three tests of one file, and its mending."""
        victim = self.rng.choice(sorted(self.state.tests))
        holder = self.state.tests[victim].file
        near = sorted(uid for uid, test in self.state.tests.items() if test.file == holder)
        uid = self.numbers.next_uid()
        tests = frozenset(self.rng.sample(near, min(len(near), self.rng.randrange(1, 4))))
        is_error = self.rng.random() < 0.3
        message = (
            f"TypeError: step_{uid % 97} takes 2 values but {uid % 7 + 3} were given"
            if is_error
            else f"expected {uid % 50} but was {uid % 50 + 1}"
        )
        self.regressions[uid] = Regression(uid, tests, message, is_error)
        return Edit("break", uid), Edit("mend", uid)

    def story(self, kind: str, opened: int, **options: object) -> Story:
        """A pull request opened at a second with one push; the rest is for the caller."""
        number = len(self.stories)
        verb, word = self.rng.choice(_VERBS), self.rng.choice(_WORDS)
        title = f"{verb} {word} of {self.rng.choice(self.repository.areas)}"
        author = self.rng.choice(HUMANS)
        made = Story(
            kind, title, author, f"{kind}/{number}-{title.split()[-3]}", [opened], [self.change()]
        )
        made.reviewers = tuple(
            self.rng.sample([h for h in HUMANS if h != author], self.rng.choice((0, 1, 1, 2)))
        )
        for name, value in options.items():
            setattr(made, name, value)
        self.stories.append(made)
        return made

    def finish(self, story: Story, hours: float) -> int:
        """Merge the story some hours after its last push, in working time."""
        story.merged_at = working_time(story.pushes[-1] + int(hours * HOUR))
        return story.merged_at

    def more_pushes(self, story: Story) -> None:
        """Review rounds; now and then a second push follows at once and supersedes the first."""
        for _ in range(self.rng.choices((0, 1, 2, 3), (40, 35, 17, 8))[0]):
            last = story.pushes[-1]
            if self.rng.random() < 0.1:
                at = last + self.rng.randrange(2 * MINUTE, 4 * MINUTE)
            else:
                at = working_time(last + self.rng.randrange(HOUR, 26 * HOUR))
            story.pushes.append(at)
            story.edits.append(self.change())

    def opening(self, day: int | None = None) -> int:
        """A second in working time at which somebody opens a pull request."""
        if day is None:
            day = self.rng.randrange(self.settings.days)
        at = self.settings.start + day * DAY + self.rng.randrange(7 * HOUR, 17 * HOUR)
        return working_time(at) if self.rng.random() < 0.93 else at

    def feature(self) -> None:
        """An ordinary pull request: by a human, a bot or an outsider; merged, closed or left."""
        rng = self.rng
        story = self.story("feature", self.opening())
        roll = rng.random()
        if self.sure:
            roll = self.sure.pop()
        if roll < 0.12:
            story.kind, story.author, story.labels = "deps", BOT, ("dependencies",)
            story.title = f"Bump simulated-{rng.choice(_WORDS)} from 1.{rng.randrange(9)} to 2.0"
            story.branch = f"dependabot/{len(self.stories)}"
        elif roll < 0.17:
            story.kind, story.author, story.is_fork = "fork", OUTSIDER, True
        elif roll < 0.22:
            story.kind, story.is_draft = "draft", rng.random() < 0.6
        if story.author != BOT:
            self.more_pushes(story)
        if len(story.pushes) > 1 and rng.random() < 0.3:
            broken, mended = self.breakage()
            story.edits[0].append(broken)
            story.edits[-1].append(mended)
        if rng.random() < 0.05:
            story.build_broken = 0
            if len(story.pushes) == 1:
                story.pushes.append(working_time(story.pushes[0] + rng.randrange(HOUR, 9 * HOUR)))
                story.edits.append(self.change())
        end = rng.random()
        if story.is_draft:
            return
        if end < 0.84:
            self.finish(story, rng.choice((0.5, 1, 3, 8, 20, 30, 50)) * rng.uniform(0.7, 1.3))
        elif end < 0.95:
            story.closed_at = working_time(story.pushes[-1] + rng.randrange(HOUR, 4 * DAY))


def plan_stories(
    settings: Settings,
    repository: Repository,
    numbers: Numbers,
    rng: random.Random,
    teams: list[str],
    state: State,
    regressions: dict[int, Regression],
) -> list[Story]:
    """Plan the pull requests of a repository; fills `regressions`."""
    planner = _Planner(settings, repository, numbers, rng, state, regressions)
    days = settings.days
    count = max(9, round(165 * settings.density * days / 120))
    rare = max(1, round(4 * settings.density))
    for number in range(rare):
        _regression(planner, int(days * (0.2 + 0.6 * (number + 0.5) / rare)), number)
    for number in range(max(1, round(3 * settings.density))):
        day = int(days * (0.35 + 0.5 * number / max(1, rare)))
        _hotfix(planner, day)
    _renames(planner, days)
    _owners(planner, days, teams)
    _superseded(planner, int(days * 0.6))
    planner.finish(planner.story("feature", planner.opening(int(days * 0.88))), 2)
    for _ in range(max(4, count - 1 - len(planner.stories))):
        planner.feature()
    last = planner.story("feature", settings.end - 2 * DAY)
    last.pushes.append(settings.end - 50 - repository.index % 3 * 35)
    last.edits.append(planner.change())
    return planner.stories


def _regression(planner: _Planner, day: int, number: int) -> None:
    """A change merged in spite of its red checks, and its mending: by a fix or by a revert."""
    story = planner.story("feature", planner.opening(day))
    broken, mended = planner.breakage()
    story.edits[-1].append(broken)
    merged = planner.finish(story, 1.5)
    opened = working_time(merged + planner.rng.randrange(2 * HOUR, 28 * HOUR))
    fix = planner.story("fix", opened)
    if number % 2:
        fix.kind, fix.reverts = "revert", story
        fix.branch = f"revert-{planner.stories.index(story)}"
    else:
        fix.title = f"Fix {fix.title.split()[-1]} after the last change"
        fix.labels = ("bug",)
        fix.edits[-1].append(mended)
    planner.finish(fix, 1)


def _hotfix(planner: _Planner, day: int) -> None:
    story = planner.story("hotfix", planner.opening(day))
    story.title = f"hotfix: {story.title.lower()}"
    story.branch = f"hotfix/{len(planner.stories)}"
    story.labels = ("bug",)
    planner.finish(story, 0.6)


def _superseded(planner: _Planner, day: int) -> None:
    """A second push minutes after the first, which cancels the first one's run."""
    story = planner.story("feature", planner.opening(day))
    story.pushes.append(story.pushes[0] + 100)
    story.edits.append(planner.change())
    planner.finish(story, 2)


def _renames(planner: _Planner, days: int) -> None:
    """A renamed test, a renamed test file with its source, and tests that are new."""
    state, rng = planner.state, planner.rng
    tests = sorted(state.tests)
    chosen = state.tests[tests[1]]
    story = planner.story("feature", planner.opening(int(days * 0.3)), title="Rename a test")
    name = (
        chosen.name.replace("_", "_renamed_", 1) if "_" in chosen.name else chosen.name + "Renamed"
    )
    renamed = TestDefinition(chosen.uid, chosen.file, name, chosen.line, chosen.base_ms)
    story.edits[-1].append(Edit("test", chosen.uid, definition=renamed))
    story.edits[-1] += planner.line_edits(chosen.file, 1)
    planner.finish(story, 2)
    holder = state.tests[tests[-1]].file
    path = state.files[holder].path
    for old, new in (
        ("Store", "Shelf"),
        ("store", "shelf"),
        ("Views", "Panes"),
        ("views", "panes"),
    ):
        path = path.replace(old, new)
    story = planner.story("feature", planner.opening(int(days * 0.5)), title="Rename a test file")
    story.edits[-1].append(Edit("rename", holder, path=path))
    planner.finish(story, 2)
    for part in range(3):
        story = planner.story("feature", planner.opening(int(days * (0.25 + 0.2 * part))))
        story.title = f"Test more of {planner.repository.areas[0]}"
        last = max(state.tests.values(), key=lambda test: (test.file, test.line))
        for step in range(2):
            uid = planner.numbers.next_uid()
            base = last.name.split("[")[0].split("/")[0]
            made = TestDefinition(
                uid,
                last.file,
                f"{base}More{part}{step}",
                last.line + 3 + step,
                rng.randrange(5, 90),
            )
            story.edits[-1].append(Edit("test", uid, definition=made))
        story.edits[-1] += planner.line_edits(last.file, 2)
        planner.finish(story, 3)


def _owners(planner: _Planner, days: int, teams: list[str]) -> None:
    """Ownership that moves between teams while the history goes on."""
    extras = planner.repository.extras
    versions: list[tuple[float, Ownership]] = []
    if "late_owners" in extras:
        versions.append((0.45, first_ownership(planner.repository)))
    if "moves" in extras:
        versions += [
            (0.4, moved_ownership(planner.repository, 1, teams)),
            (0.7, moved_ownership(planner.repository, 2, teams)),
        ]
    for fraction, ownership in versions:
        story = planner.story("owners", planner.opening(int(days * fraction)))
        story.title = "Hand an area over to another team"
        story.edits = [
            [
                Edit(
                    "text",
                    CODEOWNERS_UID,
                    path=codeowners_path(planner.repository),
                    text=ownership.text(),
                )
            ]
        ]
        story.ownership = ownership
        planner.finish(story, 4)
