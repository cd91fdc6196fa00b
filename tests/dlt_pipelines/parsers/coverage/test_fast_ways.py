"""Plain reports are read as blocks of numbers; the careful way must find the same in them."""

import random

import pytest

from dlt_pipelines.parsers.coverage import cobertura, jacoco, lcov, source


def lcov_record(chance, path):
    numbers = sorted(chance.sample(range(1, 400), chance.randrange(0, 12)))
    lines = [f"SF:{path}"]
    if chance.random() < 0.7:
        lines += ["FN:1,main", f"FNDA:{chance.randrange(3)},main", "FNF:1", "FNH:1"]
    lines += [f"DA:{number},{chance.choice((0, 1, 12, 10**15))}" for number in numbers]
    if chance.random() < 0.7:
        lines += [f"LF:{len(numbers)}", f"LH:{len(numbers) // 2}"]
    if chance.random() < 0.7:
        for number in [*numbers[:3], 399]:
            lines += [f"BRDA:{number},0,{path},{chance.choice(('-', '0', '4'))}" for path in (0, 1)]
        lines += ["BRF:8", "BRH:4"]
    return "\n".join([*lines, "end_of_record", ""])


def lcov_report(chance):
    odd = (
        "DA:5,1,checksum",
        "DA:5",
        "DA:5,-1",
        "DA:,5",
        "DA:7,2\nDA:7,3",
        "DA:9,1\nDA:8,1",
        "DA:0,1",
        "BRDA:5,0,-,1",
        "BRDA:5,e4,1,-",
        "LF:many",
        "FN:3,other",
        "SF:unfinished",
        "end_of_record",
    )
    names = chance.choice((40, 10_000))
    records = [lcov_record(chance, f"src/{chance.randrange(names)}é.c") for _ in range(12)]
    for _ in range(chance.choice((0, 0, 1, 2))):
        place = chance.randrange(len(records))
        head, newline, rest = records[place].partition("\n")
        records[place] = head + newline + chance.choice(odd) + newline + rest
    report = "TN:unit\n" + "".join(records)
    return (report if chance.random() < 0.9 else report[: chance.randrange(20, 900)]).encode()


@pytest.mark.parametrize("chunk_bytes", [200, source.CHUNK_BYTES])
def test_lcov_as_blocks(monkeypatch, rows, chunk_bytes):
    monkeypatch.setattr(lcov, "CHUNK_BYTES", chunk_bytes)
    chance = random.Random(11)
    reports = [lcov_report(chance) for _ in range(150)]
    taken = []
    read_records = lcov.read_records
    monkeypatch.setattr(
        lcov, "read_records", lambda text: taken.append(read_records(text)) or taken[-1]
    )
    found = [rows(report, "lcov") for report in reports]
    assert sum(block is not None for block in taken) > 40
    monkeypatch.setattr(lcov, "read_records", lambda _text: None)
    for report, blocks in zip(reports, found, strict=True):
        assert rows(report, "lcov") == blocks, report


def cobertura_report(chance):
    parts = ['<coverage line-rate="0.5"><packages><package name="app"><classes>']
    for number in range(8):
        odd = chance.choice(("", "", "", "<line number='4' hits='1'/>", "<line/>"))
        name = chance.choice((f"a{number}.py", "same.py", "a&amp;b.py", "é.py"))
        parts.append(f'<class name="x" filename="{name}" line-rate="1">\n<methods/>\n<lines>')
        for line in sorted(chance.sample(range(60), 6)):
            branch = chance.choice(("", ' branch="true" condition-coverage="50% (1/2)"'))
            parts.append(f'<line number="{line}" hits="{chance.randrange(3)}"{branch}/>\n')
        parts.append(odd + "</lines></class>\n")
    return "".join([*parts, "</classes></package></packages></coverage>"]).encode()


def jacoco_report(chance):
    counter = '<counter type="LINE" missed="1" covered="{}"/>'
    parts = ['<report name="app"><sessioninfo id="a" start="1" dump="2"/>']
    for package in range(3):
        app = f"app{package % 2}"
        parts.append(f'<group name="g{package % 2}"><package name="org/{app}">')
        parts.append(f'<class name="org/app/A" sourcefilename="A.java">{counter.format(7)}</class>')
        for number in range(6):
            name = chance.choice((f"A{number}.java", "Same.java", f"{app}/A.java", "é.java"))
            parts.append(f'<sourcefile name="{name}">')
            numbers = chance.sample(range(60), 6)
            for line in numbers if chance.random() < 0.2 else sorted(numbers):
                values = "".join(f' {k}="{chance.randrange(2)}"' for k in ("mi", "ci", "mb", "cb"))
                parts.append(f'<line nr="{line}"{values}/>')
            counters = chance.choice(("", counter.format(3), "<counter/>"))
            parts.append(f"{counters}</sourcefile>\n")
        parts.append("</package></group>")
    return "".join([*parts, "</report>"]).encode()


@pytest.mark.parametrize(
    ("module", "make"), [(cobertura, cobertura_report), (jacoco, jacoco_report)]
)
def test_xml_as_blocks(monkeypatch, rows, module, make):
    chance = random.Random(5)
    reports = [make(chance) for _ in range(60)]
    taken = []
    drive_runs = module.drive_runs
    monkeypatch.setattr(
        module, "drive_runs", lambda *given: taken.append(drive_runs(*given)) or taken[-1]
    )
    found = [rows(report) for report in reports]
    assert all(taken)
    monkeypatch.setattr(module, "drive_runs", lambda *_given: False)
    for report, blocks in zip(reports, found, strict=True):
        assert rows(report) == blocks, report


def test_a_folder_that_pester_repeats_is_named_once(rows):
    found = rows(
        b'<report name="Pester (11/18/2025)"><sessioninfo id="this" start="1" dump="2"/>'
        b'<package name="repo/tools/build">'
        b'<class name="repo/tools/build/foo" sourcefilename="tools/build/foo.ps1"/>'
        b'<sourcefile name="tools/build/foo.ps1">'
        b'<line nr="2" mi="0" ci="1" mb="0" cb="0"/></sourcefile>'
        b'<sourcefile name="other/foo.ps1"><line nr="3" mi="0" ci="1" mb="0" cb="0"/></sourcefile>'
        b"</package></report>"
    )
    assert list(found.lines) == ["repo/tools/build/foo.ps1", "repo/tools/build/other/foo.ps1"]
