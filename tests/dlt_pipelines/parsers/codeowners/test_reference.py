"""The pattern sets against a slow reference: one pattern, one path, letter by letter."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dlt_pipelines.parsers.codeowners import parse

NAMES = st.text("ab.[]*", min_size=1, max_size=6)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
WILD = st.text("ab.*?[]-!", min_size=1, max_size=7)
SEGMENTS = st.one_of(st.just("**"), st.just("*"), st.sampled_from(["a", "b", "*.a", "a*"]), WILD)
PATTERNS = st.builds(
    lambda head, segments, tail: head + "/".join(segments) + tail,
    st.sampled_from(["", "/"]),
    st.lists(SEGMENTS, min_size=1, max_size=4),
    st.sampled_from(["", "/"]),
)


def glob(pattern: str, text: str, *, has_ranges: bool) -> bool:
    """Whether one segment with wildcards matches one name; tries every length of each `*`."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(
            glob(pattern[1:], text[length:], has_ranges=has_ranges)
            for length in range(len(text) + 1)
        )
    if not text:
        return False
    if has_ranges and pattern[0] == "[":
        end = pattern.find("]", 1)
        if end < 0:
            return False
        inside = pattern[1:end]
        negated = inside[:1] in ("!", "^")
        members = inside[1:] if negated else inside
        allowed, position = set(), 0
        while position < len(members):
            if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
                allowed |= set(
                    map(chr, range(ord(members[position]), ord(members[position + 2]) + 1))
                )
                position += 3
            else:
                allowed.add(members[position])
                position += 1
        hit = (text[0] in allowed) != negated
        return hit and glob(pattern[end + 1 :], text[1:], has_ranges=has_ranges)
    if pattern[0] not in ("?", text[0]):
        return False
    return glob(pattern[1:], text[1:], has_ranges=has_ranges)


def segments_match(pattern: list[str], path: list[str], *, has_ranges: bool) -> bool:
    """Whether segments match one by one, `**` before others standing for any number of folders."""
    if not pattern:
        return not path
    if pattern[0] == "**" and len(pattern) > 1:
        return any(
            segments_match(pattern[1:], path[skipped:], has_ranges=has_ranges)
            for skipped in range(len(path))
        )
    return (
        bool(path)
        and glob(pattern[0], path[0], has_ranges=has_ranges)
        and segments_match(pattern[1:], path[1:], has_ranges=has_ranges)
    )


def github_matches(pattern: str, path: str) -> bool:
    """GitHub's rule by its definition: some leading part of the path is what the pattern names."""
    below = pattern.endswith("/")
    body = pattern.rstrip("/") if below else pattern
    anchored = "/" in body
    segments = body.removeprefix("/").split("/")
    if not anchored:
        segments = ["**", *segments]
    names = path.split("/")
    if set(segments) == {"**"} and below:
        segments = [*segments, "*"]  # a folder at any depth
    if segments[-1] == "**":
        # Everything inside what comes before it.
        segments, below = [*segments[:-1], "**", "*"], False
        if len(segments) == 2:
            return True
        return any(
            segments_match(segments, names[:size], has_ranges=False)
            for size in range(len(names) + 1)
        )
    if segments[-1] == "*" and not below:
        return segments_match(segments, names, has_ranges=False)
    longest = len(names) - 1 if below else len(names)
    return any(
        segments_match(segments, names[:size], has_ranges=False) for size in range(1, longest + 1)
    )


def gitlab_full(pattern: str) -> str:
    """The pattern that GitLab makes of one, and by which it keeps a single rule."""
    if pattern == "*":
        return "/**/*"
    full = pattern if pattern.startswith("/") else "/**/" + pattern
    return full + "**/*" if full.endswith("/") else full


def gitlab_matches(full: str, path: str) -> bool:
    """GitLab's rule: fnmatch over the whole path."""
    return segments_match(full[1:].split("/"), path.split("/"), has_ranges=True)


def is_valid(pattern: str) -> bool:
    return "***" not in pattern and bool(pattern.strip("/")) and not pattern.startswith("!")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(PATTERNS.filter(is_valid), min_size=1, max_size=8),
    st.lists(PATHS, min_size=1, max_size=8),
)
def test_github(patterns, paths):
    file = parse("".join(f"{pattern} @o{line}\n" for line, pattern in enumerate(patterns, 1)))
    for path, answer in zip(paths, file.owners_of(paths), strict=True):
        lines = [line for line, p in enumerate(patterns, 1) if github_matches(p, path)]
        assert [rule.line for rule in answer.rules] == lines[-1:], (patterns, path)


@settings(max_examples=200, deadline=None)
@given(st.lists(PATTERNS, min_size=1, max_size=8), st.lists(PATHS, min_size=1, max_size=8))
def test_gitlab(patterns, paths):
    # A letter before a bracket keeps the line from being a heading.
    patterns = [p if p[0] not in "[!" else "a" + p for p in patterns]
    file = parse(
        "".join(f"{pattern} @o{line}\n" for line, pattern in enumerate(patterns, 1)), "gitlab"
    )
    for path, answer in zip(paths, file.owners_of(paths), strict=True):
        last_lines = {gitlab_full(pattern): line for line, pattern in enumerate(patterns, 1)}
        lines = [line for full, line in last_lines.items() if gitlab_matches(full, path)]
        assert [rule.line for rule in answer.rules] == lines[-1:], (patterns, path)


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200)), st.sampled_from(["github", "gitlab"])
)
def test_any_content_is_read(content, dialect):
    file = parse(content, dialect)
    file.owners("a/b")
    lines = [rule.line for rule in file.rules]
    assert lines == sorted(set(lines))
