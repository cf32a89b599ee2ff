"""An export is written to standard output, or to a file that is there whole or stays as it was."""

import io
import json
import os
import resource
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command

from integrations.activity import export
from integrations.workspace.models import AuditEntry
from tests.sync.conftest import a_contact, a_note, a_task

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ["contact", "task", "note"]


@pytest.fixture
def cached(connection, remote):
    remote.add(a_contact(1))
    remote.add(a_task(1), a_note(1))
    call_command("sync", stdout=io.StringIO(), stderr=io.StringIO())
    return connection


@contextmanager
def full_disk(monkeypatch):
    """Once it has begun, files cannot grow beyond a few bytes: the first line is begun and cannot be ended."""
    (soft, hard), rows = resource.getrlimit(resource.RLIMIT_FSIZE), export.rows

    def fill_up(connection_id):
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, hard))
        yield from rows(connection_id)

    monkeypatch.setattr(export, "rows", fill_up)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def exported(*arguments):
    out = io.StringIO()
    call_command("export", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def kinds_of(text):
    return [json.loads(line)["kind"] for line in text.splitlines()]


def test_a_dash_is_standard_output(cached, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert kinds_of(exported("--out", "-")) == KINDS
    assert os.listdir(tmp_path) == []
    assert AuditEntry.objects.filter(act="export").count() == 1


class GoneAfter(io.StringIO):
    """A reader that has enough after so many rows."""

    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def write(self, text):
        if self.getvalue().count("\n") == self.rows:
            raise BrokenPipeError
        return super().write(text)


def test_what_a_reader_had_who_went_away_early_is_audited_too(cached):
    with pytest.raises((BrokenPipeError, CommandError)):
        call_command("export", "--out", "-", stdout=GoneAfter(2), stderr=io.StringIO())

    assert AuditEntry.objects.get(act="export").detail["rows"] == 3


class Audited(io.StringIO):
    """Keeps how the audit stood when the first row left."""

    stood = None

    def write(self, text):
        self.stood = self.stood or AuditEntry.objects.filter(act="export").values_list("result", flat=True).first()
        return super().write(text)


def test_it_is_audited_before_any_of_it_leaves_so_that_no_kill_hides_it(cached):
    out = Audited()
    call_command("export", "--out", "-", stdout=out, stderr=io.StringIO())

    assert out.stood == "begun"
    ended = AuditEntry.objects.get(act="export")
    assert (ended.result, ended.detail["rows"]) == ("done", 3)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_so_is_the_timeline_of_one_contact(cached, form):
    with pytest.raises((BrokenPipeError, CommandError)):
        call_command("export_timeline", "--contact", "c1", "--format", form, stdout=GoneAfter(0))

    assert AuditEntry.objects.get(act="export").target == "c1"


def test_what_was_never_begun_is_not(cached, tmp_path):
    with pytest.raises(CommandError):
        exported("--out", str(tmp_path / "nowhere" / "out.jsonl"))

    assert not AuditEntry.objects.filter(act="export").exists()


def test_with_json_the_answer_is_still_the_last_line(cached):
    *rows, answer = exported("--out", "-", "--json").splitlines()

    assert (kinds_of("\n".join(rows)), json.loads(answer)) == (KINDS, {"rows": 3, "out": "-"})


def test_a_failure_leaves_the_earlier_file_as_it_was_and_nothing_beside_it(cached, tmp_path, monkeypatch):
    (tmp_path / "out.jsonl").write_text("of yesterday")

    with full_disk(monkeypatch), pytest.raises(CommandError, match="File too large"):
        exported("--out", str(tmp_path / "out.jsonl"))
    assert AuditEntry.objects.get(act="export").result == "begun"

    assert (tmp_path / "out.jsonl").read_text() == "of yesterday"
    assert os.listdir(tmp_path) == ["out.jsonl"]


def test_a_failure_leaves_no_half_of_a_new_file(cached, tmp_path, monkeypatch):
    with full_disk(monkeypatch), pytest.raises(CommandError):
        exported("--out", str(tmp_path / "out.jsonl"))

    assert os.listdir(tmp_path) == []


def test_a_file_keeps_its_rights_and_a_link_leads_where_it_did(cached, tmp_path):
    file, link = tmp_path / "out.jsonl", tmp_path / "link"
    file.write_text("of yesterday")
    file.chmod(0o640)
    link.symlink_to(file)

    exported("--out", str(link))

    assert (link.readlink(), file.stat().st_mode & 0o777) == (file, 0o640)
    assert kinds_of(file.read_text()) == KINDS


def test_a_device_is_written_to_and_not_replaced(cached, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    exported("--out", str(tmp_path / "pipe"))

    assert kinds_of(os.read(reader, 65536).decode()) == KINDS
    os.close(reader)


def test_a_folder_that_is_not_there_is_named_as_it_was_given(cached, tmp_path):
    target = str(tmp_path / "nowhere" / "out.jsonl")

    with pytest.raises(CommandError) as raised:
        exported("--out", target)

    assert str(raised.value).startswith(f"{target}: No such file or directory.")
