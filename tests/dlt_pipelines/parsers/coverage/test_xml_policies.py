"""What XML reports disagree about, one rule a test."""

import pytest

PACKAGE = (
    '<coverage {}><packages><package name="p"><classes>{}</classes></package></packages></coverage>'
)


def cobertura(*classes: str, head: str = 'line-rate="1"') -> bytes:
    return PACKAGE.format(head, "".join(classes)).encode()


def lines(*entries: str) -> str:
    return "<lines>" + "".join(f"<line {entry}/>" for entry in entries) + "</lines>"


def test_cobertura_keeps_declared_next_to_counted(rows, samples):
    report = rows(samples["cobertura-xml"][0]).report
    assert (report.declared_lines_valid, report.declared_lines_covered) == (9, 1)
    assert (report.lines_valid, report.lines_covered) == (3, 2)
    assert report.source_roots == '["/home/ci/app"]'


def test_cobertura_method_lines_repeat_those_of_the_class(rows):
    found = rows(
        cobertura(
            '<class name="A" filename="a.py"><methods><method name="f">'
            + lines('number="1" hits="9"', 'number="7" hits="1"')
            + "</method></methods>"
            + lines('number="1" hits="1"')
            + "</class>"
        )
    )
    assert found.hits("a.py") == {1: 1}
    assert found.file("a.py")["functions_covered"] == 1


def test_cobertura_method_lines_count_where_the_class_has_none(rows):
    methods = "<methods><method name='f'>" + lines('number="5" hits="0"') + "</method></methods>"
    found = rows(cobertura(f'<class name="A" filename="a.swift">{methods}</class>'))
    assert found.hits("a.swift") == {5: 0}
    empty = rows(cobertura(f'<class name="A" filename="a.py">{methods}<lines/></class>'))
    assert empty.hits("a.py") == {}


def test_cobertura_lines_without_an_element_around_them_are_the_class_s(rows):
    """Made by hand or by small writers; `lines` is what the schema wants, `line` what counts."""
    methods = "<methods><method name='f'>" + lines('number="5" hits="0"') + "</method></methods>"
    bare = '<line number="5" hits="2"/><line number="6" hits="0"/>'
    for content in (bare, methods + bare):
        found = rows(cobertura(f'<class name="A" filename="a.py">{content}</class>'))
        assert found.hits("a.py") == {5: 2, 6: 0}


def test_cobertura_classes_of_one_file_are_merged(rows):
    found = rows(
        cobertura(
            '<class name="A" filename="a.cs">'
            + lines(
                'number="1" hits="1"',
                'number="2" hits="0" branch="True" condition-coverage="50% (1/2)"',
            )
            + "</class>",
            '<class name="A/B" filename="a.cs">'
            + lines(
                'number="2" hits="4" branch="True" condition-coverage="75% (3/4)"',
                'number="3" hits="0"',
            )
            + "</class>",
        )
    )
    assert found.hits("a.cs") == {1: 1, 2: 4, 3: 0}
    assert found.branches("a.cs") == {2: (4, 3)}
    assert found.totals == (3, 2, 4, 3)
    assert found.report.file_count == 1


@pytest.mark.parametrize(
    ("declared", "totals"), [("3", (3, 2)), ("2", (2, 2)), ("17", (2, 2)), ("", (2, 2))]
)
def test_cobertura_lines_shared_by_functions_count_as_the_header_does(rows, declared, totals):
    shared = lines('number="8" hits="0"', 'number="8" hits="2"', 'number="9" hits="1"')
    found = rows(
        cobertura(
            f'<class name="A" filename="a.cpp">{shared}</class>',
            head=f'line-rate="1" lines-valid="{declared}"',
        )
    )
    assert found.totals[:2] == totals
    assert found.hits("a.cpp") == {8: 2, 9: 1}


@pytest.mark.parametrize(
    ("attributes", "hits"),
    [
        ('number="1" hits="1,234"', 1234),
        ('number="1" hits="9999999999999999999999"', 2**63 - 1),
        ('number="1" hits="-1"', 0),
        ('number="1" hits=""', 0),
        ('number="1"', 0),
        ('hits="2" number="1"', 2),
        ('number="1" hits="1.0"', 1),
    ],
)
def test_cobertura_counts(rows, attributes, hits):
    found = rows(cobertura(f'<class name="A" filename="a.py">{lines(attributes)}</class>'))
    assert found.hits("a.py") == {1: hits}


@pytest.mark.parametrize("number", ["0", "-4", "x", "99999999999", ""])
def test_cobertura_lines_that_no_file_has(rows, number):
    found = rows(
        cobertura(
            f'<class name="A" filename="a.py">{lines(f"""number="{number}" hits="1" """)}</class>'
        )
    )
    assert found.hits("a.py") == {}


@pytest.mark.parametrize(
    ("attributes", "shares", "expected"),
    [
        pytest.param("", ["50%"], {4: (2, 1)}, id="a jump"),
        pytest.param("", ["100%", "0%"], {4: (4, 2)}, id="two jumps"),
        pytest.param("", ["0", "1", "1"], {4: (3, 2)}, id="three ways, of grcov"),
        pytest.param(
            'condition-coverage="50% (1/2)"', ["100%"], {4: (2, 1)}, id="told by the line"
        ),
        pytest.param("", ["", "x"], {}, id="no number"),
        pytest.param("", [], {}, id="none"),
    ],
)
def test_cobertura_conditions_speak_where_the_line_does_not(rows, attributes, shares, expected):
    conditions = "".join(f'<condition type="jump" coverage="{share}"/>' for share in shares)
    line = (
        f'<lines><line number="4" hits="1" branch="true" {attributes}><conditions>{conditions}'
        '</conditions></line><line number="5" hits="1"/></lines>'
    )
    found = rows(cobertura(f'<class name="A" filename="a.py">{line}</class>'))
    assert found.branches("a.py") == expected


def test_plain_and_unusual_lines_give_the_same(rows):
    plain = [
        f'number="{number}" hits="{number % 3}"'
        + (' branch="true" condition-coverage="50% (1/2)"' if number % 5 == 0 else "")
        for number in range(1, 300)
    ]
    unusual = [entry.replace(" hits", "  hits") for entry in plain]
    one = '<class name="A" filename="a.py">{}</class>'
    fast, slow = (rows(cobertura(one.format(lines(*entries)))) for entries in (plain, unusual))
    assert fast.lines == slow.lines
    assert fast.totals == slow.totals


def test_lines_in_comments_and_character_data_are_none(rows):
    hidden = '<line number="9" hits="1"/>' * 50
    found = rows(
        cobertura(
            f'<class name="A" filename="a.py"><!-- {hidden} --><lines><![CDATA[{hidden}]]>'
            '<line number="1" hits="1"/></lines></class>'
        )
    )
    assert found.hits("a.py") == {1: 1}
    assert found.report.parse == "ok"


def jacoco(body: str) -> bytes:
    head = '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">'
    return f'{head}<report name="r">{body}</report>'.encode()


def test_jacoco_has_verdicts_and_no_counts(rows, samples):
    found = rows(samples["jacoco-xml"][0])
    assert found.hits("org/example/A.java") == {3: 1, 4: 1, 5: 0}
    assert found.branches("org/example/A.java") == {4: (2, 1)}
    assert found.file("org/example/A.java")["package"] == "org/example"


@pytest.mark.parametrize("between", ["", "<!-- read slowly -->"], ids=["fast", "slow"])
def test_jacoco_counters_of_a_file_that_comes_twice_speak_for_neither(rows, between):
    def package(missed, covered, *numbers):
        lines = "".join(
            f'<line nr="{number}" mi="{missed}" ci="{covered}" mb="0" cb="0"/>'
            for number in numbers
        )
        counter = (
            f'<counter type="LINE" missed="{missed * len(numbers)}"'
            f' covered="{covered * len(numbers)}"/>'
        )
        held = f'<sourcefile name="U.kt">{lines}{between}{counter}</sourcefile>'
        return f'<package name="a">{held}</package>'

    found = rows(jacoco(package(0, 1, 1, 2) + package(1, 0, 1, 3)))
    assert found.hits("a/U.kt") == {1: 1, 2: 1, 3: 0}
    row = found.file("a/U.kt")
    assert (row["lines_valid"], row["lines_covered"]) == (3, 2)
    once = rows(jacoco(package(0, 1, 1, 2))).file("a/U.kt")
    assert (once["lines_valid"], once["lines_covered"]) == (2, 2)


def test_jacoco_counters_are_the_totals(rows):
    found = rows(
        jacoco(
            '<package name="p"><sourcefile name="A.java"><line nr="8"/><line nr="9" mb="1" cb="1"/>'
            '<counter type="LINE" missed="2" covered="5"/></sourcefile></package>'
            '<counter type="LINE" missed="20" covered="50"/>'
        )
    )
    assert found.totals == (70, 50, 0, 0)
    assert found.file("p/A.java")["lines_valid"] == 7
    assert found.hits("p/A.java") == {8: None, 9: 1}


def test_jacoco_lines_count_where_there_are_no_counters(rows):
    found = rows(
        jacoco(
            '<package name="p"><sourcefile name="A.java"><line nr="8" mi="1" ci="0"/>'
            '<line nr="9" mi="0" ci="2" mb="1" cb="3"/></sourcefile></package>'
        )
    )
    assert found.totals == (2, 1, 4, 3)


def test_jacoco_groups_are_modules(rows):
    group = (
        '<group name="{}"><package name="p"><sourcefile name="A.java">'
        '<line nr="{}" mi="0" ci="1" mb="0" cb="0"/></sourcefile></package></group>'
    )
    found = rows(jacoco(group.format("core", 3) + group.format("web", 4)))
    assert [row["path"] for row in found.files] == ["p/A.java", "p/A.java"]
    assert found.report.lines_valid == 2


def test_jacoco_plain_and_unusual_lines_give_the_same(rows):
    plain = "".join(
        f'<line nr="{number}" mi="{number % 2}" ci="{number % 3}" mb="{number % 2}" cb="1"/>'
        for number in range(1, 300)
    )
    body = '<package name="p"><sourcefile name="A.java">{}</sourcefile></package>'
    fast = rows(jacoco(body.format(plain)))
    slow = rows(jacoco(body.format(plain.replace(" mi", "  mi"))))
    assert fast.lines == slow.lines
    assert fast.totals == slow.totals


def clover(lines_: str, metrics: str = "") -> bytes:
    file = f'<file name="a" path="a">{lines_}</file>'
    return f'<coverage clover="3"><project>{metrics}{file}</project></coverage>'.encode()


def test_clover_method_lines_count_only_alone(rows):
    method = '<line num="1" type="method" count="1"/>'
    assert rows(clover(method + '<line num="2" type="stmt" count="0"/>')).hits("a") == {2: 0}
    assert rows(clover(method)).hits("a") == {1: 1}


def test_clover_conditions_have_the_meaning_that_adds_up(rows):
    condition = '<line num="2" type="cond" count="3" truecount="3" falsecount="1"/>'
    istanbul = '<metrics conditionals="4" coveredconditionals="3"/>'
    clover_itself = '<metrics conditionals="2" coveredconditionals="2"/>'
    assert rows(clover(istanbul + condition)).branches("a") == {2: (4, 3)}
    assert rows(clover(clover_itself + condition)).branches("a") == {2: (2, 2)}


def test_clover_repeated_lines_count_once_unless_gcovr_counts_them(rows):
    shared = '<line num="8" type="stmt" count="0"/><line num="8" type="stmt" count="2"/>'
    two = '<metrics statements="2" coveredstatements="1"/>'
    gcovr = b'clover="1700000000" generated="1700000000"'
    assert rows(clover(shared, two)).totals[:2] == (1, 1), "statements are no lines"
    assert rows(clover(shared, two).replace(b'clover="3"', gcovr)).totals[:2] == (2, 1)
    assert rows(clover(shared).replace(b'clover="3"', gcovr)).totals[:2] == (1, 1)


def test_clover_of_gcovr_measured_no_branches(rows):
    """It writes 0 conditionals whatever there are; were there some, they would count."""
    line, metrics = '<line num="2" type="stmt" count="1"/>', '<metrics conditionals="{}" {}/>'
    none = metrics.format(0, 'coveredconditionals="0"')
    some = metrics.format(2, 'coveredconditionals="1"')
    gcovr = b'clover="1700000000" generated="1700000000"'
    data = clover(none + line, none)
    assert rows(data).totals[2:] == (0, 0)
    found = rows(data.replace(b'clover="3"', gcovr))
    assert (found.totals[2:], found.report.declared_branches_valid) == ((None, None), 0)
    assert found.files[0]["branches_valid"] is None
    assert rows(clover(some + line, some).replace(b'clover="3"', gcovr)).totals[2:] == (2, 1)


def test_clover_without_lines_has_the_statements_of_its_metrics(rows):
    metrics = '<metrics statements="{0}" coveredstatements="{1}" {2}/>'
    project = metrics.format(9, 5, 'conditionals="4" coveredconditionals="3"')
    found = rows(clover(metrics.format(6, 4, ""), project))
    assert (found.totals, found.hits("a")) == ((6, 4, 4, 3), {})
    line = '<line num="2" type="stmt" count="0"/>'
    assert rows(clover(metrics.format(6, 4, "") + line, project)).totals[:2] == (1, 0)
    package = f'<coverage clover="3"><project>{project}<package name="p"/></project></coverage>'
    assert rows(package.encode()).totals == (9, 5, 4, 3)


def test_dotcover_summary_has_the_statements_of_its_root(rows):
    root = '<Root ReportType="Xml" DotCoverVersion="1" CoveredStatements="{}" TotalStatements="{}"'
    assert rows(f"{root.format(3, 8)}><Assembly/></Root>".encode()).totals[:2] == (8, 3)
    assert rows(f"{root.format('', 8)}><Assembly/></Root>".encode()).totals[:2] == (0, 0)


def test_opencover_ranges_have_rows_and_starts_are_the_totals(rows, samples):
    found = rows(samples["opencover-xml"][0])
    path = "C:\\w\\A.cs"
    assert found.hits(path) == {4: 2, 5: 3, 7: 0}
    assert found.branches(path) == {5: (2, 1)}
    assert found.report.declared_branches_valid == 3


def test_opencover_points_without_visits_are_none(rows, samples):
    data = samples["opencover-xml"][0]
    hole = b"<SequencePoint/><BranchPoint/></SequencePoints>"
    holes = data.replace(b"</SequencePoints>", hole)
    assert holes != data
    assert rows(holes).totals == rows(data).totals


def test_opencover_merges_a_file_of_several_modules(rows):
    module = (
        '<Module><Files><File uid="{0}" fullPath="a.cs"/></Files><Classes><Class><Methods><Method>'
        '<FileRef uid="{0}"/><SequencePoints><SequencePoint vc="{1}" sl="3"/>'
        '<SequencePoint vc="0" sl="{2}"/></SequencePoints></Method></Methods></Class></Classes>'
        "</Module>"
    )
    modules = module.format(1, 0, 5) + module.format(2, 4, 6)
    found = rows(f"<CoverageSession><Modules>{modules}</Modules></CoverageSession>".encode())
    assert found.hits("a.cs") == {3: 4, 5: 0, 6: 0}
    assert found.totals[:2] == (3, 1)


@pytest.mark.parametrize(
    ("names", "second", "joined"),
    [
        (("A::f()", "A::f()"), 'offset="1" offsetend="6" path="1"', (2, 2)),
        (("A::f()", "A::g()"), 'offset="1" offsetend="6" path="1"', (4, 2)),
        (("A::f()", "A::f()"), 'offset="9" offsetend="14" path="1"', (3, 2)),
        (("", ""), 'offset="1" offsetend="6" path="1"', (4, 2)),
        (("A::f()", "A::f()"), "", (3, 2)),
    ],
    ids=["one method", "two methods", "two places", "no names", "no place"],
)
def test_opencover_joins_the_branches_of_a_method_over_modules(rows, names, second, joined):
    first = 'offset="1" offsetend="3" path="0"'
    modules = "".join(
        f'<Module><Files><File uid="{uid}" fullPath="a.cs"/></Files><Classes><Class><Methods>'
        f'<Method><Name>{name}</Name><FileRef uid="{uid}"/><SequencePoints>'
        f'<SequencePoint vc="1" sl="5"/></SequencePoints><BranchPoints>'
        f'<BranchPoint vc="{2 - uid}" sl="5" {first}/><BranchPoint vc="{uid - 1}" sl="5" {place}/>'
        "</BranchPoints></Method></Methods></Class></Classes></Module>"
        for uid, name, place in (
            (1, names[0], 'offset="1" offsetend="6" path="1"'),
            (2, names[1], second),
        )
    )
    found = rows(f"<CoverageSession><Modules>{modules}</Modules></CoverageSession>".encode())
    assert found.branches("a.cs") == {5: joined}
    assert found.totals == (1, 1, *joined)


def test_opencover_branches_without_a_place_are_each_their_own(rows, samples):
    named = samples["opencover-xml"][0].replace(
        b"<Method><FileRef", b"<Method><Name>f</Name><FileRef"
    )
    assert rows(named).branches("C:\\w\\A.cs") == {5: (2, 1)}


def test_sonarqube_lines_listed_twice_count_twice_and_have_one_row(rows):
    found = rows(
        b'<coverage version="1"><file path="a.cpp"><lineToCover lineNumber="8" covered="false"/>'
        b'<lineToCover lineNumber="8" covered="true"/></file></coverage>'
    )
    assert found.totals[:2] == (2, 1)
    assert found.hits("a.cpp") == {8: 1}


@pytest.mark.parametrize("name", ["vs-coverage-xml", "vs-coverage-ds-xml"])
def test_visual_studio_partly_covered_is_covered(rows, samples, name):
    assert rows(samples[name][0]).hits("C:\\w\\A.cs") == {3: 1, 4: 1, 6: 0, 7: 1}


def test_scoverage_takes_the_most_of_a_lines_statements(rows, samples):
    found = rows(samples["scoverage-xml"][0])
    assert found.hits("A.scala") == {4: 5, 6: 0}
    assert found.report.declared_lines_valid == 3


def test_dotcover_and_ncover_places_on_one_line(rows, samples):
    assert rows(samples["dotcover-xml"][0]).hits("C:\\w\\A.cs") == {3: 1, 4: 1, 6: 0}
    unnamed = samples["dotcover-xml"][0].replace(b"DotCoverVersion", b"Version")
    unnamed = unnamed.replace(b"<Root ", b'<Root ReportType="DetailedXml" ', 1)
    assert rows(unnamed).hits("C:\\w\\A.cs") == {3: 1, 4: 1, 6: 0}
    assert rows(samples["ncover-xml"][0]).hits("C:\\w\\A.cs") == {9: 4, 10: 0}
    assert rows(samples["mprof-xml"][0]).hits("C:\\w\\A.cs") == {30: 1, 31: 0}
