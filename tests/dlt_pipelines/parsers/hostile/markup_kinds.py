"""Hostile and broken XML: name → what comes of it, a word of the reason, and how it is made.

Each row is `(name, outcome, reason, maker)`; see `run_kinds.py`.
"""

from coverage_kinds import cobertura, jacoco, nunit, pit

CASE = '<testcase classname="c" name="n" time="1"/>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'
LONG = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'
FILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
NETWORK = '<!DOCTYPE x [<!ENTITY e PUBLIC "-//X" "http://127.0.0.1:9/x">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
LOOP = '<!DOCTYPE x [<!ENTITY a "&b;"><!ENTITY b "&a;">]>'
UNPARSED = '<!DOCTYPE x [<!NOTATION n SYSTEM "n"><!ENTITY u SYSTEM "u" NDATA n>]>'
DEFAULT = '<!DOCTYPE x [<!ATTLIST testcase status CDATA "failed">]>'


def suite(inside, head=""):
    """A JUnit document."""
    return f'{head}<testsuite name="s">{inside}</testsuite>'.encode()


KINDS = [
    (
        "ten thousand attributes by default",
        "error",
        "too many attributes",
        lambda: (
            b"<!DOCTYPE testsuite ["
            + b"".join(b'<!ATTLIST testcase a%d CDATA "v">' % n for n in range(2_000))
            + b']><testsuite name="s">'
            + b"<testcase/>" * 20_000
            + b"</testsuite>"
        ),
    ),
    (
        "one default attribute of a megabyte",
        "error",
        "too many attributes",
        lambda: (
            b'<!DOCTYPE testsuite [<!ATTLIST testcase name CDATA "%b">]><testsuite name="s">%b'
            b"</testsuite>" % (b"v" * 1_000_000, b"<testcase/>" * 20_000)
        ),
    ),
    (
        "broken: declarations that open and open",
        "partial",
        "not well-formed",
        lambda: b'<testsuite name="a & b">' + b"<!x[" * 500_000 + b">",
    ),
    (
        "broken: values that hold half-tags",
        "partial",
        "not well-formed",
        lambda: b'<testsuite name="a & b">' + (b"<a c='" * 10_000 + b"' d='x' <") * 30 + b">",
    ),
    (
        "broken: end tags of nothing, deep inside",
        "partial",
        "not well-formed",
        lambda: b'<testsuite name="a & b">' + b"<x>" * 900 + b"</y>" * 500_000,
    ),
    (
        "broken: two million brackets",
        "partial",
        "not well-formed",
        lambda: b'<testsuite name="a & b">' + b"<" * 2_000_000,
    ),
    # Entities and document types.
    ("entities of entities in text", "error", "entit", lambda: suite(f"{CASE}&l9;", BOMB)),
    (
        "entities of entities in an attribute",
        "error",
        "entit",
        lambda: suite('<testcase name="&l9;"/>', BOMB),
    ),
    ("one long entity many times", "error", "entit", lambda: suite("&a;" * 1000, LONG)),
    ("entities that name each other", "error", "entit", lambda: suite("&a;", LOOP)),
    (
        "entity bomb in UTF-16",
        "error",
        "entit",
        lambda: suite("&l9;", BOMB).decode().encode("utf-16"),
    ),
    ("entity bomb in a coverage report", "error", "entit", lambda: cobertura("&l9;", BOMB)),
    ("entity bomb in a mutation report", "error", "entit", lambda: BOMB.encode() + pit("&l9;")),
    ("entity bomb in a read-as-tree report", "error", "entit", lambda: BOMB.encode() + nunit("")),
    ("external entity: a file", "partial", "external", lambda: suite(f"{CASE}&e;", FILE)),
    ("external entity: the network", "partial", "external", lambda: suite(f"{CASE}&e;", NETWORK)),
    (
        "external entity in an attribute",
        "partial",
        "",
        lambda: suite(CASE + '<testcase name="&e;"/>', FILE),
    ),
    ("external parameter entity", "partial", "external", lambda: suite(CASE, PARAMETER)),
    ("external entity in coverage", "partial", "not read", lambda: cobertura("&e;", FILE)),
    ("unparsed entity", "partial", "not read", lambda: suite(CASE, UNPARSED)),
    ("undeclared entity", "partial", "", lambda: suite(CASE + "<testcase>&no;</testcase>")),
    ("attribute defaults of a document type", "ok", None, lambda: suite(CASE, DEFAULT)),
    (
        "document type on another host",
        "ok",
        None,
        lambda: suite(CASE, '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'),
    ),
    ("document type and nothing else", "error", "", lambda: b"<!DOCTYPE testsuite SYSTEM 'x'>"),
    (
        "document type of 3 MB",
        "ok",
        None,
        lambda: suite(CASE, "<!DOCTYPE x [" + "<!ELEMENT a ANY>" * 200_000 + "]>"),
    ),
    # Size and depth.
    (
        "attribute of 20 MB",
        "partial",
        "longer than",
        lambda: suite(CASE + f'<testcase name="{"n" * 20_000_000}"/>'),
    ),
    (
        "100 000 attributes",
        "ok",
        None,
        lambda: suite("<testcase " + " ".join(f'a{n}="x"' for n in range(100_000)) + "/>"),
    ),
    (
        "text of 20 MB in a failure",
        "ok",
        None,
        lambda: suite(f"<testcase><failure>{'x' * 20_000_000}</failure></testcase>"),
    ),
    (
        "CDATA of 20 MB",
        "ok",
        None,
        lambda: suite(
            f"<testcase><system-out><![CDATA[{'x' * 20_000_000}]]></system-out></testcase>"
        ),
    ),
    (
        "comment of 20 MB",
        "partial",
        "longer than",
        lambda: suite(f"{CASE}<!--{'x' * 20_000_000}-->"),
    ),
    ("200 000 nested suites", "partial", "nested", lambda: suite(CASE + "<testsuite>" * 200_000)),
    ("200 000 nested unknown elements", "partial", "nested", lambda: suite(CASE + "<a>" * 200_000)),
    ("nested elements in coverage", "partial", "", lambda: cobertura("<a>" * 200_000)),
    ("nested elements in NUnit", "partial", "", lambda: nunit("<test-suite>" * 200_000)),
    ("element name of 2 MB", "ok", None, lambda: suite(f"{CASE}<{'a' * 2_000_000}/>")),
    (
        "20 000 name spaces",
        "ok",
        None,
        lambda: suite(CASE + "<a " + " ".join(f'xmlns:n{n}="u{n}"' for n in range(20_000)) + "/>"),
    ),
    ("start tag without end", "error", "", lambda: b"<testsuite " + b"a='b' " * 100_000),
    (
        "50 000 empty suites",
        "ok",
        None,
        lambda: b"<testsuites>" + b"<testsuite/>" * 50_000 + b"</testsuites>",
    ),
    (
        "properties of 4 MB",
        "ok",
        None,
        lambda: suite(
            "<properties>" + '<property name="k" value="v"/>' * 100_000 + f"</properties>{CASE}"
        ),
    ),
    (
        "300 failures in one case",
        "ok",
        None,
        lambda: suite(
            f"<testcase>{'<failure>' + 'x' * 10_000 + '</failure>'}</testcase>" * 1 + CASE * 300
        ),
    ),
    # Structure.
    ("cut in a start tag", "partial", "", lambda: suite(CASE * 3)[:-45]),
    ("cut in an attribute", "partial", "", lambda: suite(CASE * 3)[:-30]),
    ("cut in text", "partial", "", lambda: suite(CASE + "<testcase><failure>abc")[:-12]),
    ("cut in CDATA", "partial", "", lambda: suite(CASE + "<testcase><failure><![CDATA[abc")[:-12]),
    ("cut in a comment", "partial", "", lambda: suite(CASE + "<!-- abc")[:-12]),
    ("cut in an end tag", "partial", "", lambda: suite(CASE)[:-4]),
    ("cut in the declaration", "error", "", lambda: b"<?xml version='1.0' enc"),
    ("cut in the root", "error", "", lambda: b"<testsuite name='s"),
    ("cut coverage", "partial", "", lambda: cobertura('<line number="2" hits="0"/>')[:-60]),
    ("cut JaCoCo", "partial", "", lambda: jacoco('<line nr="1" ci="1" mi="0"/>')[:-30]),
    ("end tags crossed", "partial", "", lambda: suite(CASE + "<a><b></a></b>")),
    ("end tag too many", "partial", "", lambda: suite(CASE) + b"</testsuite>"),
    ("two roots", "partial", "", lambda: suite(CASE) + suite(CASE)),
    ("text behind the root", "partial", "", lambda: suite(CASE) + b"done."),
    ("log lines before the root", "partial", "", lambda: b"Running tests...\n" + suite(CASE)),
    ("attribute twice", "partial", "", lambda: suite(CASE + '<testcase name="a" name="b"/>')),
    ("attribute without quotes", "partial", "", lambda: suite(CASE + "<testcase name=a/>")),
    ("attribute without value", "partial", "", lambda: suite(CASE + "<testcase disabled/>")),
    ("less-than in an attribute", "partial", "", lambda: suite(CASE + '<testcase name="a<b"/>')),
    ("bare ampersand", "partial", "", lambda: suite(CASE + "<testcase>a & b</testcase>")),
    ("prefix never declared", "ok", None, lambda: suite(CASE + "<x:y/>")),
    ("case outside of any suite", "ok", None, lambda: f"<testsuites>{CASE}</testsuites>".encode()),
    ("case inside a case", "ok", None, lambda: suite(f'<testcase name="o">{CASE}</testcase>')),
    ("a lone case as root", "ok", None, lambda: CASE.encode()),
    ("processing instruction in the middle", "ok", None, lambda: suite(CASE + "<?php exit; ?>")),
    ("only opening brackets", "error", "", lambda: b"<" * 1_000_000),
    ("only ampersands", "error", "", lambda: b"&" * 1_000_000),
    (
        "an HTML error page",
        "error",
        "html",
        lambda: b"<!DOCTYPE html><html><body>502</body></html>",
    ),
    # Characters and encodings.
    ("zero bytes inside", "partial", "", lambda: suite(CASE + "\0\0\0")),
    ("zero bytes behind", "partial", "", lambda: suite(CASE) + b"\0" * 1000),
    ("control characters", "partial", "", lambda: suite(CASE + "\x01\x0b\x1b[31m")),
    ("references to forbidden characters", "partial", "", lambda: suite(CASE + "&#0;&#xFFFF;")),
    ("reference to a lone surrogate", "partial", "", lambda: suite(CASE + "&#xD800;")),
    (
        "lone surrogate as bytes",
        "partial",
        "",
        lambda: suite(CASE).replace(b'"c"', b'"\xed\xa0\x80"'),
    ),
    ("reference beyond Unicode", "partial", "", lambda: suite(CASE + "&#x110000;&#99999999999;")),
    ("non-characters", "partial", "", lambda: suite(CASE + '<testcase name="\ufffe\uffff"/>')),
    ("Latin-1 said to be UTF-8", "partial", "", lambda: suite(CASE).replace(b'"c"', b'"\xe4"')),
    (
        "UTF-8 said to be UTF-16",
        "ok",
        None,
        lambda: suite(CASE, '<?xml version="1.0" encoding="utf-16"?>'),
    ),
    (
        "UTF-16 said to be UTF-8",
        "ok",
        None,
        lambda: suite(CASE, '<?xml version="1.0" encoding="utf-8"?>').decode().encode("utf-16"),
    ),
    (
        "encoding that does not exist",
        "ok",
        None,
        lambda: suite(CASE, '<?xml version="1.0" encoding="klingon"?>'),
    ),
    (
        "encoding that is a codec of bytes",
        "ok",
        None,
        lambda: suite(CASE, '<?xml version="1.0" encoding="zlib"?>'),
    ),
    ("UTF-7", "ok", None, lambda: suite(CASE, '<?xml version="1.0" encoding="utf-7"?>')),
    (
        "UTF-16 cut in a character",
        "partial",
        "",
        lambda: suite(CASE).decode().encode("utf-16")[:-1],
    ),
    ("XML 1.1", "ok", None, lambda: suite(CASE, '<?xml version="1.1"?>')),
    ("byte order mark twice", "ok", None, lambda: b"\xef\xbb\xbf\xef\xbb\xbf" + suite(CASE)),
    # Numbers and times.
    ("time without end", "ok", None, lambda: suite('<testcase name="a" time="1e999"/>')),
    ("time that is no number", "ok", None, lambda: suite('<testcase name="a" time="NaN"/>')),
    ("negative time", "ok", None, lambda: suite('<testcase name="a" time="-5"/>')),
    (
        "time of 5 000 digits",
        "ok",
        None,
        lambda: suite(f'<testcase name="a" time="{"9" * 5000}"/>'),
    ),
    (
        "totals of 30 digits",
        "ok",
        None,
        lambda: suite(CASE).replace(b'"s"', b'"s" tests="' + b"9" * 30 + b'"'),
    ),
    (
        "negative totals",
        "ok",
        None,
        lambda: suite(CASE).replace(b'"s"', b'"s" tests="-1" failures="-7"'),
    ),
    (
        "year 99999",
        "ok",
        None,
        lambda: suite(CASE).replace(b'"s"', b'"s" timestamp="99999-01-01T00:00:00"'),
    ),
    (
        "month 13 and hour 25",
        "ok",
        None,
        lambda: suite(CASE).replace(b'"s"', b'"s" timestamp="2020-13-40T25:61:61"'),
    ),
    (
        "year 0 with a zone of 99 hours",
        "ok",
        None,
        lambda: suite(CASE).replace(b'"s"', b'"s" timestamp="0000-01-01T00:00:00+99:99"'),
    ),
    (
        "line number of 30 digits",
        "ok",
        None,
        lambda: suite(f'<testcase name="a" line="{"9" * 30}"/>'),
    ),
    ("negative line number", "ok", None, lambda: suite('<testcase name="a" line="-3"/>')),
    ("digits of another script", "ok", None, lambda: suite('<testcase name="a" time="١٢"/>')),
]
