"""Copies of rejected files are whole, shared and limited."""

import hashlib

from dlt_pipelines import quarantine


def test_a_copy_lies_under_its_hash(tmp_path):
    digest = hashlib.sha256(b"broken").hexdigest()
    assert quarantine.keep(tmp_path, b"broken") == f"{digest[:2]}/{digest}"
    assert (tmp_path / digest[:2] / digest).read_bytes() == b"broken"


def test_the_same_content_is_kept_once(tmp_path):
    assert quarantine.keep(tmp_path, b"x") == quarantine.keep(tmp_path, b"x")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_large_file_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(quarantine, "KEPT_BYTES_LIMIT", 4)
    assert quarantine.keep(tmp_path, b"12345") is None
    assert list(tmp_path.iterdir()) == []
    assert quarantine.keep(tmp_path, b"1234") is not None
