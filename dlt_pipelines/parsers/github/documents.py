"""Bytes of saved API answers → JSON documents, however they were saved.

One document, JSON Lines, documents written one behind the other (as `gh api --paginate` prints
them), UTF-8 with or without a byte order mark, or the UTF-16 that PowerShell's `>` writes.

A document is bounded, a file of many is not: it is read one by one.
"""

import codecs
import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import orjson

from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.json_limits import cut_deep, memory_of_values

DOCUMENT_LIMIT = 64 * 1024 * 1024
"""Bytes of one document."""
VALUES_LIMIT = 192 * 1024 * 1024
"""What the values of one document may take in memory, roughly."""

_BETWEEN_DOCUMENTS = " \t\r\n\x1e"  # RFC 7464 puts a record separator before each document
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class HasError(Protocol):
    """A report on a file.

    Attributes:
        error: Why reading stopped before the end, or None.
    """

    error: str | None


class DocumentTooLargeError(ParseError, ValueError):
    """A document would take more memory than there is for one."""


def decoded(data: bytes) -> Any:
    """Return the value of one JSON document; what is nested absurdly deep is left out of it.

    Raises:
        DocumentTooLargeError: It is too large.
        ValueError: It is no JSON.
    """
    _check_size(data, "the document")
    return cut_deep(orjson.loads(data))


def _check_size(data: bytes, what: str) -> None:
    if len(data) > DOCUMENT_LIMIT:
        raise DocumentTooLargeError(
            f"{what} has more than {DOCUMENT_LIMIT >> 20} MiB; save one JSON document per line"
        )
    if memory_of_values(data) > VALUES_LIMIT:
        raise DocumentTooLargeError(
            f"the values of {what} take more than {VALUES_LIMIT >> 20} MiB of memory; save one "
            "JSON document per line"
        )


def read_documents(data: bytes) -> Iterator[Any]:
    """Yield the JSON documents of a file in their order.

    Args:
        data: The whole file.

    Raises:
        ParseError: Where the content stops being JSON, or a document is too large; the documents
            before it were yielded.
    """
    data = _as_utf8(data)
    if not data or data.isspace():
        raise ParseError("the file is empty")
    try:
        document = decoded(data)
    except ValueError:
        yield from _read_lines(data)
    else:
        yield document


def only_document(data: bytes) -> Any:
    """Return the one JSON document of an answer, read as tolerantly as a saved one.

    Raises:
        DocumentTooLargeError: It is too large.
        ParseError: It is none, is cut off, or something follows it.
    """
    try:
        return decoded(data)
    except DocumentTooLargeError:
        raise
    except ValueError:
        documents = list(read_documents(data))
    if len(documents) != 1:
        raise ParseError(f"the content holds {len(documents)} documents")
    return documents[0]


def read_each(data: bytes, read: Callable[[Any], None], report: HasError) -> Iterator[None]:
    """Read the documents of a file one by one, so that rows can be taken away in between.

    Args:
        data: The whole file.
        read: Takes a document.
        report: Is told why reading stopped before the end.
    """
    try:
        for document in read_documents(data):
            read(document)
            yield
    except ParseError as error:
        report.error = error.reason


def json_text(value: Any) -> str:
    """Return a value as compact JSON text, keys in the order in which they came."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # whole numbers beyond 64 bits, which only the standard library writes
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _as_utf8(data: bytes) -> bytes:
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    if data.startswith(_UTF16_MARKS):
        try:
            return data.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise ParseError(f"the text is not the UTF-16 it says it is: {error.reason}") from error
    return data


def _read_lines(data: bytes) -> Iterator[Any]:
    """Take lines as documents until one is none; read the rest as one document after another."""
    offset = 0
    while offset < len(data):
        end = data.find(b"\n", offset)
        end = len(data) if end < 0 else end + 1
        line = data[offset:end].strip(_BETWEEN_DOCUMENTS.encode())
        if line:
            try:
                document = decoded(line)
            except DocumentTooLargeError:
                raise
            except ValueError:
                yield from _read_concatenated(data[offset:])
                return
            yield document
        offset = end


def _read_concatenated(data: bytes) -> Iterator[Any]:
    _check_size(data, "what is not one document per line")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ParseError(f"byte {error.start} is not UTF-8") from error
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    position, size = 0, len(text)
    while True:
        while position < size and text[position] in _BETWEEN_DOCUMENTS:
            position += 1
        if position == size:
            return
        try:
            document, position = decoder.raw_decode(text, position)
        except json.JSONDecodeError as error:
            is_cut = error.pos >= size - 1 or error.msg.startswith("Unterminated string")
            state = "is cut off" if is_cut else "is not JSON"
            raise ParseError(
                f"the content {state} at character {error.pos}: {error.msg}"
            ) from error
        except RecursionError as error:
            raise ParseError("the content is nested too deeply") from error
        except ValueError as error:  # a whole number longer than Python is willing to convert
            raise ParseError(f"a number can't be read: {error}") from error
        yield _without_lone_surrogates(cut_deep(document))


def _without_lone_surrogates(value: Any) -> Any:
    """Replace lone halves of surrogate pairs, which no UTF-8 column can hold."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_without_lone_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {
            _without_lone_surrogates(key): _without_lone_surrogates(item)
            for key, item in value.items()
        }
    return value
