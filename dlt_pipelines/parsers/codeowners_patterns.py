r"""Patterns of CODEOWNERS files, translated for `codeowners_match`.

GitHub's are those of `.gitignore` with differences that GitHub documents: `[ ]` is no character
range but literal, `!` does not negate, a `\#` at the start does not escape, and `dir/*` holds
for the files in `dir` only (https://docs.github.com/articles/about-code-owners).

GitLab's are those of Ruby's `File.fnmatch` with `FNM_PATHNAME | FNM_DOTMATCH` over the path with
a leading slash, after `*` → `/**/*`, `docs` → `/**/docs` and `docs/` → `/**/docs/**/*`
(https://docs.gitlab.com/user/project/codeowners/advanced/).
"""

import re
from collections.abc import Sequence

from dlt_pipelines.parsers.codeowners_match import ANY_DEPTH, BELOW, Glob, Pattern, Token

_ONE = "[^/]"
_MANY = "[^/]*"


class PatternError(ValueError):
    """A pattern that GitHub does not accept; the message says why."""


def github_pattern(text: str) -> Pattern:
    """Translate a GitHub pattern, as written, with its backslash escapes.

    Raises:
        PatternError: a pattern GitHub marks as invalid.
    """
    if text.startswith("!"):
        raise PatternError("`!` does not negate a pattern in GitHub's dialect")
    if text.startswith("\\#"):
        raise PatternError("`\\#` does not escape a comment in GitHub's dialect")
    if "***" in text:
        raise PatternError("three asterisks in a row are not a pattern")
    if not text.strip("/"):
        raise PatternError(f"`{text}` never matches anything; did you mean `*`?")
    segments = text.split("/")
    is_only_below = segments[-1] == "" and len(segments) > 1
    if is_only_below:
        segments.pop()
    if segments[0] == "":
        segments.pop(0)
    elif len(segments) == 1:
        segments.insert(0, "**")
    return _github_tokens(segments, is_only_below=is_only_below)


def _github_tokens(segments: list[str], *, is_only_below: bool) -> Pattern:
    tokens: list[Token] = [
        ANY_DEPTH if segment == "**" else _segment(segment, has_ranges=False)
        for segment in segments[:-1]
    ]
    last = segments[-1]
    if last == "**":
        # `dir/**` and `dir/**/` are everything inside, never `dir` itself; `**/` is any folder.
        is_any_folder = is_only_below and set(segments) == {"**"}
        folder = (ANY_DEPTH, Glob(_MANY, is_plain=True)) if is_any_folder else ()
        return Pattern((*tokens, *folder, BELOW), holds_below=False)
    tokens.append(_segment(last, has_ranges=False))
    if is_only_below:
        return Pattern((*tokens, BELOW), holds_below=False)
    return Pattern(tuple(tokens), holds_below=last != "*")


def gitlab_normal(text: str) -> str:
    """Return the pattern (without the `!` of an exclusion) that GitLab hands to `fnmatch`.

    Nothing, which a `!` alone leaves, is everything: `/**/**/*`.
    """
    if text == "*":
        return "/**/*"
    if text.startswith("\\#"):
        text = text[1:]
    text = re.sub(r"\\\s+", " ", text, flags=re.ASCII)
    if not text.startswith("/"):
        text = f"/**/{text}"
    return f"{text}**/*" if text.endswith("/") else text


def gitlab_pattern(text: str) -> Pattern:
    """Translate a GitLab pattern (without the `!` of an exclusion)."""
    segments = gitlab_normal(text)[1:].split("/")
    tokens: list[Token] = [
        ANY_DEPTH if segment == "**" else _segment(segment, has_ranges=True)
        for segment in segments[:-1]
    ]
    # A `**` that no slash follows is an ordinary `*` to fnmatch.
    tokens.append(_segment(segments[-1], has_ranges=True))
    return Pattern(tuple(tokens), holds_below=False)


def _segment(text: str, *, has_ranges: bool) -> Token:
    """One segment: a plain string when it holds no wildcard, else a `Glob`."""
    letters: list[str | None] = []  # None where a wildcard stands
    regexes: list[str] = []
    position = 0
    while position < len(text):
        character = text[position]
        position += 1
        if character == "*":
            if regexes[-1:] != [_MANY]:
                letters.append(None)
                regexes.append(_MANY)
        elif character == "?":
            letters.append(None)
            regexes.append(_ONE)
        elif character == "[" and has_ranges:
            expression, position = _range(text, position)
            letters.append(None)
            regexes.append(expression)
        else:
            if character == "\\" and position < len(text):
                character = text[position]
                position += 1
            letters.append(character)
            regexes.append(re.escape(character))
    wild = [position for position, letter in enumerate(letters) if letter is None]
    if not wild:
        return "".join(filter(None, letters))
    return Glob(
        _joined(regexes),
        prefix="".join(filter(None, letters[: wild[0]])),
        suffix="".join(filter(None, letters[wild[-1] + 1 :])),
        is_plain=len(wild) == 1 and regexes[wild[0]] == _MANY,
    )


def _joined(regexes: Sequence[str]) -> str:
    """Join the regular expressions of a segment so that no name takes long to be refused.

    What stands between two asterisks may be taken where it comes first: if the rest does not follow
    there, it does not follow further on. Without that, each asterisk would try every place.
    """
    parts = [""]
    for regex in regexes:
        if regex == _MANY:
            parts.append("")
        else:
            parts[-1] += regex
    if len(parts) == 1:
        return parts[0]
    head, *middle, tail = parts
    return head + "".join(f"(?>{_MANY}?{part})" for part in middle) + _MANY + tail


def _range(text: str, position: int) -> tuple[str, int]:
    """The character class that begins after `[`, as Ruby's `fnmatch` reads it.

    Returns:
        A regular expression and the position after `]`. A class that never ends matches nothing.
    """
    is_negated = text[position : position + 1] in ("!", "^")
    if is_negated:
        position += 1
    pieces: list[str] = []
    while position < len(text) and text[position] != "]":
        first, position = _range_character(text, position)
        last = first
        if text[position : position + 1] == "-" and text[position + 1 : position + 2] not in (
            "",
            "]",
        ):
            last, position = _range_character(text, position + 1)
        if first <= last:
            pieces.append(f"{re.escape(first)}-{re.escape(last)}")
    if position >= len(text):
        return "(?!)", len(text)
    if not pieces:
        return (_ONE if is_negated else "(?!)"), position + 1
    return f"(?!/)[{'^' if is_negated else ''}{''.join(pieces)}]", position + 1


def _range_character(text: str, position: int) -> tuple[str, int]:
    if text[position] == "\\" and position + 1 < len(text):
        position += 1
    return text[position], position + 1
