"""Keys that are generated on first start: whole or not there, whenever the start was killed."""

import multiprocessing
import os

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from config import embedded


def kept(folder, name="SECRETS_KEYS", make=embedded.fresh_key):
    return embedded.kept_secret(folder, name, "", embedded=True, make=make)


def test_a_key_is_made_once(tmp_path):
    assert kept(tmp_path) == kept(tmp_path)
    assert Fernet(kept(tmp_path))


def test_nothing_else_stays_in_the_folder_and_only_its_owner_reads_the_key(tmp_path):
    kept(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["secrets_keys"]
    assert (tmp_path / "secrets_keys").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", " \n"])
def test_an_empty_key_file_is_refused_by_its_path(tmp_path, content):
    path = tmp_path / "secrets_keys"
    path.write_text(content)

    with pytest.raises(ImproperlyConfigured, match=str(path)):
        kept(tmp_path)


def _start_and_die_while_writing(folder):
    # As a kill in the middle of the first start does: no exception handler and no cleanup runs.
    kept(folder, make=lambda _: os._exit(9))


def test_a_start_that_is_killed_while_the_key_is_written_leaves_none(tmp_path):
    process = multiprocessing.get_context("fork").Process(target=_start_and_die_while_writing, args=(tmp_path,))
    process.start()
    process.join()

    assert process.exitcode == 9
    assert not (tmp_path / "secrets_keys").exists()
    assert Fernet(kept(tmp_path))


def test_whoever_starts_second_takes_the_key_of_the_first(tmp_path):
    first = Fernet.generate_key().decode()

    def think_too_long(_name):
        (tmp_path / "secrets_keys").write_text(first)
        return Fernet.generate_key().decode()

    assert kept(tmp_path, make=think_too_long) == first


def test_a_folder_that_takes_no_key_is_named_with_the_variable_to_set(tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"nowhere.*Set SECRET_KEY"):
        kept(tmp_path / "nowhere", "SECRET_KEY")


def test_a_list_without_a_key_in_it_is_refused():
    with pytest.raises(ImproperlyConfigured, match="SECRETS_KEYS holds no key"):
        embedded.fernet_keys(" , ")
