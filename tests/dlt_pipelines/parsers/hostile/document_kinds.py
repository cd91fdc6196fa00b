"""Hostile and broken JSON and JSON lines: rows as in `markup_kinds.py`."""

import json


def jest(results='[{"name":"a","assertionResults":[{"status":"passed","title":"t"}]}]', total="1"):
    """A Jest document."""
    return f'{{"numTotalTests":{total},"testResults":{results}}}'.encode()


def one(**fields):
    """A Jest document with one assertion."""
    return jest(json.dumps([{"assertionResults": [{"status": "passed", "title": "t"} | fields]}]))


def raw(fields):
    """A Jest document with one assertion of fields as text."""
    return jest('[{"assertionResults":[{"status":"passed","title":"t",' + fields + "}]}]")


def istanbul(hits='{"0":1}', statements='{"0":{"start":{"line":1},"end":{"line":1}}}'):
    """An Istanbul document with one file."""
    return (
        f'{{"/a.js":{{"path":"/a.js","statementMap":{statements},"s":{hits},'
        '"fnMap":{},"f":{},"branchMap":{},"b":{}}}'
    ).encode()


def coverage_py(executed="[1]", missing="[2]"):
    """A coverage.py document with one file."""
    return (
        '{"meta":{"version":"7","branch_coverage":false},"files":{"a.py":{"executed_lines":'
        f'{executed},"missing_lines":{missing},"excluded_lines":[],"summary":{{}}}}}},"totals":{{}}}}'
    ).encode()


def simplecov(lines="[1,0,null]"):
    """A SimpleCov result set."""
    return f'{{"RSpec":{{"coverage":{{"/a.rb":{{"lines":{lines}}}}},"timestamp":1}}}}'.encode()


def llvm(segments="[[1,1,5,true,true,false],[3,1,0,false,false,false]]"):
    """An llvm-cov export with one file."""
    return (
        '{"type":"llvm.coverage.json.export","version":"2.0.1","data":[{"files":[{"filename":"/a.c",'
        f'"segments":{segments}}}],"functions":[],"totals":{{}}}}]}}'
    ).encode()


def stryker(mutants):
    """A mutation report with one file."""
    return (
        '{"schemaVersion":"1","thresholds":{"high":80,"low":60},"files":{"a.js":{"language":"js",'
        f'"source":"x","mutants":{mutants}}}}}}}'
    ).encode()


def go(*events):
    """Output of `go test -json`."""
    return "\n".join(json.dumps(event) for event in events).encode()


def playwright(suites):
    """A Playwright document."""
    return f'{{"config":{{}},"suites":{suites},"errors":[],"stats":{{}}}}'.encode()


PASS = {"Time": "2020-01-01T00:00:00Z", "Action": "pass", "Package": "p", "Test": "T", "Elapsed": 1}
SPEC = (
    '{"title":"s","file":"a.ts","specs":[{"title":"t","ok":true,"tests":[{"status":"expected",'
    '"results":[{"status":"passed","duration":%s,"retry":%s}]}]}]}'
)
MUTANT = '{"id":"1","mutatorName":"m","status":"%s","location":{"start":{"line":%s}}}'

KINDS = [
    # Size and depth.
    ("JSON arrays without end", "error", "", lambda: b"[" * 1_000_000),
    ("JSON objects without end", "error", "", lambda: b'{"a":' * 300_000),
    ("nested report", "error", "deep", lambda: jest("[" * 200_000)),
    ("nested and closed report", "error", "", lambda: jest("[" * 50_000 + "]" * 50_000)),
    (
        "nested in a field nobody reads",
        "error",
        "",
        lambda: raw('"x":' + "[" * 50_000 + "]" * 50_000),
    ),
    (
        "twelve million empty arrays",
        "error",
        "memory",
        lambda: jest("[" + "[]," * 12_000_000 + "1]"),
    ),
    ("string of 30 MB", "ok", None, lambda: one(title="x" * 30_000_000)),
    ("200 000 keys", "ok", None, lambda: raw(",".join(f'"k{n}":1' for n in range(200_000)))),
    ("key of 10 MB", "ok", None, lambda: raw(f'"{"k" * 10_000_000}":1')),
    ("number of 5 000 digits", "error", "digit", lambda: jest(total="1" * 5_000)),
    ("fraction of 100 000 digits", "ok", None, lambda: raw(f'"duration":0.{"3" * 100_000}')),
    ("exponent of 5 000 digits", "ok", None, lambda: raw(f'"duration":1e{"9" * 5_000}')),
    (
        "suites nested 20 000 deep",
        "error",
        "",
        lambda: playwright('[{"title":"a","suites":' * 20_000 + "[]" + "}]" * 20_000),
    ),
    (
        "Istanbul nested without end",
        "error",
        "",
        lambda: b'{"/a.js":{"path":"/a.js","statementMap":' + b"[" * 500_000,
    ),
    # Structure.
    ("JSON cut in a string", "partial", "Unterminated", lambda: jest()[:-20]),
    ("JSON cut in a key", "error", "", lambda: jest()[:8]),
    ("JSON cut behind a colon", "error", "", lambda: jest()[:17]),
    ("JSON cut behind a comma", "error", "", lambda: jest()[:19]),
    ("JSON cut in a number", "error", "", lambda: b'{"testResults":[],"numTotalTests":1'),
    ("JSON cut in a word", "error", "", lambda: b'{"testResults":[],"numTotalTests":tru'),
    (
        "JSON cut in an escape",
        "partial",
        "escape",
        lambda: b'{"numTotalTests":1,"testResults":[{"name":"\\u00',
    ),
    ("hole in an array", "error", "", lambda: jest("[,]")),
    ("comma at the end", "error", "", lambda: jest("[1,]")),
    ("single quotes", "error", "", lambda: jest().replace(b'"', b"'")),
    ("comments in JSON", "error", "", lambda: b"/* x */" + jest()),
    ("two documents", "partial", "something follows", lambda: jest() + jest()),
    ("text behind the document", "partial", "something follows", lambda: jest() + b" Done in 3 s."),
    (
        "log lines before the document",
        "partial",
        "text stands before",
        lambda: b"> jest --json\n" + jest(),
    ),
    ("key twice", "ok", None, lambda: b'{"numTotalTests":9,' + jest()[1:]),
    ("list of results twice", "ok", None, lambda: jest()[:-1] + b',"testResults":[]}'),
    ("wrong kinds in an array", "ok", None, lambda: jest('[null,1,"x",[],{},true]')),
    ("object for an array", "ok", None, lambda: jest('{"a":1}')),
    ("array for an object", "ok", None, lambda: jest('[{"assertionResults":[[]]}]')),
    ("string for an array", "ok", None, lambda: jest('"none"')),
    ("null for an array", "ok", None, lambda: jest("null")),
    ("key that is a prototype", "ok", None, lambda: raw('"__proto__":{"status":"failed"}')),
    ("only a string", "error", "", lambda: b'"just a string"'),
    ("only a number", "error", "", lambda: b"42"),
    ("only null", "error", "", lambda: b"null"),
    ("empty object", "error", "", lambda: b"{}"),
    ("empty array", "error", "", lambda: b"[]"),
    # Values.
    ("NaN as a total", "ok", None, lambda: jest(total="NaN")),
    ("infinite duration", "ok", None, lambda: raw('"duration":Infinity')),
    ("minus infinite duration", "ok", None, lambda: raw('"duration":-Infinity')),
    ("negative duration", "ok", None, lambda: raw('"duration":-5')),
    ("duration as text", "ok", None, lambda: raw('"duration":"soon"')),
    ("duration as truth", "ok", None, lambda: raw('"duration":true')),
    (
        "time of the year 300 000 000",
        "ok",
        None,
        lambda: jest(
            '[{"startTime":9e21,"endTime":-9e21,"assertionResults":[{"status":"passed","title":"t"}]}]'
        ),
    ),
    ("lone surrogate as an escape", "ok", None, lambda: raw('"fullName":"\\ud800"')),
    ("zero character as an escape", "ok", None, lambda: raw('"fullName":"a\\u0000b"')),
    ("raw control character in a string", "ok", None, lambda: raw('"fullName":"a\x01b"')),
    ("zero bytes in JSON", "error", "", lambda: jest().replace(b"1,", b"1\0,")),
    (
        "JSON that is no UTF-8",
        "ok",
        None,
        lambda: raw('"fullName":"?"').replace(b"?", b"\xff\xfe\xfd"),
    ),
    ("JSON in UTF-32", "ok", None, lambda: jest().decode().encode("utf-32")),
    ("status nobody knows", "ok", None, lambda: raw('"status":"banana"')),
    ("status that is an object", "ok", None, lambda: raw('"status":{}')),
    # Coverage and mutation.
    ("Istanbul: statement without place", "ok", None, lambda: istanbul('{"0":1,"1":1}')),
    (
        "Istanbul: line of a milliard",
        "ok",
        None,
        lambda: istanbul(statements='{"0":{"start":{"line":1000000000},"end":{"line":1}}}'),
    ),
    ("Istanbul: hits below zero", "ok", None, lambda: istanbul('{"0":-4}')),
    ("Istanbul: hits that are text", "ok", None, lambda: istanbul('{"0":"x"}')),
    ("coverage.py: lines below one", "ok", None, lambda: coverage_py("[0,-1,1]")),
    ("coverage.py: a line both run and missed", "ok", None, lambda: coverage_py("[1]", "[1]")),
    ("coverage.py: lines that are no numbers", "ok", None, lambda: coverage_py('[1,"a",null,1.5]')),
    (
        "SimpleCov: hits without bounds",
        "ok",
        None,
        lambda: simplecov(f"[1,{'9' * 40},-3,null,true]"),
    ),
    ("SimpleCov: two million lines", "ok", None, lambda: simplecov("[" + "1," * 2_000_000 + "0]")),
    (
        "llvm-cov: segments out of order",
        "ok",
        None,
        lambda: llvm("[[9,1,5,true,true,false],[3,1,0,true,true,false],[1,1,0,false,false,false]]"),
    ),
    (
        "llvm-cov: segment over a milliard lines",
        "ok",
        None,
        lambda: llvm("[[1,1,5,true,true,false],[1000000000,1,0,false,false,false]]"),
    ),
    ("llvm-cov: segments too short", "ok", None, lambda: llvm("[[1],[],null,[1,2,3,true,true]]")),
    (
        "Stryker: status nobody knows",
        "partial",
        "unknown status",
        lambda: stryker("[" + MUTANT % ("Banana", "1") + "]"),
    ),
    (
        "Stryker: line below zero",
        "ok",
        None,
        lambda: stryker("[" + MUTANT % ("Killed", "-1") + "]"),
    ),
    ("Stryker: mutants of wrong kinds", "ok", None, lambda: stryker('[null,1,"x",[]]')),
    (
        "Stryker: cut",
        "partial",
        "not valid JSON",
        lambda: stryker("[" + MUTANT % ("Killed", "1") + "]")[:-15],
    ),
    # Lines of JSON.
    ("go: last line cut", "partial", "", lambda: go(PASS, PASS | {"Test": "U"})[:-15]),
    ("go: text between the events", "ok", None, lambda: go(PASS) + b"\nFAIL\tp [build failed]\n"),
    ("go: pass without run", "ok", None, lambda: go(PASS)),
    ("go: the same test passes and fails", "ok", None, lambda: go(PASS, PASS | {"Action": "fail"})),
    (
        "go: a test that never ends",
        "ok",
        None,
        lambda: go(PASS, PASS | {"Action": "run", "Test": "U"}),
    ),
    ("go: parents 20 000 deep", "ok", None, lambda: go(PASS | {"Test": "T" + "/a" * 20_000})),
    (
        "go: elapsed time without end",
        "ok",
        None,
        lambda: go(PASS).replace(b'"Elapsed": 1', b'"Elapsed": 1e999'),
    ),
    ("go: time out of range", "ok", None, lambda: go(PASS | {"Time": "9999999-99-99T99:99:99Z"})),
    (
        "go: output of 20 MB",
        "partial",
        "no JSON",
        lambda: go(PASS, PASS | {"Action": "output", "Output": "x" * 20_000_000}),
    ),
    (
        "Playwright: retries below zero",
        "ok",
        None,
        lambda: playwright("[" + SPEC % ("-1", "-1") + "]"),
    ),
    (
        "Playwright: duration without end",
        "ok",
        None,
        lambda: playwright("[" + SPEC % ("1e999", "99999999999999999999") + "]"),
    ),
]
