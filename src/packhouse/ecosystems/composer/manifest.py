"""A project with its composer.json; what its composer.lock has is kept, as by `composer install`."""

from collections.abc import Mapping

from packhouse.domain.ecosystem import ResolutionRun
from packhouse.domain.errors import Invalid
from packhouse.ecosystems.composer.lock_file import LOCK, LockedRun
from packhouse.ecosystems.composer.platform import read_environment
from packhouse.ecosystems.composer.project import MANIFEST, read_project
from packhouse.ecosystems.composer.resolve import ManifestRun


def begin(files: Mapping[str, bytes], environment: Mapping[str, str]) -> ResolutionRun:
    """Begin to resolve a project; raise Invalid for files that are none."""
    if MANIFEST not in files:
        raise Invalid(f"there is no {MANIFEST}")
    project = read_project(files[MANIFEST], read_environment(environment))
    return LockedRun(project, files[LOCK]) if LOCK in files else ManifestRun(project)
