"""Hostile and broken archives: rows as in `markup_kinds.py`."""

import gzip
import io
import struct
import tarfile
import zipfile

CASE = b'<testsuite name="s"><testcase classname="c" name="n" time="1"/></testsuite>'


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """A zip of `(name, content)`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(depth):
    """A zip in a zip in a zip."""
    content = zipped(("a.xml", CASE))
    for level in range(depth):
        content = zipped((f"{level}.zip", content))
    return content


def kind_of_file(mode):
    """A zip whose member claims to be a link, a device or a pipe."""
    info = zipfile.ZipInfo("a.xml")
    info.external_attr = mode << 16
    return zipped((info, "/etc/passwd"))


def patched(content, signature, offset, layout, value):
    """Put a value into the last record of a signature."""
    changed = bytearray(content)
    struct.pack_into(layout, changed, content.rfind(signature) + offset, value)
    return bytes(changed)


def encrypted():
    """A zip that says it is encrypted."""
    content = zipped(("a.xml", CASE))
    content = patched(content, b"PK\x01\x02", 8, "<H", 1)
    return patched(content, b"PK\x03\x04", 6, "<H", 1)


def overlapping():
    """Members of the directory that share one body."""
    content = zipped(("a.xml", CASE))
    start, end = content.rfind(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    tail = patched(content[end:], b"PK\x05\x06", 8, "<H", 1000)
    tail = patched(tail, b"PK\x05\x06", 10, "<H", 1000)
    tail = patched(tail, b"PK\x05\x06", 12, "<L", 1000 * (end - start))
    return content[:start] + content[start:end] * 1000 + tail


def quine():
    """A gzip file whose content begins with a gzip file, and so on."""
    content = CASE
    for _ in range(40):
        content = gzip.compress(content)
    return content


def tar(mode, **fields):
    """A tar file of one member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        info = tarfile.TarInfo("a.xml")
        for name, value in fields.items():
            setattr(info, name, value)
        info.size = len(CASE) if info.isreg() else 0
        archive.addfile(info, io.BytesIO(CASE))
    return buffer.getvalue()


KINDS = [
    ("zip bomb", "error", "times its size", lambda: zipped(("a.xml", b" " * 100_000_000))),
    ("gzip bomb", "error", "times its size", lambda: gzip.compress(b"\0" * 100_000_000)),
    (
        "gzip bomb in a zip",
        "error",
        "times its size",
        lambda: zipped(("a.gz", gzip.compress(b"\0" * 100_000_000))),
    ),
    (
        "gzip bomb in a gzip file",
        "error",
        "",
        lambda: gzip.compress(gzip.compress(b"\0" * 200_000_000)),
    ),
    ("members that share one body", "ok", None, overlapping),
    ("zip in zip ten times", "error", "nested", lambda: nested(10)),
    ("gzip in gzip 40 times", "error", "nested", quine),
    ("path that climbs", "error", "out of the archive", lambda: zipped(("../../etc/a.xml", CASE))),
    (
        "path that climbs in the middle",
        "error",
        "out of the archive",
        lambda: zipped(("a/../../b.xml", CASE)),
    ),
    ("absolute path", "error", "out of the archive", lambda: zipped(("/etc/a.xml", CASE))),
    ("path with a drive", "error", "out of the archive", lambda: zipped(("C:\\a.xml", CASE))),
    ("path to a share", "error", "out of the archive", lambda: zipped(("\\\\host\\a.xml", CASE))),
    (
        "backslashes that climb",
        "error",
        "out of the archive",
        lambda: zipped(("a\\..\\..\\b.xml", CASE)),
    ),
    ("name of 60 000 characters", "ok", None, lambda: zipped(("a" * 60_000 + ".xml", CASE))),
    ("name of control characters", "ok", None, lambda: zipped(("\x1b[31m\n\r.xml", CASE))),
    (
        "name that is no UTF-8",
        "ok",
        None,
        lambda: zipped(("??.xml", CASE)).replace(b"??.xml", b"\xff\xfe.xml"),
    ),
    ("symbolic link", "error", "symbolic link", lambda: kind_of_file(0o120777)),
    ("device", "error", "", lambda: kind_of_file(0o020666)),
    ("named pipe", "error", "", lambda: kind_of_file(0o010666)),
    ("encrypted", "error", "encrypted", encrypted),
    (
        "method nobody knows",
        "error",
        "",
        lambda: patched(zipped(("a.xml", CASE)), b"PK\x01\x02", 10, "<H", 99),
    ),
    (
        "checksum that is wrong",
        "error",
        "Bad CRC",
        lambda: patched(
            patched(zipped(("a.xml", CASE)), b"PK\x01\x02", 16, "<L", 7), b"PK\x03\x04", 14, "<L", 7
        ),
    ),
    (
        "size that is a lie",
        "error",
        "Bad CRC",
        lambda: patched(
            patched(zipped(("a.xml", CASE)), b"PK\x01\x02", 24, "<L", 5), b"PK\x03\x04", 22, "<L", 5
        ),
    ),
    (
        "size of four gigabytes",
        "ok",
        None,
        lambda: patched(zipped(("a.xml", CASE)), b"PK\x01\x02", 24, "<L", 0xFFFFFFF0),
    ),
    (
        "offset behind the end",
        "error",
        "",
        lambda: patched(zipped(("a.xml", CASE)), b"PK\x01\x02", 42, "<L", 0xFFFFFFF0),
    ),
    (
        "zip cut in the directory",
        "error",
        "damaged or cut off",
        lambda: zipped(("a.xml", CASE))[:-30],
    ),
    ("zip cut in a member", "error", "damaged or cut off", lambda: zipped(("a.xml", CASE))[:60]),
    (
        "zip mark and nothing else",
        "error",
        "damaged or cut off",
        lambda: b"PK\x03\x04" + b"\0" * 100,
    ),
    ("zip without members", "error", "empty archive", lambda: zipped()),
    ("zip of folders", "error", "empty archive", lambda: zipped(("a/", b""), ("b/", b""))),
    ("zip without report", "error", "no report", lambda: zipped(("a.txt", b"hello"))),
    (
        "zip with bytes before it",
        "error",
        "",
        lambda: b"#!/bin/sh\nexit\n" + zipped(("a.xml", CASE)),
    ),
    ("zip with bytes behind it", "ok", None, lambda: zipped(("a.xml", CASE)) + b"\0" * 100),
    (
        "the same name twice",
        "ok",
        None,
        lambda: zipped(("a.xml", CASE), ("a.xml", CASE.replace(b'"n"', b'"m"'))),
    ),
    (
        "20 000 members",
        "partial",
        "empty",
        lambda: zipped(("a.xml", CASE), *((f"{n}.txt", b"") for n in range(20_000))),
    ),
    (
        "comment of 60 kB",
        "ok",
        None,
        lambda: zipped(("a.xml", CASE))[:-2] + struct.pack("<H", 60_000) + b"x" * 60_000,
    ),
    ("gzip mark and nothing else", "error", "", lambda: b"\x1f\x8b"),
    ("gzip of nothing", "error", "", lambda: gzip.compress(b"")),
    ("gzip cut", "partial", "packed", lambda: gzip.compress(CASE * 1)[:-6]),
    (
        "gzip with a wrong checksum",
        "error",
        "incorrect data check",
        lambda: gzip.compress(CASE)[:-8] + b"\0" * 8,
    ),
    ("gzip with bytes behind it", "ok", None, lambda: gzip.compress(CASE) + b"\0" * 100),
    ("gzip in two parts", "ok", None, lambda: gzip.compress(CASE[:30]) + gzip.compress(CASE[30:])),
    (
        "gzip with a flag nobody knows",
        "error",
        "",
        lambda: b"\x1f\x8b\x08\xff" + gzip.compress(CASE)[4:],
    ),
    (
        "one good member and one bad",
        "partial",
        "",
        lambda: zipped(("a.xml", CASE), ("b.xml", b"<")),
    ),
    ("tar file", "error", "", lambda: tar("w")),
    ("tar file in gzip", "error", "", lambda: tar("w:gz")),
    (
        "tar file with a link",
        "error",
        "",
        lambda: tar("w", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    ),
]
