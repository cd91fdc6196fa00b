"""The first look at a report: enough of its start to tell its format by content.

`read_head` never fails: what can't be understood is left empty, and no format claims the head.
"""

import codecs
import io
import json
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from dlt_pipelines.parsers.log_text import as_written

RAW_LIMIT = 64 * 1024
"""Bytes kept in `Head.raw`."""
SCAN_LIMIT = 4 * 1024 * 1024
"""Bytes read to find JSON keys: the telling key may follow a long value."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:\-]{1,40})["']"""
)
_NOT_SINGLE_BYTE = (
    "utf",
    "base64",
    "hex",
    "rot",
    "zlib",
    "bz2",
    "quopri",
    "uu",
    "idna",
    "punycode",
)
_ARRAY = re.compile(
    r"\[\s*(?:[{\[\"\]]|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?\s*(?:,|\]\s*$|$)|(?:true|false|null)\b|$)"
)
"""A JSON array, unlike `[INFO]`, `[08:45:03]` or `[ 0.25] Booting` at the start of a log."""
_LATE_START = re.compile(r"<(?:\?xml\s|testsuites?[\s>]|coverage[\s>])")
_LATE_JSON = re.compile(r'^(?=[{\[]\s{0,200}["{\[])', re.MULTILINE)
_LATE_TRIES = 50
_PROLOG = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)", re.DOTALL)
_START_TAG = re.compile(
    r"<([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)((?:\s+[^\s=<>/]+\s*=\s*(?:\"[^\"]*\"|'[^']*'))*)"
)
_ATTRIBUTE = re.compile(r"(?<![^\s=<>/])([^\s=<>/]++)\s*+=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ELEMENT = re.compile(r"<([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)(?=[\s/>])")
_OPAQUE = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|$)|<!--.*?(?:-->|$)", re.DOTALL)
# A text that never ends is one token, too: else each quote in it would be tried to the end.
_JSON_TOKEN = re.compile(r'"((?:[^"\\]++|\\.)*+)(?:"(\s*+:)?|\\?\Z)|[{}\[\]]', re.DOTALL)
_JSON_TOKENS = 400_000
_LATE_KEY = b'"coverageMap":'
"""Jest's coverage of a run stands behind the results of all of its tests."""
_LATE_KEY_SCAN = 256 * 1024
_KEY_DEPTH = 8
"""Brackets inside each other; an array of objects takes two."""
_KEY_LENGTH = 200
_KEY_PATHS = 2_000


@dataclass(frozen=True, slots=True)
class Head:
    """What the start of a report shows.

    Attributes:
        raw: The first bytes, at most `RAW_LIMIT`.
        text: `raw` decoded, without a byte order mark.
        name: The file's name as given; formats are told by content, this is for messages.
        encoding: Name of the codec that `text` was decoded with.
        root: Local name of the XML root element, empty when this isn't XML.
        root_namespace: Namespace URI of the root, empty without one.
        root_attributes: Attributes of the root as written (entities not replaced).
        elements: Local names of the XML elements in `text`, each once, in order.
        json_keys: Keys of the top-level JSON object, or of the objects in a top-level array, or of
            the first lines of a file with one object per line. Also those of a document behind a
            text, such as the banner of `npm run`; that is no `is_json`, the text may be a format.
        json_paths: Dotted key paths (`stats.expected`, `results.tool.name`), eight brackets deep;
            arrays add no level.
        is_json_array: The top level is an array.
        is_json_lines: Several top-level objects follow each other.
    """

    raw: bytes
    text: str
    name: str = ""
    encoding: str = "utf-8"
    root: str = ""
    root_namespace: str = ""
    root_attributes: dict[str, str] = field(default_factory=dict)
    elements: tuple[str, ...] = ()
    json_keys: frozenset[str] = frozenset()
    json_paths: frozenset[str] = frozenset()
    is_json_array: bool = False
    is_json_lines: bool = False

    @property
    def is_xml(self) -> bool:
        """Whether an XML root element was found."""
        return bool(self.root)

    @property
    def is_json(self) -> bool:
        """Whether the text starts like JSON."""
        return _starts_json(self.text.lstrip()) and bool(self.json_keys or self.is_json_array)


def _starts_json(content: str) -> bool:
    return content[:1] == "{" or _ARRAY.match(content) is not None


def sniff_encoding(raw: bytes) -> str:
    """Return the codec that the first bytes speak for; what they show beats what they declare.

    A byte order mark decides, then the pattern of zero bytes of UTF-16 and UTF-32 without one,
    then the encoding of the XML declaration if Python knows it and it fits single bytes, else
    UTF-8.
    """
    for bom, encoding in _BOMS:
        if raw.startswith(bom):
            return encoding
    start = raw[:64]
    if start[:4].count(0) == 3 and len(start) >= 4:
        return "utf-32-le" if start[0] else "utf-32-be"
    if len(start) >= 4 and start[:16].count(0) >= len(start[:16]) // 2 - 1:
        return "utf-16-be" if start[0] == 0 else "utf-16-le"
    declared = _DECLARED.match(raw[:400])
    if declared:
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
        except LookupError:
            return "utf-8"
        if name.startswith(_NOT_SINGLE_BYTE) or _is_really_utf8(raw):
            return "utf-8"
        return "utf-8" if name in ("ascii", "utf-8-sig") else name
    return "utf-8"


def _is_really_utf8(raw: bytes) -> bool:
    """Whether the bytes hold characters that are only right as UTF-8, whatever is declared."""
    if raw.isascii():
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)
    except UnicodeDecodeError:
        return False
    return True


def decode_start(raw: bytes, encoding: str) -> str:
    """Decode the start of a file; a character cut at the end or wrong in the middle is replaced."""
    try:
        text = raw.decode(encoding, errors="replace")
    except (LookupError, UnicodeError):
        text = raw.decode("latin-1")
    return text[1:] if text.startswith("\ufeff") else text


def read_head(source: bytes | BinaryIO, name: str = "") -> Head:
    """Look at the start of a report.

    Args:
        source: The report's bytes, or a seekable binary stream, which is left where it was.
        name: File name for messages.

    Returns:
        The head; fields of what wasn't found are empty.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        start = bytes(source[:SCAN_LIMIT])
    else:
        position = source.seek(0, io.SEEK_CUR)
        start = source.read(SCAN_LIMIT)
        source.seek(position)
    encoding = sniff_encoding(start)
    raw = start[:RAW_LIMIT]
    text = as_written(decode_start(raw, encoding))
    content = text.lstrip("\ufeff \t\r\n\x00")
    first = content[:1]
    if _starts_json(content):
        keys, paths, is_lines = _scan_json(as_written(decode_start(start, encoding)))
        if len(start) == SCAN_LIMIT and "testResults" in keys:
            late_keys, late_paths, _ = _scan_json("{" + _late_part(source))
            keys, paths = keys | late_keys, paths | late_paths
        return Head(
            raw=raw,
            text=text,
            name=name,
            encoding=encoding,
            json_keys=keys,
            json_paths=paths,
            is_json_array=first == "[",
            is_json_lines=is_lines,
        )
    root, namespace, attributes = _find_root(text)
    if not root and first == "<" and len(start) > RAW_LIMIT:
        # A long comment or document type stands before the root.
        root, namespace, attributes = _find_root(as_written(decode_start(start, encoding)))
    elements = _element_names(text) if root else ()
    late = None if root or first == "<" else late_json(text)
    keys, paths = frozenset[str](), frozenset[str]()
    if late is not None:
        keys, paths, _is_lines = _scan_json(as_written(decode_start(start, encoding))[late:])
    return Head(
        raw=raw,
        text=text,
        name=name,
        encoding=encoding,
        root=root,
        root_namespace=namespace,
        root_attributes=attributes,
        elements=elements,
        json_keys=keys,
        json_paths=paths,
        is_json_array=late is not None and text[late] == "[",
    )


def _late_part(source: bytes | BinaryIO) -> str:
    """Return what begins with the late key behind `SCAN_LIMIT`, nothing where it isn't there."""
    stream = io.BytesIO(source) if isinstance(source, bytes | bytearray | memoryview) else source
    position = stream.seek(0, io.SEEK_CUR)
    stream.seek(position + SCAN_LIMIT - len(_LATE_KEY))
    part, kept = b"", b""
    while chunk := stream.read(SCAN_LIMIT):
        text = kept + chunk
        found = text.find(_LATE_KEY)
        if found >= 0:
            part = text[found:] + stream.read(_LATE_KEY_SCAN)
            break
        kept = text[-len(_LATE_KEY) :]
    stream.seek(position)
    return part[:_LATE_KEY_SCAN].decode("utf-8", errors="replace")


def late_json(text: str) -> int | None:
    """Return where the longest JSON object or array starts that begins a line; it may be cut off.

    Only what stands within the first `RAW_LIMIT` characters is seen.
    """
    text = text[:RAW_LIMIT]
    decoder = json.JSONDecoder(strict=False)
    best, longest, position = None, 0, 0
    for _ in range(_LATE_TRIES):
        found = _LATE_JSON.search(text, position)
        if found is None:
            break
        try:
            position = decoder.raw_decode(text, found.start())[1]
        except json.JSONDecodeError as error:
            is_cut = error.msg.startswith("Unterminated string")
            position = len(text) if is_cut else max(error.pos, found.start() + 1)
        except (RecursionError, ValueError):
            position = found.start() + 1
        if position - found.start() > longest:
            best, longest = found.start(), position - found.start()
    return best


def _find_root(text: str) -> tuple[str, str, dict[str, str]]:
    """Return local name, namespace and attributes of the root element, after any prolog."""
    position = 0
    stripped = text.lstrip("\ufeff \t\r\n\x00")
    if not stripped.startswith("<"):
        # A log line or a warning in front of the document: other tools look past it, so do we.
        found = _LATE_START.search(text)
        if not found:
            return "", "", {}
        stripped = text[found.start() :]
    while prolog := _PROLOG.match(stripped, position):
        position = prolog.end()
    while position < len(stripped) and stripped[position].isspace():
        position += 1
    tag = _START_TAG.match(stripped, position)
    if not tag:
        return "", "", {}
    attributes = {key: double or single for key, double, single in _ATTRIBUTE.findall(tag[2])}
    prefix, _, local = tag[1].rpartition(":")
    namespace = attributes.get(f"xmlns:{prefix}" if prefix else "xmlns", "")
    return local, namespace, attributes


def _element_names(text: str) -> tuple[str, ...]:
    visible = _OPAQUE.sub("", text)
    names = (found.rpartition(":")[2] for found in _ELEMENT.findall(visible))
    return tuple(dict.fromkeys(names))


def _scan_json(text: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Collect key paths of the start of a JSON text, which may end in the middle."""
    keys: set[str] = set()
    paths: set[str] = set()
    prefixes = [""]
    depth = 0
    pending = ""
    roots = 0
    for token in islice(_JSON_TOKEN.finditer(text), _JSON_TOKENS):
        mark = token[0]
        if mark in ("{", "["):
            roots += not depth
            depth += 1
            if depth <= _KEY_DEPTH:
                parent = prefixes[-1]
                prefixes.append(f"{parent}{pending}." if pending else parent)
            pending = ""
        elif mark in ("}", "]"):
            if depth <= _KEY_DEPTH and len(prefixes) > 1:
                prefixes.pop()
            depth = max(0, depth - 1)
            pending = ""
        elif token[2] and 0 < depth <= _KEY_DEPTH:
            pending = token[1][:_KEY_LENGTH]
            prefix = prefixes[-1]
            if len(paths) < _KEY_PATHS:
                paths.add(f"{prefix}{pending}")
                if not prefix:
                    keys.add(pending)
        else:
            pending = ""
    return frozenset(keys), frozenset(paths), roots > 1
