"""What a question is about: packages of ours with a version, or a commit."""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from msgspec import Struct

from packhouse.apis.osv.elsewhere import OF_NO_REGISTRY_HERE
from packhouse.apis.osv.messages import PackageWire, QueryWire
from packhouse.domain.ecosystem import Ecosystem
from packhouse.domain.errors import Invalid
from packhouse.domain.package import NormalName, PackageKey
from packhouse.services.advisories import Question

_COMMIT = re.compile(r"(?:[0-9a-fA-F]{2})+")
_MAX_CHARACTERS = 1_000
"""Of a name or a version: nothing longer is any registry's."""
_NOTHING = PackageWire()


class Subject(Struct, frozen=True):
    """What one question is about; about nothing that is known here where both are empty."""

    questions: tuple[Question, ...] = ()
    """More than one where the ecosystem was left open."""
    commit: str = ""


class Subjects:
    """Reads questions; names are canonical afterwards."""

    def __init__(self, ecosystems: Iterable[Ecosystem]) -> None:
        self._by_type = {each.key: each for each in ecosystems}
        self._by_name: dict[str, Ecosystem] = {}
        for each in self._by_type.values():
            for name in (*each.aliases, each.key, each.title, *each.osv):
                self._by_name[name.casefold()] = each

    def read(self, query: QueryWire) -> Subject:
        """Say what is asked about; raise Invalid in the words of osv.dev."""
        package, version = query.package or _NOTHING, query.version or ""
        if query.commit:
            if version:
                raise Invalid("Invalid query.", "ask by commit or by version")
            if not _COMMIT.fullmatch(query.commit):
                raise Invalid("Invalid hash.")
            return Subject(commit=query.commit.lower())
        if package.purl:
            return self._by_purl(package.purl, package, version)
        name = package.name or ""
        if not package.ecosystem:
            if not name or not version:
                raise Invalid("Invalid query.", "a package takes a name and an ecosystem, or else a version")
            return _subject(self._by_type.values(), name, version)
        ecosystem = self._ecosystem(package.ecosystem)
        if not name:
            raise Invalid("Invalid query.", "name the package")
        return Subject() if ecosystem is None else _subject([ecosystem], name, version)

    def _ecosystem(self, text: str) -> Ecosystem | None:
        """Find an ecosystem; None for one that is OSV's and not ours. What follows a colon is a release or registry."""
        name = text.partition(":")[0].strip().casefold()
        found = self._by_name.get(name)
        if found is None and name not in OF_NO_REGISTRY_HERE:
            raise Invalid("Invalid ecosystem.")
        return found

    def _by_purl(self, text: str, package: PackageWire, version: str) -> Subject:
        from packageurl import PackageURL  # noqa: PLC0415 (start-up time)

        if package.name:
            raise Invalid("name specified in a PURL query")
        if package.ecosystem:
            raise Invalid("ecosystem specified in a PURL query")
        try:
            # Its own rules for names are not those of the registries.
            purl = PackageURL.from_string(text, normalize_purl=False)
        except ValueError:
            raise Invalid("Invalid Package URL.", "write pkg:type/name@version") from None
        ecosystem = self._by_type.get(purl.type.lower())
        if ecosystem is None:
            return Subject()
        if purl.version and version:
            raise Invalid("version specified in params and PURL query")
        namespace, name = unquote(purl.namespace or ""), unquote(purl.name)
        try:
            canonical = _name_of_purl(ecosystem, namespace, name)
        except Invalid:
            return Subject()
        return _of(PackageKey(ecosystem.key, canonical), unquote(purl.version or "") or version)


def _name_of_purl(ecosystem: Ecosystem, namespace: str, name: str) -> NormalName:
    if ecosystem.purl_name is not None:
        return ecosystem.purl_name(namespace, name)
    return ecosystem.parse_name(f"{namespace}/{name}" if namespace else name)


def _subject(ecosystems: Iterable[Ecosystem], name: str, version: str) -> Subject:
    """Ask about a name in several ecosystems; what is no name there is known to nobody."""
    questions: list[Question] = []
    for each in ecosystems:
        try:
            key = PackageKey(each.key, (each.osv_name or each.parse_name)(name))
        except Invalid:
            continue
        questions += _of(key, version).questions
    return Subject(tuple(questions))


def _of(key: PackageKey, version: str) -> Subject:
    if len(key.name) > _MAX_CHARACTERS or len(version) > _MAX_CHARACTERS:
        return Subject()
    return Subject(((key, version),))
