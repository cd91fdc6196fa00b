"""A file appears whole or not at all, and no name of others leads out of its folder."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlt_pipelines.whole_files import appearing, file_name


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_has_its_name_when_it_is_whole(tmp_path):
    target = tmp_path / "deep" / "a.zip"
    with appearing(target) as file:
        file.write(b"whole")
        assert "a.zip" not in _names(tmp_path)
    assert target.read_bytes() == b"whole"
    assert _names(tmp_path) == ["a.zip"]


def test_of_a_file_that_breaks_off_nothing_stays_and_the_one_before_does(tmp_path):
    target = tmp_path / "a.zip"
    target.write_bytes(b"before")
    with pytest.raises(TypeError), appearing(target) as file:
        file.writelines([b"half", None])
    assert target.read_bytes() == b"before"
    assert _names(tmp_path) == ["a.zip"]


@given(st.text(max_size=300))
@example("a" * 300)
@example("夜" * 300)
def test_a_name_of_others_is_one_name_in_its_folder(tmp_path_factory, text):
    folder = tmp_path_factory.getbasetemp()
    path = folder / file_name(text)
    assert path.resolve().parent == folder.resolve()
    with appearing(path):
        pass
    path.unlink()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("junit.xml", "junit.xml"),
        ("unit tests.xml", "unit tests.xml"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("", "%"),
        ("Prüfung", "Pr%C3%BCfung"),
        ("夜" * 40, "夜" * 40),
        ("%" * 84, "%25" * 84),
    ],
)
def test_names_are_kept_as_far_as_file_systems_take_them(text, name):
    assert file_name(text) == name
    assert unquote(name) == (text or "%")


def test_a_name_that_is_too_long_ends_in_a_hash():
    one, two = file_name("夜" * 100 + "1"), file_name("夜" * 100 + "2")
    assert one != two
    assert one.startswith("夜" * 74 + "-")
    assert len(one.encode()) == 255
