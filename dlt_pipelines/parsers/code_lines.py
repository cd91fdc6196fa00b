"""Which lines of a file hold code: those that are more than comment, blank space and brackets.

    path ──kind of file──> comment markers ──one scan over the text──> numbers of the lines left

The scan knows texts in quotes, so that `"http://x"` opens no comment and a comment that goes over
several lines is one from its first to its last. In files of a kind that is not in `_KINDS` every
line counts that has a letter or digit; of documents (`_DOCUMENTS`) none does. What a language
allows beyond that, such as comments inside of comments, is not seen.
"""

import re
from functools import cache
from typing import NamedTuple

_DOUBLE = rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_SINGLE = rb"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'"
_BACKTICK = rb"`[^`\\]*+(?:\\(?s:.)[^`\\]*+)*+`"
_TRIPLE = rb'"""(?s:.*?)"""' + rb"|'''(?s:.*?)'''"
_SQL_TEXT = rb"'[^']*+'"
_C_BLOCK = rb"/\*(?s:.*?)(?:\*/|\Z)"
_C_LINE = rb"//[^\n]*"
_MARKUP = rb"<!--(?s:.*?)(?:-->|\Z)"
_HASH = rb"(?<!\S)#[^\n]*"
_DASHES = rb"--[^\n]*"
# A docstring comes first in a file, or after the colon that opens a block.
_DOCSTRING = rb"(?:\A(?:\s*#[^\n]*\n)*|:[ \t]*+(?:#[^\n]*)?\n)\s*[rRuU]?(?:" + _TRIPLE + rb")"
_CODE = re.compile(rb"[0-9A-Za-z_\x80-\xff]")


class _Markers(NamedTuple):
    comments: tuple[bytes, ...]
    texts: tuple[bytes, ...] = ()


# Kinds of files: what is a comment there, and the quotes in which it is none.
_KINDS = {
    "c cc cpp cxx h hh hpp hxx m mm cs dart rs proto glsl": _Markers(
        (_C_BLOCK, _C_LINE), (_DOUBLE, _SINGLE)
    ),
    "java kt kts scala groovy gradle swift": _Markers(
        (_C_BLOCK, _C_LINE), (_TRIPLE, _DOUBLE, _SINGLE)
    ),
    "js jsx mjs cjs ts tsx mts cts go": _Markers(
        (_C_BLOCK, _C_LINE), (_DOUBLE, _SINGLE, _BACKTICK)
    ),
    "vue svelte": _Markers((_C_BLOCK, _C_LINE, _MARKUP), (_DOUBLE, _SINGLE, _BACKTICK)),
    "php": _Markers((_C_BLOCK, _C_LINE, _HASH), (_DOUBLE, _SINGLE)),
    "tf hcl": _Markers((_C_BLOCK, _C_LINE, _HASH), (_DOUBLE,)),
    "css": _Markers((_C_BLOCK,), (_DOUBLE, _SINGLE)),
    "scss sass less": _Markers((_C_BLOCK, rb"(?<!:)//[^\n]*"), (_DOUBLE, _SINGLE)),
    "py pyi pyx": _Markers((_DOCSTRING, rb"#[^\n]*"), (_TRIPLE, _DOUBLE, _SINGLE)),
    "sh bash zsh pl pm r yaml yml toml conf cfg cmake mk makefile dockerfile tcl ex exs jl nix": (
        _Markers((_HASH,))
    ),
    "rb rake": _Markers((rb"(?m:^)=begin\b(?s:.*?)(?:\n=end\b[^\n]*|\Z)", _HASH)),
    "ps1 psm1": _Markers((rb"<#(?s:.*?)(?:#>|\Z)", _HASH), (_DOUBLE,)),
    "sql": _Markers((_C_BLOCK, _DASHES), (_SQL_TEXT, _DOUBLE)),
    "lua": _Markers((rb"--\[\[(?s:.*?)(?:\]\]|\Z)", _DASHES), (_DOUBLE, _SINGLE)),
    "hs elm purs": _Markers((rb"\{-(?s:.*?)(?:-\}|\Z)", _DASHES), (_DOUBLE,)),
    "html htm xml xsd xsl xslt svg xhtml": _Markers((_MARKUP,)),
    "clj cljs cljc edn lisp el scm": _Markers((rb";[^\n]*",), (_DOUBLE,)),
    "ini properties": _Markers((rb"(?m:^)[ \t]*[;#!][^\n]*",)),
    "erl hrl tex sty": _Markers((rb"(?<!\\)%[^\n]*",)),
    "vb vbs bas": _Markers((rb"(?<!\S)'[^\n]*",), (_DOUBLE,)),
    "f90 f95 f03 f08": _Markers((rb"![^\n]*",), (_DOUBLE, _SINGLE)),
}
_DOCUMENTS = frozenset({"md", "markdown", "rst", "adoc", "asciidoc"})
_BY_ENDING = {ending: markers for endings, markers in _KINDS.items() for ending in endings.split()}
# What a program wrote, or what others wrote: nobody brings a defect there by hand.
_NOT_WRITTEN_HERE = re.compile(
    r"(?:^|/)(?:vendor|vendored|node_modules|third[_-]?party|bower_components|dist|__snapshots__"
    r"|generated|Pods)/"
    r"|(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum)$"
    r"|[.-]min\.(?:js|css)$|\.(?:map|snap|lock)$"
    r"|(?:_pb2(?:_grpc)?\.pyi?|\.pb\.(?:go|cc|h)|\.g\.dart|\.designer\.cs|\.g\.cs)$"
    r"|[._]generated\.\w+$",
    re.IGNORECASE,
)


def is_written_here(path: str) -> bool:
    """Tell whether a file is neither generated nor vendored, by its path."""
    return _NOT_WRITTEN_HERE.search(path) is None


def lines_of_code(path: str, content: bytes) -> set[int]:
    """The numbers (from 1) of the lines that hold code.

    Args:
        path: Of the file; its ending, or its name without one, tells the kind.
        content: All of it; a comment may begin far above the line of interest.
    """
    ending = _ending(path)
    if ending in _DOCUMENTS:
        return set()
    if ending in _BY_ENDING:
        content = _scanner(ending).sub(_without_comment, content)
    return {
        number
        for number, line in enumerate(content.split(b"\n"), start=1)
        if _CODE.search(line) is not None
    }


def _ending(path: str) -> str:
    name = path.rpartition("/")[2].lower()
    ending = name.rpartition(".")[2]
    # `Dockerfile.dev`, `Makefile.am`
    first = name.partition(".")[0]
    return first if first in ("dockerfile", "makefile") else ending


@cache
def _scanner(ending: str) -> re.Pattern[bytes]:
    markers = _BY_ENDING[ending]
    return re.compile(
        b"(?P<comment>" + b"|".join(markers.comments) + b")"
        + b"".join(b"|" + text for text in markers.texts)
    )  # fmt: skip


def _without_comment(found: re.Match[bytes]) -> bytes:
    """Keep texts, and of a comment the ends of its lines."""
    if found.lastgroup is None:
        return found[0]
    return b"\n" * found[0].count(b"\n")
