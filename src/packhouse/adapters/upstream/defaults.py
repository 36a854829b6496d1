"""The public registries that Packhouse knows by itself; the only module that holds their addresses."""

from packhouse.domain.forge import Forge
from packhouse.domain.trust import Issuer
from packhouse.domain.upstream import Limit, UpstreamRegistry

DEFAULTS: tuple[UpstreamRegistry, ...] = (
    UpstreamRegistry(
        name="npm",
        ecosystem="npm",
        url="https://registry.npmjs.org",
        urls={"downloads": "https://api.npmjs.org"},
        limits=(Limit(polite_per_s=1),),
    ),
    UpstreamRegistry(
        name="crates",
        ecosystem="cargo",
        url="https://index.crates.io",
        urls={"api": "https://crates.io"},
        extra_hosts=("static.crates.io",),
        known_as="https://github.com/rust-lang/crates.io-index",
        # The crawler policy: one request a second to the Web API, whoever waits; index and files are not limited.
        limits=(Limit("api", enforced_per_s=1, polite_per_s=1), Limit(polite_per_s=10)),
    ),
    UpstreamRegistry(
        name="pypi",
        ecosystem="pypi",
        url="https://pypi.org",
        urls={"stats": "https://pypistats.org"},
        extra_hosts=("files.pythonhosted.org",),
        limits=(Limit(polite_per_s=20), Limit("stats", enforced_per_s=0.5, polite_per_s=0.5)),
    ),
    UpstreamRegistry(
        name="golang",
        ecosystem="golang",
        url="https://proxy.golang.org",
        urls={
            "sumdb": "https://sum.golang.org",
            "index": "https://index.golang.org",
            "site": "https://pkg.go.dev",
        },
        extra_hosts=("storage.googleapis.com",),
        limits=(Limit(polite_per_s=10),),
    ),
    UpstreamRegistry(
        name="packagist",
        ecosystem="composer",
        url="https://repo.packagist.org",
        urls={"api": "https://packagist.org"},
        extra_hosts=("api.github.com", "codeload.github.com", "gitlab.com", "bitbucket.org"),
        limits=(Limit(polite_per_s=1), Limit("api", polite_per_s=1)),
    ),
    UpstreamRegistry(
        name="pub",
        ecosystem="pub",
        url="https://pub.dev",
        extra_hosts=("storage.googleapis.com",),
        limits=(Limit(polite_per_s=100 / 60),),
    ),
    UpstreamRegistry(
        name="nuget",
        ecosystem="nuget",
        url="https://api.nuget.org/v3/index.json",
        extra_hosts=(
            "azuresearch-usnc.nuget.org",
            "azuresearch-ussc.nuget.org",
            "globalcdn.nuget.org",
            "www.nuget.org",
        ),
        limits=(Limit(polite_per_s=5),),
    ),
    UpstreamRegistry(
        name="rubygems",
        ecosystem="gem",
        url="https://rubygems.org",
        extra_hosts=("index.rubygems.org",),
        # Ten a second is what its API allows; index and files come from a cache that allows more, and a 429 is heeded.
        limits=(Limit(polite_per_s=10),),
    ),
    UpstreamRegistry(
        name="central",
        ecosystem="maven",
        url="https://repo.maven.apache.org/maven2",
        urls={"search": "https://search.maven.org"},
        limits=(Limit(polite_per_s=5), Limit("search", polite_per_s=1)),
    ),
    UpstreamRegistry(
        name="google",
        ecosystem="maven",
        url="https://maven.google.com",
        extra_hosts=("dl.google.com",),
        limits=(Limit(polite_per_s=5),),
    ),
    UpstreamRegistry(
        name="jenkins",
        ecosystem="maven",
        url="https://repo.jenkins-ci.org/public",
        limits=(Limit(polite_per_s=2),),
    ),
)
"""In the order in which they are asked; an operator may change, switch off or add to them."""

DEFAULT_ISSUERS: tuple[Issuer, ...] = (
    Issuer(
        name="github",
        kind="github",
        url="https://token.actions.githubusercontent.com",
        keys_url="https://token.actions.githubusercontent.com/.well-known/jwks",
        enabled=False,
    ),
    Issuer(
        name="gitlab",
        kind="gitlab",
        url="https://gitlab.com",
        keys_url="https://gitlab.com/oauth/discovery/keys",
        enabled=False,
    ),
)
"""Whose identities of builds an operator may let count; nobody's do until then."""

DEFAULT_FORGES: tuple[Forge, ...] = (
    Forge(name="github", kind="github", url="https://api.github.com", host="github.com"),
    Forge(name="gitlab", kind="gitlab", url="https://gitlab.com/api/v4", host="gitlab.com"),
    Forge(name="bitbucket", kind="bitbucket", url="https://api.bitbucket.org/2.0", host="bitbucket.org"),
    Forge(name="scorecard", kind="scorecard", url="https://api.scorecard.dev"),
    Forge(
        name="oss-fuzz",
        kind="oss-fuzz",
        url="https://storage.googleapis.com/oss-fuzz-coverage",
        enabled=False,
    ),
)
"""Who is asked about source repositories when somebody asks us; OSS-Fuzz only where an operator says so."""

OSS_FUZZ_PROJECTS = "https://github.com/google/oss-fuzz/tree/master/projects"
"""Under which the configuration of each project of OSS-Fuzz is shown."""

OSV_BUCKET = "https://osv-vulnerabilities.storage.googleapis.com"
"""Where OSV gives its records away, a zip archive for each of its ecosystems (`<name>/all.zip`); never asked unless an
operator says so."""
