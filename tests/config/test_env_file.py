"""The .env file: read as dotenv reads it, and refused in one sentence where it cannot be read."""

import os
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env_file


@pytest.fixture(autouse=True)
def _environment_comes_back():
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def load(tmp_path):
    def loaded(content, **started_with):
        path = tmp_path / ".env"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        os.environ.update(started_with)
        env_file.load(str(path), Path("/nowhere"))
        return os.environ

    return loaded


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("TOLD=b # note", "b"),
        ("export TOLD=b", "b"),
        ("\ufeffTOLD=b", "b"),
        ("TOLD='b # no note'", "b # no note"),
        ('TOLD="b\\nc"', "b\nc"),
        ('TOLD="b\nc"', "b\nc"),
        ("TOLD = b", "b"),
        ("TOLD=b#c", "b#c"),
        ("TOLD=b=c==", "b=c=="),
        ("# TOLD=a\n\nTOLD=b\r\n", "b"),
        ("OTHER=x\nTOLD=${OTHER}y", "xy"),
        ("TOLD=", ""),
        ("TOLD=grün", "grün"),
    ],
)
def test_a_line_is_read_as_dotenv_reads_it(load, content, value):
    assert load(content)["TOLD"] == value


def test_what_the_process_was_started_with_wins(load):
    assert load("TOLD=file", TOLD="process")["TOLD"] == "process"


def test_a_secret_file_that_is_named_in_the_file_does_not_replace_a_secret_of_the_process(load):
    assert "TOLD_FILE" not in load("TOLD_FILE=/run/told", TOLD="process")
    assert load("OTHER_FILE=/run/other")["OTHER_FILE"] == "/run/other"


def test_an_empty_secret_of_the_process_is_none(load):
    assert load("TOLD_FILE=/run/told", TOLD="")["TOLD_FILE"] == "/run/told"


def test_a_secret_file_of_the_process_stays(load):
    assert load("TOLD_FILE=/run/file", TOLD="a", TOLD_FILE="/run/process")["TOLD_FILE"] == "/run/process"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("A=b\n\nthis is no setting\n", 3),
        ("A=b\nB='secret words", 2),
        ("=b", 1),
        (b"A=b\nB=\xe4rger\n", 2),
        ("A=b\nB=c\n".encode("utf-16"), 1),
        ("A=b\nB=c\n".encode("utf-16-le"), 1),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number_and_not_shown(load, content, line):
    with pytest.raises(ImproperlyConfigured, match=rf"\.env, line {line}, is not ") as refused:
        load(content)

    assert "secret words" not in str(refused.value)


def test_a_name_that_no_setting_can_have_is_refused(load):
    with pytest.raises(ImproperlyConfigured, match=r"\.env holds an invalid setting name"):
        load("'A=B'=c")


def test_only_the_default_file_may_be_missing(tmp_path):
    env_file.load("", tmp_path / ".env")

    with pytest.raises(ImproperlyConfigured, match=r"missing cannot be read \(No such file"):
        env_file.load(str(tmp_path / "missing"), tmp_path / ".env")


def test_a_folder_is_no_settings_file(tmp_path):
    with pytest.raises(ImproperlyConfigured, match="Is a directory"):
        env_file.load("", tmp_path)


def test_the_null_device_is_an_empty_settings_file(tmp_path):
    env_file.load(os.devnull, tmp_path / ".env")
