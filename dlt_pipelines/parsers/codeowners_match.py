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
from dataclasses import dataclass

NO_MATCH = -1


@dataclass(frozen=True, slots=True)
class Glob:
    """A segment with wildcards.

    Attributes:
        regex: regular expression over one whole segment.
        prefix: letters before the first wildcard.
        suffix: letters after the last wildcard.
        is_plain: the segment is exactly `prefix*suffix`, so that there is nothing to search.
    """

    regex: str
    prefix: str = ""
    suffix: str = ""
    is_plain: bool = False


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
_Searched = tuple[str, int, re.Pattern[str] | None, _Item]  # (suffix, least length, rest, item)


class _Index:
    """Items by what their expected segment must be, for look-up by a segment."""

    __slots__ = ("literals", "prefixes", "rest", "suffixes")

    def __init__(self) -> None:
        self.literals: dict[str, list[_Item]] = {}
        self.prefixes: dict[int, dict[str, list[_Searched]]] = {}
        self.suffixes: dict[int, dict[str, list[_Searched]]] = {}
        self.rest: list[_Searched] = []

    def add(self, token: str | Glob, following: _Item, regex: re.Pattern[str] | None) -> None:
        """Add an item that comes to `following` when a segment matches `token`."""
        if isinstance(token, str):
            self.literals.setdefault(token, []).append(following)
            return
        searched = (token.suffix, len(token.prefix) + len(token.suffix), regex, following)
        if token.prefix:
            table = self.prefixes.setdefault(len(token.prefix), {})
            table.setdefault(token.prefix, []).append(searched)
        elif token.suffix:
            table = self.suffixes.setdefault(len(token.suffix), {})
            table.setdefault(token.suffix, []).append(searched)
        else:
            self.rest.append(searched)

    def reached(self, segment: str) -> list[_Item]:
        """The items that a segment leads to."""
        found = list(self.literals.get(segment, ()))
        candidates = self.rest
        for length, table in self.prefixes.items():
            candidates = candidates + table.get(segment[:length], [])
        for length, table in self.suffixes.items():
            candidates = candidates + table.get(segment[-length:], [])
        for suffix, length, regex, following in candidates:
            if (
                length <= len(segment)
                and segment.endswith(suffix)
                and (regex is None or regex.fullmatch(segment))
            ):
                found.append(following)
        return found


class _State:
    """What is still possible after some folders, beyond what is possible in every folder."""

    __slots__ = ("below", "files", "folders", "index", "stay", "sticky")

    def __init__(self, sticky: int) -> None:
        self.sticky = sticky
        self.below = NO_MATCH
        self.stay: list[_Item] = []
        self.index = _Index()
        self.folders: dict[str, _State] = {}
        self.files: dict[str, int] = {}


class PatternSet:
    """An ordered list of patterns, asked which of them is the last that matches a path."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._regexes: dict[str, re.Pattern[str]] = {}
        self._states: dict[tuple[int, frozenset[_Item]], _State] = {}
        self._folders: dict[str, _State] = {}
        # Patterns that may begin at any depth are possible everywhere: they are indexed once.
        self._everywhere = _State(NO_MATCH)
        items: set[_Item] = set()
        for index, pattern in enumerate(self._patterns):
            position = 0
            while position < len(pattern.tokens) and pattern.tokens[position] is ANY_DEPTH:
                position += 1
            if position:
                self._add(self._everywhere, (index, position))
            else:
                items.add((index, 0))
        self._root = self._state(NO_MATCH, items)

    def last_match(self, path: str) -> int:
        """Index of the last pattern that matches `path` (no leading slash), or -1."""
        folder, slash, name = path.rpartition("/")
        state = self._folder(folder) if slash else self._root
        best = state.files.get(name)
        if best is None:
            best = state.files[name] = self._last_of(state, name)
        return best

    def _folder(self, folder: str) -> _State:
        state = self._folders.get(folder)
        if state is None:
            # No recursion: a path may be deeper than Python's stack.
            state = self._root
            for segment in folder.split("/"):
                following = state.folders.get(segment)
                if following is None:
                    following = state.folders[segment] = self._enter(state, segment)
                state = following
            self._folders[folder] = state
        return state

    def _state(self, sticky: int, items: Iterable[_Item]) -> _State:
        """The shared state of these possibilities; patterns below `sticky` can't win any more."""
        key = (sticky, frozenset(item for item in items if item[0] > sticky))
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = _State(sticky)
            for item in key[1]:
                self._add(state, item)
        return state

    def _add(self, state: _State, item: _Item) -> None:
        index, position = item
        tokens = self._patterns[index].tokens
        if position == len(tokens):
            return
        token = tokens[position]
        if token is ANY_DEPTH:
            state.stay.append(item)
        elif token is BELOW:
            state.below = max(state.below, index)
        elif isinstance(token, str):
            state.index.add(token, (index, position + 1), None)
        elif isinstance(token, Glob):
            regex = None
            if not token.is_plain:
                regex = self._regexes.get(token.regex)
                if regex is None:
                    regex = self._regexes[token.regex] = re.compile(token.regex, re.DOTALL)
            state.index.add(token, (index, position + 1), regex)

    def _close(self, items: set[_Item], index: int, position: int) -> None:
        """Add an item and those it reaches because `ANY_DEPTH` may stand for no folder."""
        tokens = self._patterns[index].tokens
        items.add((index, position))
        while position < len(tokens) and tokens[position] is ANY_DEPTH:
            position += 1
            items.add((index, position))

    def _enter(self, state: _State, segment: str) -> _State:
        sticky = max(state.sticky, state.below, self._everywhere.below)
        items: set[_Item] = set()
        for index, position in state.stay:
            self._close(items, index, position)
        reached = state.index.reached(segment) + self._everywhere.index.reached(segment)
        for index, position in reached:
            pattern = self._patterns[index]
            if position < len(pattern.tokens):
                self._close(items, index, position)
            elif pattern.holds_below:
                sticky = max(sticky, index)
        return self._state(sticky, items)

    def _last_of(self, state: _State, name: str) -> int:
        """The best pattern when `name` is the last segment of the path."""
        best = max(state.sticky, state.below, self._everywhere.below)
        for index, position in state.index.reached(name) + self._everywhere.index.reached(name):
            if index > best and position == len(self._patterns[index].tokens):
                best = index
        return best
