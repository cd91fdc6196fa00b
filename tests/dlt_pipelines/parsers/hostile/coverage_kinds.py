"""Hostile and broken coverage, TRX, NUnit and PIT reports: rows as in `markup_kinds.py`."""


def cobertura(lines, head="", root='line-rate="1" version="1"'):
    """A Cobertura document with one class."""
    return (
        f'{head}<coverage {root}><packages><package name="p"><classes><class name="A" '
        f'filename="a.py"><lines><line number="1" hits="1"/>{lines}</lines></class></classes>'
        "</package></packages></coverage>"
    ).encode()


def jacoco(inside, head=""):
    """A JaCoCo document with one source file."""
    return (
        f'{head}<report name="r"><package name="p"><sourcefile name="A.java">{inside}'
        "</sourcefile></package></report>"
    ).encode()


def clover(lines, metrics=""):
    """A Clover document with one file."""
    return (
        f'<coverage clover="1"><project>{metrics}<file name="a.php" path="/a.php">{lines}</file>'
        "</project></coverage>"
    ).encode()


def opencover(points, files='<File uid="1" fullPath="a.cs"/>'):
    """An OpenCover document with one method."""
    return (
        f"<CoverageSession><Modules><Module><Files>{files}</Files><Classes><Class><Methods><Method>"
        f'<FileRef uid="1"/><SequencePoints>{points}</SequencePoints></Method></Methods></Class>'
        "</Classes></Module></Modules></CoverageSession>"
    ).encode()


def nunit(inside):
    """An NUnit 3 document."""
    return f'<test-run><test-suite name="s">{inside}</test-suite></test-run>'.encode()


def trx(results, definitions=""):
    """A TRX document."""
    return (
        '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">'
        f"<Results>{results}</Results><TestDefinitions>{definitions}</TestDefinitions></TestRun>"
    ).encode()


def pit(inside):
    """A PIT mutation report."""
    return f"<mutations>{inside}</mutations>".encode()


POINT = '<SequencePoint vc="1" fileid="1" sl="{}" el="{}"/>'
MUTATION = (
    "<mutation detected='{0}' status='{1}'><sourceFile>A.java</sourceFile>"
    "<lineNumber>{2}</lineNumber></mutation>"
)

KINDS = [
    (
        "coverage: line 10 to the 18",
        "ok",
        None,
        lambda: cobertura('<line number="1000000000000000000" hits="1"/>'),
    ),
    (
        "coverage: line 0 and below",
        "ok",
        None,
        lambda: cobertura('<line number="0" hits="1"/><line number="-9" hits="1"/>'),
    ),
    (
        "coverage: hits beyond 64 bits",
        "ok",
        None,
        lambda: cobertura(f'<line number="2" hits="{"9" * 40}"/>'),
    ),
    ("coverage: negative hits", "ok", None, lambda: cobertura('<line number="2" hits="-1"/>')),
    (
        "coverage: hits that are no number",
        "ok",
        None,
        lambda: cobertura('<line number="2" hits="NaN"/>'),
    ),
    (
        "coverage: more branches taken than there are",
        "ok",
        None,
        lambda: cobertura(
            '<line number="2" hits="1" branch="true" condition-coverage="900% (9/2)"/>'
        ),
    ),
    (
        "coverage: branches of 30 digits",
        "ok",
        None,
        lambda: cobertura(
            f'<line number="2" hits="1" branch="true" condition-coverage="1% (1/{"9" * 30})"/>'
        ),
    ),
    (
        "coverage: rates out of range",
        "ok",
        None,
        lambda: cobertura("", root='line-rate="-7" lines-valid="-1"'),
    ),
    (
        "coverage: a line 200 000 times",
        "ok",
        None,
        lambda: cobertura('<line number="2" hits="1"/>' * 200_000),
    ),
    (
        "coverage: file name of 2 MB",
        "ok",
        None,
        lambda: cobertura("</lines></class><class filename='" + "a/" * 1_000_000 + "'><lines>"),
    ),
    (
        "coverage: path that climbs",
        "ok",
        None,
        lambda: cobertura("</lines></class><class filename='../../../../etc/passwd'><lines>"),
    ),
    (
        "JaCoCo: counters below zero",
        "ok",
        None,
        lambda: jacoco(
            '<line nr="1" mi="0" ci="1"/><counter type="LINE" missed="-5" covered="-5"/>'
        ),
    ),
    (
        "JaCoCo: counters of 30 digits",
        "ok",
        None,
        lambda: jacoco(
            f'<line nr="1" mi="0" ci="1"/><counter type="LINE" missed="{"9" * 30}" covered="1"/>'
        ),
    ),
    (
        "Clover: metrics below zero",
        "ok",
        None,
        lambda: clover(
            '<line num="1" type="stmt" count="1"/>',
            '<metrics statements="-4" coveredstatements="-4"/>',
        ),
    ),
    (
        "Clover: condition with outcomes below zero",
        "ok",
        None,
        lambda: clover('<line num="1" type="cond" truecount="-1" falsecount="-1"/>'),
    ),
    (
        "OpenCover: a range of a milliard lines",
        "ok",
        None,
        lambda: opencover(POINT.format(1, 10**9)),
    ),
    (
        "OpenCover: 100 ranges of a million lines",
        "ok",
        None,
        lambda: opencover(POINT.format(1, 999_999) * 100),
    ),
    (
        "OpenCover: ranges over 3 000 files",
        "partial",
        "ranges",
        lambda: opencover(
            "".join(f'<SequencePoint vc="1" fileid="{n}" sl="1" el="9999"/>' for n in range(3000)),
            "".join(f'<File uid="{n}" fullPath="a{n}.cs"/>' for n in range(3000)),
        ),
    ),
    (
        "coverage: an encoding nobody knows",
        "ok",
        None,
        lambda: cobertura("", head='<?xml version="1.0" encoding="UTN-8"?>'),
    ),
    ("OpenCover: a range that runs backwards", "ok", None, lambda: opencover(POINT.format(9, 2))),
    ("OpenCover: file that is not listed", "ok", None, lambda: opencover(POINT.format(1, 1), "")),
    (
        "OpenCover: file number twice",
        "ok",
        None,
        lambda: opencover(
            POINT.format(1, 1), '<File uid="1" fullPath="a"/><File uid="1" fullPath="b"/>'
        ),
    ),
    (
        "TRX: result without definition",
        "ok",
        None,
        lambda: trx('<UnitTestResult testId="x" testName="t" outcome="Passed"/>'),
    ),
    (
        "TRX: definition twice",
        "ok",
        None,
        lambda: trx(
            '<UnitTestResult testId="x" testName="t" outcome="Passed"/>',
            '<UnitTest id="x" name="t"/><UnitTest id="x" name="u"/>',
        ),
    ),
    (
        "TRX: duration out of range",
        "ok",
        None,
        lambda: trx(
            '<UnitTestResult testName="t" outcome="Passed" duration="99999.99:99:99.999999999999"/>'
        ),
    ),
    (
        "TRX: outcome nobody knows",
        "ok",
        None,
        lambda: trx('<UnitTestResult testName="t" outcome="Banana"/>'),
    ),
    (
        "NUnit: result nobody knows",
        "ok",
        None,
        lambda: nunit('<test-case name="a" result="Banana"/>'),
    ),
    ("PIT: line below zero", "ok", None, lambda: pit(MUTATION.format("true", "KILLED", -5))),
    (
        "PIT: status nobody knows",
        "partial",
        "unknown status",
        lambda: pit(MUTATION.format("maybe", "BANANA", 1)),
    ),
    ("PIT: cut", "partial", "", lambda: pit(MUTATION.format("true", "KILLED", 1) * 3)[:-40]),
]
