"""Ecosystems that OSV has a name for, and that this server is no registry of.

Scanners ask about everything that they find in one batch: such a name is answered with nothing, and not as a mistake.
"""

OF_NO_REGISTRY_HERE = frozenset(
    name.casefold()
    for name in (
        "AlmaLinux",
        "Alpaquita",
        "Alpine",
        "Android",
        "Azure Linux",
        "BellSoft Hardened Containers",
        "Bioconductor",
        "Bitnami",
        "Chainguard",
        "CleanStart",
        "ConanCenter",
        "CRAN",
        "Debian",
        "Docker Hardened Images",
        "Echo",
        "FreeBSD",
        "GHC",
        "GIT",
        "GitHub Actions",
        "Hackage",
        "Hex",
        "Julia",
        "Kubernetes",
        "Linux",
        "Mageia",
        "MinimOS",
        "opam",
        "openEuler",
        "openSUSE",
        "OSS-Fuzz",
        "Photon OS",
        "Red Hat",
        "Rocky Linux",
        "Root",
        "SUSE",
        "SwiftURL",
        "TuxCare",
        "Ubuntu",
        "VSCode",
        "Wolfi",
    )
)
"""The list of https://ossf.github.io/osv-schema/ (affected[].package), folded, and GIT for repositories."""
