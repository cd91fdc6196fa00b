"""Reports made to do harm, or broken: a reason or a part, in bounded memory and time."""

import contextlib
import json
import subprocess
import sys
import tracemalloc

import pytest

from dlt_pipelines.parsers import coverage
from dlt_pipelines.parsers.coverage import builder as building
from dlt_pipelines.parsers.errors import ParseError
from dlt_pipelines.parsers.head import read_head

XML_HEADS = {
    "cobertura-xml": '<coverage line-rate="1">{}</coverage>',
    "jacoco-xml": '<report name="r">{}</report>',
    "clover-xml": '<coverage clover="1"><project>{}</project></coverage>',
    "opencover-xml": "<CoverageSession>{}</CoverageSession>",
    "sonarqube-generic-xml": '<coverage version="1">{}</coverage>',
    "dotcover-xml": '<Root DotCoverVersion="1">{}</Root>',
    "ncover-xml": '<coverage profilerVersion="1">{}</coverage>',
    "mprof-xml": "<coverage>{}</coverage>",
    "scoverage-xml": "<scoverage>{}</scoverage>",
    "vs-coverage-xml": "<results><modules>{}</modules></results>",
    "phpunit-xml": '<phpunit xmlns="https://schema.phpunit.de/coverage/1.0">{}</phpunit>',
    "vs-coverage-ds-xml": "<CoverageDSPriv>{}</CoverageDSPriv>",
}
XML_FORMATS = sorted(XML_HEADS)
JSON_FORMATS = sorted(name for name in coverage.FORMATS if name.endswith("-json"))
TEXT_FORMATS = sorted(set(coverage.FORMATS) - set(XML_FORMATS) - set(JSON_FORMATS))


def read(data: bytes, name: str) -> coverage.CoverageReport:
    return coverage.read(data, name, coverage.Sink.discarding())


def test_every_format_is_attacked():
    assert len(XML_FORMATS) + len(JSON_FORMATS) + len(TEXT_FORMATS) == len(coverage.FORMATS)


ENTITIES = {
    "laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"x" * 9000}">]>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>',
}


@pytest.mark.parametrize("attack", ["laughs", "quadratic"])
@pytest.mark.parametrize("name", XML_FORMATS)
def test_declared_entities_are_refused(name, attack):
    data = ENTITIES[attack] + XML_HEADS[name].format("&a;")
    with pytest.raises(ParseError, match="never expanded"):
        read(data.encode(), name)


@pytest.mark.parametrize("attack", ["external", "parameter"])
@pytest.mark.parametrize("name", XML_FORMATS)
def test_external_entities_are_not_read(name, attack):
    report = read((ENTITIES[attack] + XML_HEADS[name].format("&a;")).encode(), name)
    assert report.parse == "partial"
    assert "was not read" in report.error


@pytest.mark.parametrize("name", XML_FORMATS)
def test_a_plain_document_type_is_accepted_and_never_loaded(name):
    kinds = ("SYSTEM 'http://127.0.0.1:9/a.dtd'", "PUBLIC '-//A//B' '/nowhere/a.dtd'")
    for kind in kinds:
        document = f"<?xml version='1.0'?><!DOCTYPE x {kind}>" + XML_HEADS[name].format("")
        assert read(document.encode(), name).parse == "ok"


@pytest.mark.parametrize("name", XML_FORMATS)
def test_deep_nesting(name):
    depth = 200_000
    with contextlib.suppress(ParseError):
        report = read(XML_HEADS[name].format("<a>" * depth + "</a>" * depth).encode(), name)
        assert not report.lines_valid


@pytest.mark.parametrize("name", XML_FORMATS)
def test_forbidden_characters_and_bad_nesting_are_partial(name):
    for wrong in ("\x01", "<a></b>", "<a b=c/>", "&nosuch;", "<", "<![CDATA[", "<a b='1' b='2'/>"):
        with contextlib.suppress(ParseError):
            report = read(XML_HEADS[name].format(wrong).encode(), name)
            assert report.parse == "partial"
            assert report.error


@pytest.mark.parametrize("name", XML_FORMATS)
def test_wrong_encoding_of_a_name_loses_no_lines(name, samples):
    data = samples[name][0]
    if name == "vs-coverage-ds-xml":
        pytest.skip("the sample is UTF-16")
    broken = data.replace(b"A.", b"\xc4.").replace(b"a.", b"\xe4.")
    with contextlib.suppress(ParseError):
        report = read(broken, name)
        assert report.lines_valid == samples[name][1][0]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 5_000 + "]" * 5_000])
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_deep_json(name, text):
    with contextlib.suppress(ParseError):
        assert not read(text.encode(), name).lines_valid


@pytest.mark.parametrize("name", JSON_FORMATS)
@pytest.mark.parametrize(
    "text", ["1e999", "NaN", '"a"', "-", "tru", '{"a" 1}', '{"a":1,}', "\ufeff"]
)
def test_odd_json(name, text):
    with contextlib.suppress(ParseError):
        assert not read(text.encode(), name).lines_valid


@pytest.mark.parametrize("number", [-1, 0, 10**18, 10**400, 1.5, "7", True, None, [], {}])
@pytest.mark.parametrize("name", JSON_FORMATS)
def test_any_number_in_any_place_of_json(name, number, samples):
    document = json.loads(samples[name][0])

    def replaced(value, depth=0):
        if isinstance(value, dict):
            return {key: replaced(part, depth + 1) for key, part in value.items()}
        if isinstance(value, list):
            return [replaced(part, depth + 1) for part in value]
        return number if isinstance(value, int | float) else value

    with contextlib.suppress(ParseError):
        report = read(json.dumps(replaced(document)).encode(), name)
        assert report.parse in ("ok", "partial")


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize(
    "junk",
    [b"\x00" * 5_000, b"\xff" * 5_000, b":" * 5_000, b"," * 5_000, b"9" * 5_000, b"\r" * 5_000],
    ids=["nul", "ff", "colons", "commas", "digits", "returns"],
)
def test_junk_in_the_middle_of_text(name, junk, samples):
    data = samples[name][0]
    middle = len(data) // 2
    with contextlib.suppress(ParseError):
        report = read(data[:middle] + junk + data[middle:], name)
        assert report.parse in ("ok", "partial")


def expanding() -> dict[str, bytes]:
    """Small files whose ranges span more lines than there is memory or patience for."""
    end, many = 999_999, 2_000
    statement = '<Statement FileIndex="1" Line="{}" EndLine="{}" Covered="True"/>'
    point = f'<SequencePoint vc="1" sl="5" el="{end}"/>'
    span = f'<range source_id="0" covered="yes" start_line="5" end_line="{end}"/>'
    blocks = [{"start_line": 1, "end_line": 90_000, "count": 1}] * many
    segments = [[1, 1, 1, True, True], [end, 1, 0, False, False]] * many
    documents = {
        "go-cover": "mode: set\n" + "".join(f"a.go:{n}.1,{end}.1 1 1\n" for n in range(1, many)),
        "dotcover-xml": XML_HEADS["dotcover-xml"].format(
            '<FileIndices><File Index="1" Name="a"/></FileIndices>'
            + "".join(statement.format(n, end) for n in range(1, 2 * many))
        ),
        "opencover-xml": XML_HEADS["opencover-xml"].format(
            '<Module><Files><File uid="1" fullPath="a"/></Files><Method><FileRef uid="1"/>'
            + point * 2 * many
            + "</Method></Module>"
        ),
        "vs-coverage-xml": XML_HEADS["vs-coverage-xml"].format(
            f'<module name="m">{span * 2 * many}<source_file id="0" path="a"/></module>'
        ),
        "octocov-json": json.dumps(
            {"coverage": {"total": 1, "covered": 1, "files": [{"file": "a", "blocks": blocks}]}}
        ),
        "llvm-cov-json": json.dumps(
            {"data": [{"files": [{"filename": "a", "summary": {}, "segments": segments}]}]}
        ),
    }
    return {name: text.encode() for name, text in documents.items()}


@pytest.mark.parametrize("name", sorted(expanding()))
def test_ranges_that_would_take_for_ever(name, monkeypatch):
    monkeypatch.setattr(building, "SPAN_LIMIT", 2_000_000)
    report = read(expanding()[name], name)
    assert report.parse == "partial"
    assert "span more than" in report.error


def test_lcov_memory_does_not_grow_with_records_of_one_file():
    record = b"SF:a\n" + b"".join(b"DA:%d,1\n" % number for number in range(1, 2_000))
    record += b"end_of_record\n"
    tracemalloc.start()
    report = read(record * 60, "lcov")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert report.lines_valid == 1_999
    assert peak < 12e6


def test_a_huge_attribute_and_an_endless_line_end_in_bounded_memory(tmp_path):
    """In a process of its own, since the limit is on all of its memory."""
    attribute = tmp_path / "attribute.xml"
    with attribute.open("wb") as stream:
        stream.write(b'<coverage line-rate="1"><packages><package name="')
        for _ in range(100):
            stream.write(b"x" * 1_000_000)
    line = tmp_path / "line.info"
    with line.open("wb") as stream:
        stream.write(b"SF:a\nDA:1,")
        for _ in range(100):
            stream.write(b"9" * 1_000_000)
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "from dlt_pipelines.parsers import coverage\n"
        "from dlt_pipelines.parsers.errors import ParseError\n"
        "for path, name in zip(sys.argv[1::2], sys.argv[2::2]):\n"
        "    try:\n"
        "        with open(path, 'rb') as stream:\n"
        "            print(coverage.read(stream, name, coverage.Sink.discarding()).error)\n"
        "    except ParseError as error:\n"
        "        print(error.reason)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(attribute), "cobertura-xml", str(line), "lcov"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2_000:]
    reasons = done.stdout.splitlines()
    assert len(reasons) == 2
    assert all("MiB" in reason for reason in reasons)


def test_paths_that_climb_out_stay_text(rows):
    path = "../../../../etc/passwd"
    found = rows(f"SF:{path}\nDA:1,1\nend_of_record\n".encode())
    assert found.files[0]["path"] == path


def test_nothing_of_a_refused_report_reaches_the_sink():
    line = '<package><class filename="a.py"><line number="1" hits="1"/></class></package>'
    mistake, refused = "<x y=z/>", '<!DOCTYPE x [<!ENTITY a "b">]>'
    sink = coverage.Sink()
    coverage.read(XML_HEADS["cobertura-xml"].format(line + mistake).encode(), "cobertura-xml", sink)
    assert sink.lines.pop_batches()
    assert sink.files.pop_batches()
    content = XML_HEADS["cobertura-xml"].format(line + mistake + refused)
    with pytest.raises(ParseError, match="never expanded"):
        coverage.read(content.encode(), "cobertura-xml", sink)
    assert (sink.lines.pop_batches(), sink.files.pop_batches()) == ([], [])


def test_head_of_a_hostile_file_claims_quickly():
    for data in (
        b"<" * 200_000,
        b'{"' * 100_000,
        b"SF:" * 100_000,
        b"mode: set " * 20_000,
        b"\n" * 65_000,
        b" \n" * 32_000,
        b"Name " * 13_000,
        b":1.1," * 13_000,
    ):
        assert coverage.detect(read_head(data, "x")) in (None, "go-cover")


@pytest.mark.parametrize("name", TEXT_FORMATS)
@pytest.mark.parametrize("line", [b" " * 900_000, b"1 " * 400_000, b":1." * 300_000], ids=len)
def test_endless_lines_take_no_time(name, line, samples):
    data = samples[name][0]
    with contextlib.suppress(ParseError):
        read(data + b"\n" + line + b"\n" + data, name)
