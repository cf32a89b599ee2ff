"""Static files under names that carry their content's hash, bundles among them; any browser may keep them."""

import hashlib
import logging
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile
from django.core.management import CommandError
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config import bundles

# What a page loads of these is one file each once they are collected; before, the browser follows the imports.
ENTRIES = {
    "css/app.css": bundles.style_sheet,
    "css/contact.css": bundles.style_sheet,
    "css/next.css": bundles.style_sheet,
    "js/app.js": bundles.script,
    "js/plain.js": bundles.script,
}
ADVICE = (
    "Static files were not collected since they changed, so pages load slowly or look old. "
    "Run: python manage.py collectstatic --noinput"
)
logger = logging.getLogger(__name__)


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # has no type information
    """Serves them; those with a hash in their name for a year, which is how long HTTP says to promise anything."""

    FOREVER = 31_536_000


class BundledStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Joins, hashes and compresses when files are collected; names them plainly as long as they are not."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Called by collectstatic. Raises CommandError for what cannot be bundled."""
        if not dry_run:
            for entry in ENTRIES:
                self._save_bundle(entry, paths)
        yield from super().post_process(paths, dry_run=dry_run, **options)
        if not dry_run:
            super().save_manifest()
            mark().write_text(fingerprint())

    def save_manifest(self) -> None:
        """Comes last, above: whoever finds a manifest finds all that it names."""

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Only what a page can ask for: the names with a hash."""
        wanted = set(self.hashed_files.values()).intersection(paths)
        yield from super().compress_files(wanted)

    def stored_name(self, name: str) -> str:
        """The hashed name. Tests, DEBUG and a start by hand do without: WhiteNoise finds plain names as well."""
        return str(self.hashed_files.get(self.clean_name(name), name))

    def _save_bundle(self, entry: str, paths: dict[str, Any]) -> None:
        folder, name = posixpath.split(entry)

        def read(sibling: str) -> str:
            try:
                storage, path = paths[posixpath.join(folder, sibling)]
            except KeyError:
                raise bundles.NotJoinableError(f"{entry} leads to {sibling}, which is not there.") from None
            with storage.open(path) as file:
                return str(file.read().decode())

        try:
            content = ContentFile(ENTRIES[entry](name, read).encode())
        except bundles.NotJoinableError as error:
            raise CommandError(str(error)) from error
        self.delete(entry)  # the copy, or with --link the link: never what it leads to
        self._save(entry, content)
        paths[entry] = self, entry


def mark() -> Path:
    """The file that says what was collected."""
    return Path(settings.STATIC_ROOT) / "collected"


def fingerprint() -> str:
    """Of every static file of the product and its packages, and of the code that joins them."""
    found = (storage.path(path) for finder in get_finders() for path, storage in finder.list(None))
    digest = hashlib.sha256()
    for path in sorted([*found, bundles.__file__, __file__]):
        digest.update(path.encode() + b"\0" + Path(path).read_bytes())
    return digest.hexdigest()


def are_collected() -> bool:
    """Whether what is collected is what there is. Reads some two megabytes, so it is asked at a start alone."""
    return mark().exists() and mark().read_text() == fingerprint()


def warn() -> None:
    """Say so at the start of a web process where somebody forgot to collect them."""
    if not settings.DEBUG and not are_collected():
        logger.warning(ADVICE)
