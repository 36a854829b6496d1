"""NuGet's index document: how it is read and written."""

from packhouse.domain.index import Form, Index, IndexFormat, Located
from packhouse.domain.package import PackageKey
from packhouse.ecosystems.nuget.documents import join_flat, join_hive
from packhouse.ecosystems.nuget.files import artifact_of
from packhouse.ecosystems.nuget.head import read_head
from packhouse.ecosystems.nuget.hives import HIVES
from packhouse.ecosystems.nuget.record import describe, summarize
from packhouse.ecosystems.nuget.registration import find_file, split

JSON = "application/json"
FLAT_FORM = "flat"


def locate(key: PackageKey, index: Index, filename: str) -> Located | None:
    """Find the release that owns a file."""
    fragment = find_file(key, index, filename)
    return None if fragment is None else Located(fragment, artifact_of(key, read_head(index), fragment.version))


INDEX = IndexFormat(
    forms={FLAT_FORM: Form(FLAT_FORM, JSON, join_flat)} | {form: Form(form, JSON, join_hive(form)) for form in HIVES},
    split=split,
    describe=describe,
    locate=locate,
    # The protocol has no tags: what is newest is told by search alone.
    tags=lambda _index: {},
    retag=lambda _tags, _versions: {},
    summary=summarize,
)
