"""Matches paths against many path patterns at once: the last matching pattern wins.

Patterns and paths are cut at `/`. The patterns together are one automaton over path segments
whose states are built when a path first needs them and are shared by every path below the same
kind of folder; so a hundred thousand paths against hundreds of patterns cost one dictionary
look-up per folder and a few per file name, not one regular expression per pattern.

A pattern is a tuple of tokens (`Token`): a literal segment, a segment with wildcards, `ANY_DEPTH`
(zero or more folders), `BELOW` (one or more segments, whatever they are), and it may hold for
everything below what it names (`Pattern.holds_below`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NO_MATCH = -1


@dataclass(frozen=True, slots=True)
class Glob:
    """A segment with wildcards: its regular expression over one whole segment.

    `prefix` and `suffix` are set when the segment is exactly `prefix*suffix` with one of the two
    empty, which can be looked up instead of searched.
    """

    regex: str
    prefix: str | None = None
    suffix: str | None = None


@dataclass(frozen=True, slots=True)
class _Depth:
    name: str


ANY_DEPTH = _Depth("zero or more folders")
BELOW = _Depth("one or more segments, to the end")
Token = str | Glob | _Depth


@dataclass(frozen=True, slots=True)
class Pattern:
    """The tokens of one pattern; `holds_below`: what it names owns everything inside too."""

    tokens: tuple[Token, ...]
    holds_below: bool


_Item = tuple[int, int]  # (index of the pattern, index of the token expected next)


@dataclass(slots=True)
class _State:
    """What is still possible after some folders, indexed by the kind of the expected token."""

    sticky: int
    stay: list[_Item] = field(default_factory=list)
    below: int = NO_MATCH
    literals: dict[str, list[_Item]] = field(default_factory=dict)
    prefixes: dict[int, dict[str, list[_Item]]] = field(default_factory=dict)
    suffixes: dict[int, dict[str, list[_Item]]] = field(default_factory=dict)
    globs: list[tuple[re.Pattern[str], _Item]] = field(default_factory=list)
    folders: dict[str, "_State"] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


class PatternSet:
    """An ordered list of patterns, asked which of them is the last that matches a path."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._regexes: dict[str, re.Pattern[str]] = {}
        self._states: dict[tuple[int, frozenset[_Item]], _State] = {}
        self._folders: dict[str, _State] = {}
        items: set[_Item] = set()
        for index in range(len(self._patterns)):
            self._close(items, index, 0)
        self._root = self._state(NO_MATCH, items)

    def last_match(self, path: str) -> int:
        """Index of the last pattern that matches `path` (no leading slash), or -1."""
        folder, slash, name = path.rpartition("/")
        state = self._folder(folder) if slash else self._root
        best = state.files.get(name)
        if best is None:
            best = state.files[name] = self._last_of(state, name)
        return best

    def last_matches(self, paths: Iterable[str]) -> list[int]:
        """`last_match` of every path, in the order given."""
        match = self.last_match
        return [match(path) for path in paths]

    def _folder(self, folder: str) -> _State:
        state = self._folders.get(folder)
        if state is None:
            state = self._root
            for segment in folder.split("/"):
                following = state.folders.get(segment)
                if following is None:
                    following = state.folders[segment] = self._enter(state, segment)
                state = following
            self._folders[folder] = state
        return state

    def _state(self, sticky: int, items: set[_Item]) -> _State:
        """The shared state of these possibilities; patterns below `sticky` can't win any more."""
        key = (sticky, frozenset(item for item in items if item[0] > sticky))
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(sticky)
            for item in sorted(key[1]):
                self._index(state, item)
        return state

    def _index(self, state: _State, item: _Item) -> None:
        index, position = item
        tokens = self._patterns[index].tokens
        if position == len(tokens):
            return
        token = tokens[position]
        following = (index, position + 1)
        if token is ANY_DEPTH:
            state.stay.append(item)
        elif token is BELOW:
            state.below = max(state.below, index)
        elif isinstance(token, str):
            state.literals.setdefault(token, []).append(following)
        elif isinstance(token, Glob):
            if token.prefix is not None:
                table = state.prefixes.setdefault(len(token.prefix), {})
                table.setdefault(token.prefix, []).append(following)
            elif token.suffix is not None:
                table = state.suffixes.setdefault(len(token.suffix), {})
                table.setdefault(token.suffix, []).append(following)
            else:
                regex = self._regexes.get(token.regex)
                if regex is None:
                    regex = self._regexes[token.regex] = re.compile(token.regex, re.DOTALL)
                state.globs.append((regex, following))

    def _close(self, items: set[_Item], index: int, position: int) -> None:
        """Add an item and those it reaches because `ANY_DEPTH` may stand for no folder."""
        tokens = self._patterns[index].tokens
        items.add((index, position))
        while position < len(tokens) and tokens[position] is ANY_DEPTH:
            position += 1
            items.add((index, position))

    def _reached(self, state: _State, segment: str) -> list[_Item]:
        """Items whose expected segment is this one, the token already consumed."""
        reached = list(state.literals.get(segment, ()))
        for length, table in state.prefixes.items():
            reached += table.get(segment[:length], ())
        for length, table in state.suffixes.items():
            if length <= len(segment):
                reached += table.get(segment[len(segment) - length :], ())
        reached += [item for regex, item in state.globs if regex.fullmatch(segment)]
        return reached

    def _enter(self, state: _State, segment: str) -> _State:
        sticky = max(state.sticky, state.below)
        items: set[_Item] = set()
        for index, position in state.stay:
            self._close(items, index, position)
        for index, position in self._reached(state, segment):
            pattern = self._patterns[index]
            if position < len(pattern.tokens):
                self._close(items, index, position)
            elif pattern.holds_below:
                sticky = max(sticky, index)
        return self._state(sticky, items)

    def _last_of(self, state: _State, name: str) -> int:
        """The best pattern when `name` is the last segment of the path."""
        best = max(state.sticky, state.below)
        for index, position in self._reached(state, name):
            if index > best and position == len(self._patterns[index].tokens):
                best = index
        return best
