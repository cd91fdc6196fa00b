"""Reading markup that isn't well-formed, as far as its meaning is plain.

Used from the first mistake of a document on, when a strict parser has given up: bare `<` and `&`,
quotes inside attribute values, forbidden control characters, end tags that don't match, several
roots, text after the root. It never raises for bad markup and takes time linear in its length.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

_NAME = re.compile(r"[A-Za-z_:\u0080-\uffff][\w.\-:]*")
# Never given back: of spaces that go on and on, each number of them would be tried with each other.
_ATTRIBUTE_NAME = re.compile(r"\s*+/?\s*+([^\s=<>/\"']++)\s*+(=?)\s*+")
_TAG_END = re.compile(r"\s*+(/?)\s*+>")
_BARE_VALUE = re.compile(r"[^\s<>\"']+")
# Each `<` that opens nothing, with the text behind it.
_NO_MARKUP = re.compile(r"(?:<(?![A-Za-z_:\u0080-\uffff/?!])[^<]*+)++")
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,8}|#[0-9]{1,8}|lt|gt|amp|quot|apos);")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_GOES_ON = r"(?=\s*/?>|\s*\?>|\s+[\w:.\-]+\s*=\s*[\"']|\s*\Z)"
_VALUE_END = {quote: re.compile(quote + _GOES_ON) for quote in ('"', "'")}
_DECLARED = re.compile(r"[\[>]")
_INSTRUCTED = re.compile(r">")
_SPACES = str.maketrans("\t\r\n", "   ")
_VALUE_LIMIT = 64 * 1024
_PATIENCE = 1_000
"""Attribute values without a plausible end, before the rest is given up."""
_LOOKED_INTO = 1_024
"""Characters of what only looks like a start tag that count as much as such a value."""
DEPTH_LIMIT = 1_000
"""Elements inside each other."""


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: bytes that aren't UTF-8 are most often of that code page."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", errors="replace"), error.end


codecs.register_error("windows_1252", _as_windows_1252)


def decode_leniently(data: bytes, encoding: str = "utf-8") -> str:
    """Decode bytes that may not be what they claim to be; never fails.

    Args:
        data: Any bytes.
        encoding: Codec to try; bytes wrong in UTF-8 are read as Windows-1252, in other codecs they
            become U+FFFD.
    """
    errors = "windows_1252" if encoding == "utf-8" else "replace"
    try:
        text = data.decode(encoding, errors=errors)
    except (LookupError, UnicodeError):
        text = data.decode("latin-1")
    return text[1:] if text.startswith("\ufeff") else text


def unescape(text: str) -> str:
    """Replace the five named entities and character references; anything else stays as it is."""
    return _ENTITY.sub(_replace_entity, text) if "&" in text else text


def _replace_entity(found: re.Match[str]) -> str:
    name = found[1]
    if name[0] != "#":
        return _NAMED[name]
    code = int(name[2:], 16) if name[1] == "x" else int(name[1:])
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)


def read_leniently(
    text: str,
    handler: Any,
    stack: list[str],
    *,
    is_in_cdata: bool,
    refuse_entity: Callable[..., None],
) -> bool:
    """Call `handler` for the tags and text of `text`.

    Args:
        text: Rest of a document.
        handler: As in `xml_stream.Handler`; its switch says whether text is wanted.
        stack: Elements open at the start of `text`; changed.
        is_in_cdata: The text starts inside a CDATA section.
        refuse_entity: Called with the name of a declared entity; expected to raise.

    Returns:
        Whether every element was closed at the end.
    """
    return _LenientReader(text, handler, stack, refuse_entity).run(is_in_cdata=is_in_cdata)


class _LenientReader:
    def __init__(
        self, text: str, handler: Any, stack: list[str], refuse_entity: Callable[..., None]
    ) -> None:
        self.source = text
        self.handler = handler
        self.stack = stack
        self.open_tags = Counter(stack)
        self.refuse_entity = refuse_entity
        self.patience: float = _PATIENCE

    def run(self, *, is_in_cdata: bool) -> bool:
        source = self.source
        position, end = 0, len(source)
        if is_in_cdata:
            position = self.cdata(0)
        while position < end:
            if len(self.stack) > DEPTH_LIMIT or self.patience <= 0:
                return False
            mark = source.find("<", position)
            if mark < 0:
                self.text(unescape(source[position:]))
                break
            if mark > position:
                self.text(unescape(source[position:mark]))
            position = self.markup(mark)
        return not self.stack

    def text(self, data: str) -> None:
        take = self.handler.switch.CharacterDataHandler
        if take is not None:
            take(data)

    def cdata(self, start: int) -> int:
        close = self.source.find("]]>", start)
        stop = len(self.source) if close < 0 else close
        self.text(self.source[start:stop])
        return stop + 3

    def behind(self, mark: str, start: int) -> int:
        """Return the position behind the next `mark`, or the end of the text."""
        found = self.source.find(mark, start)
        return len(self.source) if found < 0 else found + len(mark)

    def markup(self, mark: int) -> int:
        """Take the markup at `mark` and return the position behind it."""
        source = self.source
        if source.startswith("<![CDATA[", mark):
            return self.cdata(mark + 9)
        if source.startswith("<!--", mark):
            return self.behind("-->", mark + 4)
        if source.startswith("<!ENTITY", mark):
            self.refuse_entity(source[mark + 8 : mark + 80].strip())
        following = source[mark + 1 : mark + 2]
        if following in ("?", "!"):
            # What a document type declares is read as markup of its own.
            closing = (_DECLARED if following == "!" else _INSTRUCTED).search(source, mark)
            return closing.end() if closing else len(source)
        if following == "/":
            name = _NAME.match(source, mark + 2)
            if name:
                self.end(name[0])
                return self.behind(">", mark)
        else:
            name = _NAME.match(source, mark + 1)
            if name:
                return self.start(name)
        run = _NO_MARKUP.match(source, mark)
        stop = run.end() if run else mark + 1
        self.text(unescape(source[mark:stop]))
        return stop

    def end(self, tag: str) -> None:
        if not self.open_tags[tag]:
            return
        while self.stack:
            open_tag = self.stack.pop()
            self.open_tags[open_tag] -= 1
            self.handler.end(open_tag)
            if open_tag == tag:
                return

    def start(self, name: re.Match[str]) -> int:
        """Take a start tag; text that only looks like one is handed on as text."""
        attributes: dict[str, str] = {}
        position = name.end()
        while True:
            closing = _TAG_END.match(self.source, position)
            if closing:
                self.handler.start(name[0], attributes)
                if closing[1]:
                    self.handler.end(name[0])
                else:
                    self.stack.append(name[0])
                    self.open_tags[name[0]] += 1
                return closing.end()
            part = _ATTRIBUTE_NAME.match(self.source, position)
            if not part:
                break
            position = part.end()
            if part[2]:
                value, position = self.value(position)
                attributes.setdefault(part[1], value)
        # It is read again as text, so it is looked into only so often.
        self.patience -= (position - name.start()) / _LOOKED_INTO
        self.text(self.source[name.start() - 1 : name.end()])
        return name.end()

    def value(self, position: int) -> tuple[str, int]:
        """Return an attribute's value and the position behind it.

        A quote ends the value only where a tag can go on after it: before a space and another
        attribute, `/`, `?` or `>`.
        """
        source = self.source
        quote = source[position : position + 1]
        if quote not in _VALUE_END:
            bare = _BARE_VALUE.match(source, position)
            return (unescape(bare[0]), bare.end()) if bare else ("", position)
        closing = _VALUE_END[quote].search(source, position + 1, position + 1 + _VALUE_LIMIT)
        if closing:
            stop = closing.start()
        else:
            self.patience -= 1
            simple = source.find(quote, position + 1)
            stop = simple if simple >= 0 else len(source)
        value = source[position + 1 : stop].translate(_SPACES)
        return unescape(value), stop + 1
