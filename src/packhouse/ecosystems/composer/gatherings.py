"""What is asked of a repository: its packages.json tells where the documents are."""

from typing import Any
from urllib.parse import urljoin

import msgspec

from packhouse.domain.errors import NotFound, UpstreamBad
from packhouse.domain.further import FurtherKey
from packhouse.domain.package import PackageKey
from packhouse.domain.upstream import Gathered, Gathering, UpstreamRegistry, UpstreamRequest, gather_one
from packhouse.ecosystems.composer.names import package_of

_REUSE_S = 300
_MAX_INCLUDES = 50
_JSON = "application/json"


def gather(registry: UpstreamRegistry, key: PackageKey) -> Gathering[Gathered]:
    """Ask for the document of a package: at `metadata-url`, or within packages.json and what it includes."""
    (root,) = yield (UpstreamRequest(f"{registry.url}/packages.json", _JSON, reuse_s=_REUSE_S),)
    if root.status == 404:
        raise UpstreamBad(f"{registry.name} has no packages.json", "check the upstream's url")
    described = _object(root.body, "packages.json")
    inline = yield from _inline(registry, key, described)
    if inline is not None:
        return inline
    pattern = described.get("metadata-url")
    if not isinstance(pattern, str) or "%package%" not in pattern or _is_elsewhere(described, package_of(key.name)):
        return Gathered(missing=True)
    url = urljoin(f"{registry.url}/", pattern.replace("%package%", key.name))
    (answer,) = yield (UpstreamRequest(url, _JSON, conditional=True),)
    return Gathered(answer.body, answer.content_type, answer.etag, answer.last_modified, missing=answer.status == 404)


def _inline(registry: UpstreamRegistry, key: PackageKey, described: dict[str, Any]) -> Gathering[Gathered | None]:
    """Look for a package that stands in packages.json itself, as small repositories have it."""
    wanted = package_of(key.name)
    documents = [described]
    includes = described.get("includes")
    if isinstance(includes, dict) and includes:
        paths = [str(path) for path in list(includes)[:_MAX_INCLUDES]]
        answers = yield tuple(
            UpstreamRequest(urljoin(f"{registry.url}/", path), _JSON, reuse_s=_REUSE_S) for path in paths
        )
        documents += [_object(answer.body, path) for answer, path in zip(answers, paths, strict=True) if answer.body]
    for document in documents:
        packages = document.get("packages")
        found = packages.get(wanted) if isinstance(packages, dict) else None
        if found is not None:
            releases = list(found.values()) if isinstance(found, dict) else found
            is_branches = key.name != wanted
            kept = [each for each in releases if isinstance(each, dict) and _is_branch(each) == is_branches]
            body = msgspec.json.encode({"packages": {wanted: kept}})
            return Gathered(body, _JSON, missing=not kept)
    return None


def _is_branch(release: dict[str, Any]) -> bool:
    version = str(release.get("version", ""))
    return version.startswith("dev-") or version.endswith("-dev")


def _is_elsewhere(described: dict[str, Any], name: str) -> bool:
    """Tell whether a repository that lists what it has does not list this."""
    available = described.get("available-packages")
    return isinstance(available, list) and bool(available) and name not in available


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise UpstreamBad(f"the upstream's {what} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise UpstreamBad(f"the upstream's {what} is no object")
    return found


def further(registry: UpstreamRegistry, wanted: FurtherKey) -> Gathering[Gathered]:
    """Ask for what the site tells of a package, the list of names, or the changes."""
    api = registry.service("api")
    path, _, query = wanted.path.partition("?")
    if wanted.key.name and wanted.path == "api":
        return gather_one(UpstreamRequest(f"{api}/packages/{wanted.key.name}.json", _JSON))
    places = {"list": f"{api}/packages/list.json", "changes": f"{registry.url}/metadata/changes.json"}
    if not wanted.key.name and path in places:
        return gather_one(UpstreamRequest(places[path] + (f"?{query}" if query else ""), _JSON))
    raise NotFound(f"there is no {wanted}")
