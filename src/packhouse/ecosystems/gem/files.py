"""Where the files of releases are."""

import re
from urllib.parse import quote

from packhouse.domain.digest import Digest
from packhouse.domain.release import Artifact
from packhouse.ecosystems.gem.attestations import attestations_path
from packhouse.ecosystems.gem.lines import Line
from packhouse.ecosystems.gem.names import FILE, full_name

_is_sum = re.compile(r"[0-9a-f]{64}").fullmatch


def artifact_of(name: str, line: Line) -> Artifact:
    """Tell where the file of a line is and what it hashes to."""
    full = full_name(name, line.version, line.platform)
    filename = full + FILE
    checksum = line.facts.get("checksum", "").strip().lower()
    digests = (Digest("sha256", checksum),) if _is_sum(checksum) else ()
    return Artifact(filename, f"/gems/{quote(filename, safe='+~')}", digests, attestations=attestations_path(full))
