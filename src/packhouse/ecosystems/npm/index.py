"""npm's index document, the packument: how it is read, written and searched."""

from packhouse.domain.index import Form, Fragment, Index, IndexFormat, Located
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.npm.addresses import find_by_name
from packhouse.ecosystems.npm.documents import join_abbreviated, join_full
from packhouse.ecosystems.npm.head import read_head
from packhouse.ecosystems.npm.manifest import ManifestReader
from packhouse.ecosystems.npm.packument import split
from packhouse.ecosystems.npm.record import describe
from packhouse.ecosystems.npm.summary import summarize
from packhouse.ecosystems.npm.tags import retag, tags_of


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns a file."""
    fragment = find_by_name(key.name, index.fragments, filename)
    if fragment is None:
        return None
    artifact = ManifestReader(key, read_head(index).addresses).artifact(fragment)
    return None if artifact is None else Located(fragment, artifact)


def version_document(index: Index, fragment: Fragment) -> bytes:
    """Make the document of one version: upstream's own manifest."""
    del index
    return fragment.body


INDEX = IndexFormat(
    forms={
        "full": Form("full", "application/json", join_full),
        "abbreviated": Form("abbreviated", "application/vnd.npm.install-v1+json", join_abbreviated),
    },
    split=split,
    describe=describe,
    locate=locate,
    tags=tags_of,
    retag=retag,
    summary=summarize,
)
