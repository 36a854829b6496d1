"""NuGet's index document: how it is read and written."""

from packhouse.domain.index import Form, IndexFormat
from packhouse.ecosystems.nuget.deferred import deferred
from packhouse.ecosystems.nuget.hives import HIVES

JSON = "application/json"
FLAT_FORM = "flat"


def _hive(form: str) -> Form:
    join = deferred("documents", "join_hive")
    return Form(form, JSON, lambda index, fragments: join(form, index, fragments))


INDEX = IndexFormat(
    forms={FLAT_FORM: Form(FLAT_FORM, JSON, deferred("documents", "join_flat"))}
    | {form: _hive(form) for form in HIVES},
    split=deferred("registration", "split"),
    describe=deferred("record", "describe"),
    locate=deferred("files", "locate"),
    # The protocol has no tags: what is newest is told by search alone.
    tags=lambda _index: {},
    retag=lambda _tags, _versions: {},
    summary=deferred("record", "summarize"),
)
