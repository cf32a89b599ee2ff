"""DATA_DIR: a folder of its own, and nobody else can read what is in it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import private

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _umask_comes_back():
    before = os.umask(0o022)
    yield
    os.umask(before)


def own(path):
    return private.folder_of_its_own(path, ROOT)


def mode(path):
    return stat.S_IMODE(path.lstat().st_mode)


def put(path, mode, content=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)
    return path


def test_a_new_folder_is_its_owners_and_so_is_what_comes_into_it(tmp_path):
    folder = own(tmp_path / "deep" / "data")
    (folder / "later").write_text("")

    assert (mode(folder), mode(folder / "later")) == (0o700, 0o600)


def test_a_folder_that_was_open_is_closed_with_the_files_directly_in_it(tmp_path):
    folder = tmp_path / "data"
    database = put(folder / "db.sqlite3", 0o644)
    script = put(folder / "tool", 0o755)
    folder.chmod(0o755)

    own(folder)

    assert [mode(path) for path in (folder, database, script)] == [0o700, 0o600, 0o700]


def test_what_lies_deeper_is_closed_as_well(tmp_path):
    message = put(tmp_path / "broker" / "new" / "1.msg", 0o664)
    message.parent.chmod(0o775)
    message.parent.parent.chmod(0o777)

    private.close_everything(tmp_path)

    assert [mode(path) for path in (message, message.parent, message.parent.parent)] == [0o600, 0o700, 0o700]


def test_what_a_link_leads_to_keeps_its_rights(tmp_path):
    outside = put(tmp_path / "outside" / "file", 0o644)
    outside.parent.chmod(0o755)
    folder = own(tmp_path / "data")
    (folder / "file").symlink_to(outside)
    (folder / "folder").symlink_to(outside.parent)
    (folder / "sub").mkdir()
    (folder / "sub" / "nowhere").symlink_to("/nowhere/at/all")

    own(folder)
    private.close_everything(folder)

    assert (mode(outside), mode(outside.parent)) == (0o644, 0o755)


def test_a_link_to_the_folder_is_followed_once(tmp_path):
    (tmp_path / "real").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert own(tmp_path / "link") == tmp_path / "real"
    assert mode(tmp_path / "real") == 0o700


SHARED = ["/", "/tmp", "/etc", "/var/lib", Path.home(), Path.home().parent, ROOT, ROOT.parent, ROOT / "static"]


@pytest.mark.parametrize("path", [*SHARED, ROOT / "config" / "data"])
def test_a_folder_that_others_need_is_refused(path):
    # Asked of the question alone: whoever breaks it must not close /etc of the machine on which the tests run.
    with pytest.raises(ImproperlyConfigured, match=r"Choose a separate folder"):
        private.refuse_shared(Path(path), ROOT)


def test_the_home_and_what_the_home_or_the_program_lies_in_is_refused(tmp_path, monkeypatch):
    home, program = tmp_path / "people" / "me", tmp_path / "srv" / "program"
    monkeypatch.setenv("HOME", str(home))

    for path in (home, home.parent, program, program.parent):
        with pytest.raises(ImproperlyConfigured, match=r"Choose a separate folder"):
            private.refuse_shared(path, program)


def test_the_home_of_nobody_is_no_folder():
    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        own(Path("~nobody-of-this-name/data"))


def test_the_default_place_and_ones_elsewhere_are_folders_of_their_own(tmp_path):
    for path in (ROOT / "var", ROOT / "data", tmp_path, Path("/data"), Path("/var/lib/throughline")):
        private.refuse_shared(path, ROOT)


def test_a_folder_in_which_everybody_may_write_is_refused_and_left_as_it_is(tmp_path):
    folder = tmp_path / "drop"
    folder.mkdir()
    folder.chmod(0o1777)

    with pytest.raises(ImproperlyConfigured, match=r"Choose a separate folder"):
        own(folder)

    assert mode(folder) == 0o1777


def test_a_file_or_a_place_below_a_file_is_no_folder(tmp_path):
    file = put(tmp_path / "file", 0o600)

    for path in (file, file / "below", tmp_path / ("x" * 300), tmp_path / "null\0byte"):
        with pytest.raises(ImproperlyConfigured, match=r"^DATA_DIR .* cannot be used \(.+\)\. Correct it"):
            own(path)


def test_links_in_a_circle_are_no_folder(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(ImproperlyConfigured, match="cannot be used"):
        own(tmp_path / "a")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("given_away", ["data", "data/db.sqlite3"])
def test_what_belongs_to_another_user_is_refused(tmp_path, given_away):
    put(tmp_path / "data" / "db.sqlite3", 0o600)
    os.chown(tmp_path / given_away, 65534, 65534)

    with pytest.raises(ImproperlyConfigured, match=rf"{given_away}: it belongs to another user"):
        own(tmp_path / "data")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_deep_file_of_another_user_is_refused_by_its_name(tmp_path):
    os.chown(put(tmp_path / "sub" / "theirs", 0o644), 65534, 65534)

    with pytest.raises(ImproperlyConfigured, match=r"theirs in DATA_DIR cannot be made private"):
        private.close_everything(tmp_path)


class Stubborn(type(Path())):
    """A file where rights cannot be changed, as on a FAT disk."""

    def chmod(self, *_args, **_options):
        pass


def test_a_file_system_that_keeps_no_rights_is_refused(tmp_path):
    with pytest.raises(OSError, match="its file system does not keep permissions"):
        private.close(Stubborn(put(tmp_path / "file", 0o644)))


def test_what_is_gone_meanwhile_needs_no_closing(tmp_path):
    private.close(tmp_path / "message")


def test_a_folder_that_cannot_be_written_to_is_refused():
    code = f"""if True:
        import os, tempfile
        from pathlib import Path
        from config import private
        os.geteuid() or os.setuid(65534)  # nothing is closed to root
        folder = Path(tempfile.mkdtemp())
        folder.chmod(0o500)
        try:
            private.folder_of_its_own(folder, Path({str(ROOT)!r}))
        except private.ImproperlyConfigured as error:
            print(error)
        folder.rmdir()
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ": it cannot be written to). Correct it, or set DATA_DIR to another folder." in done.stdout


def test_a_whole_installation_keeps_every_file_to_itself(tmp_path):
    folder = tmp_path / "data"
    old = put(folder / "static" / "old.css", 0o644)
    for path in (folder, old.parent):
        path.chmod(0o755)
    env = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder), "ENV_FILE": os.devnull}
    for command in ("migrate", "collectstatic"):
        arguments = [sys.executable, "manage.py", command, "--noinput", "--verbosity", "0"]
        subprocess.run(arguments, cwd=ROOT, env=env, check=True, umask=0o022)

    made = [folder, *folder.rglob("*")]

    assert len(made) > 50
    assert [path for path in made if mode(path) & 0o077] == []
