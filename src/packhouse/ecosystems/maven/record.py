"""The record of a package, and what search shows of it."""

from packhouse.domain.errors import Invalid
from packhouse.domain.index import Fragment, Index, Summary
from packhouse.domain.package import PackageKey
from packhouse.domain.release import PackageRecord, Release, build_record
from packhouse.ecosystems.maven.metadata import tags_of
from packhouse.ecosystems.maven.tags import default_of, retag
from packhouse.ecosystems.maven.versions import Key, is_prerelease, version_key


def describe(key: PackageKey, index: Index) -> PackageRecord:
    """Derive the record: the index knows nothing of a release but its version; its POM tells the rest."""
    releases = [
        Release(fragment.version, fragment.published_at, prerelease=is_prerelease(fragment.version))
        for _, _, fragment in sorted(_ordered(index))
    ]
    versions = [release.version for release in releases]
    return build_record(key, releases, tags=retag(tags_of(index), versions))


def summarize(key: PackageKey, index: Index) -> Summary | None:
    """Tell the default version; nothing of what lists no releases."""
    versions = [fragment.version for fragment in index.fragments]
    if not versions:
        return None
    return Summary(key, default_of(retag(tags_of(index), versions), versions))


def default_version(record: PackageRecord) -> str:
    """Choose what someone gets who names no version."""
    return default_of(record.tags, record.versions)


def _ordered(index: Index) -> list[tuple[Key, int, Fragment]]:
    """Give every version its key; the upstream's order decides between spellings of one version."""
    entries = []
    for position, fragment in enumerate(index.fragments):
        try:
            entries.append((version_key(fragment.version), position, fragment))
        except Invalid:
            continue
    return entries
