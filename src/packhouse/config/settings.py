"""The one table of settings."""

import re

from msgspec import Struct

from packhouse.config.kinds import (
    COUNT,
    DATA,
    DENIED,
    DURATION,
    FILE,
    FORGE,
    FORMAT,
    FURTHER_PORT,
    ISSUER,
    LEVEL,
    MALWARE,
    NAMES,
    NETWORKS,
    PACE,
    PORT,
    PUBLISHERS,
    RATE,
    READERS,
    RETRIES,
    SIZE,
    STORE,
    SWITCH,
    TABLE,
    TEXT,
    TEXTS,
    URL,
    Kind,
)


class Setting(Struct, frozen=True):
    """One thing that an operator decides."""

    name: str
    """Its key in packhouse.toml, with dots between tables."""
    kind: Kind
    default: str
    """As one would write it; empty for none."""
    help: str
    """A sentence without its full stop."""

    @property
    def flag(self) -> str:
        """The option of `packhouse serve`."""
        return "--" + re.sub(r"[._]", "-", self.name)

    @property
    def variable(self) -> str:
        """The environment variable."""
        return "PACKHOUSE_" + self.name.replace(".", "_").upper()

    @property
    def field(self) -> str:
        """The field of the configuration's struct, with the unit at its end."""
        return self.name.rpartition(".")[2] + self.kind.unit


SETTINGS: tuple[Setting, ...] = (
    Setting("host", TEXT, "127.0.0.1", "Address to listen on; 0.0.0.0 for every interface"),
    Setting("port", PORT, "7225", "Port to listen on"),
    Setting(
        "data", DATA, "", "Directory of the database and the files; by default the platform's folder for user data"
    ),
    Setting("public_url", URL, "", "Address under which clients reach the server; by default what their request says"),
    Setting("trusted_proxies", NETWORKS, "", "Proxies whose X-Forwarded headers count"),
    Setting("offline", SWITCH, "false", "Never ask an upstream; serve what is stored"),
    Setting("workers", COUNT, "1", "Server processes"),
    Setting("git_index", SWITCH, "false", "Whether an index is a git repository too, for clients that know no other"),
    Setting("log.level", LEVEL, "info", "The least important kind of message that is written"),
    Setting("log.format", FORMAT, "text", "How messages are written"),
    Setting("cache.index_fresh", DURATION, "60s", "How long an index is served without asking its upstream again"),
    Setting("cache.index_stale", DURATION, "4m", "How long after that it is still served, while the upstream is asked"),
    Setting("cache.memory", SIZE, "32MB", "Memory for answers that are ready to send"),
    Setting("upstream.connect_timeout", DURATION, "5s", "How long a connection to an upstream may take"),
    Setting("upstream.timeout", DURATION, "10s", "How long an upstream may be silent"),
    Setting("upstream.retries", RETRIES, "2", "How often a failed request is tried again"),
    Setting("upstream.max_index", SIZE, "200MB", "Largest index document that is accepted"),
    Setting("upstream.max_artifact", SIZE, "2GB", "Largest file that is accepted"),
    Setting("upstream.concurrency", COUNT, "32", "Requests to one host at the same time"),
    Setting("upstream.background_rate", RATE, "1", "Requests a second to one host for what no client waits for"),
    Setting("upstream.redirect_hosts", TEXTS, "", "Further hosts to which any upstream may redirect"),
    Setting("access.upstream", READERS, "anyone", "Who may read packages of upstreams"),
    Setting("access.hosted", READERS, "anyone", "Who may read packages published here that are not restricted"),
    Setting("access.publish", PUBLISHERS, "users", "Who may publish under a name that nobody has"),
    Setting("access.registration", SWITCH, "false", "Whether anybody may make an account for themselves"),
    Setting("access.reserved", NAMES, "", "Names that belong here: no upstream is ever asked for them"),
    Setting("publish.max_archive", SIZE, "100MB", "Largest archive that is accepted"),
    Setting(
        "publish.categories", FILE, "", "File of the categories for packages: on each line a slug, a tab and a title"
    ),
    Setting(
        "publish.trusted_root", FILE, "", "A trusted_root.json of sigstore that what is published here is held against"
    ),
    Setting("publish.audience", TEXT, "", "Whom identities of builds must be made out to; by default the public_url"),
    Setting("publish.invite_owners", SWITCH, "true", "Whether who is to own a package has to accept that first"),
    Setting("limits.create", PACE, "off", "How many new packages a user may publish, such as 30 then 10/min"),
    Setting("limits.update", PACE, "off", "How many new versions a user may publish"),
    Setting("limits.yank", PACE, "off", "How often a user may yank versions, or take that back"),
    Setting("grpc.port", FURTHER_PORT, "next", "Port on which the deps.dev API is served over gRPC"),
    Setting(
        "grpc.certificate", FILE, "", "Chain of certificates, as PEM, that gRPC proves itself with; without, no TLS"
    ),
    Setting("grpc.key", FILE, "", "Private key of that certificate, as PEM"),
    Setting("advisories.fetch", SWITCH, "false", "Whether a live database of advisories is followed"),
    Setting("advisories.url", URL, "", "The bucket of that database, or a mirror of it; by default that of OSV"),
    Setting("advisories.every", DURATION, "1h", "How often it is asked for changes"),
    Setting("advisories.parts", TEXTS, "", "Which parts of it, by its own names; by default all that are served"),
    Setting("projects.fetch", SWITCH, "true", "Whether forges are asked about source repositories"),
    Setting("projects.fresh", DURATION, "24h", "How long what a forge says of a repository stands"),
    Setting("projects.missing", DURATION, "1h", "How long it is believed that there is no such repository"),
    Setting("projects.wait", DURATION, "3s", "How long who asks about a repository waits for its forge"),
    Setting("hooks.allow", TEXTS, "", "Hosts and networks of ours that hooks may be sent to; others must be public"),
    Setting(
        "provenance.trusted_root",
        FILE,
        "",
        "A trusted_root.json of sigstore that attestations are checked against; by default that of its public instance",
    ),
    Setting("dependents.enabled", SWITCH, "true", "Whether resolved graphs are kept, so that dependents can be told"),
    Setting("dependents.share", RATE, "0.25", "Part of a processor that making graphs may take; 1 for all of it"),
    Setting("capabilities.make", SWITCH, "false", "Whether programs on this machine find out what code can do"),
    Setting("capabilities.timeout", DURATION, "10m", "How long they may take for one release"),
    Setting("policy.minimum_age", DURATION, "0", "How long ago a release must have been published to be installable"),
    Setting("policy.minimum_age_exclude", TEXTS, "", "Packages that may be younger; * stands for any characters"),
    Setting(
        "policy.malware", MALWARE, "refuse", "Whether releases that imported advisories call malware are handed out"
    ),
    Setting("policy.malware_exclude", TEXTS, "", "Packages that are not refused for it; * stands for any characters"),
    Setting("policy.deny", DENIED, "", "Packages and releases that nobody may install"),
)
"""In the order of the reference page; each is a flag, a variable and a key of the file."""

UPSTREAM_SETTINGS: tuple[Setting, ...] = (
    Setting("ecosystem", TEXT, "", "Which ecosystem it serves; a well-known upstream keeps its own"),
    Setting("url", URL, "", "Its base address"),
    Setting("enabled", SWITCH, "true", "Whether it is asked at all"),
    Setting("extra_hosts", TEXTS, "", "Further hosts that its files and redirects may be on"),
    Setting("urls", TABLE, "", "Addresses of its further services, by name"),
    Setting("packages", TEXTS, "", "Names (* stands for any characters) that are asked here and nowhere else"),
    Setting(
        "credentials", STORE, "", "Where its credentials are: netrc, or client for the store of the ecosystem's client"
    ),
    Setting("user", TEXT, "", "The user name that belongs to the secret; without it the secret is a token"),
    Setting("secret_variable", TEXT, "", "The environment variable that holds the password or token"),
    Setting("secret_file", TEXT, "", "The file that holds the password or token"),
    Setting("scheme", TEXT, "", "The word before a token in the Authorization header; `none` for no word"),
    Setting("rate", RATE, "", "Requests a second that it allows, whoever waits"),
    Setting("background_rate", RATE, "", "Requests a second for what no client waits for"),
)
"""The keys of [upstreams.<name>]."""

ISSUER_SETTINGS: tuple[Setting, ...] = (
    Setting("kind", ISSUER, "", "Whose kind of identities it signs; a well-known issuer keeps its own"),
    Setting("url", URL, "", "What its identities call it"),
    Setting(
        "enabled", SWITCH, "true", "Whether its identities count; those of the well-known ones do not by themselves"
    ),
    Setting("keys", URL, "", "Where its public keys are, as a JWK Set"),
    Setting("keys_file", FILE, "", "A file that has them, where none are to be fetched"),
    Setting("audience", TEXT, "", "Whom its identities must be made out to, where that is not publish.audience"),
)
"""The keys of [issuers.<name>]."""

FORGE_SETTINGS: tuple[Setting, ...] = (
    Setting("kind", FORGE, "", "Which API it speaks; a well-known forge keeps its own"),
    Setting("url", URL, "", "Base address of its API, such as https://git.example/api/v4"),
    Setting("host", TEXT, "", "The host of its repositories, such as git.example"),
    Setting("enabled", SWITCH, "true", "Whether it is asked at all"),
    Setting("user", TEXT, "", "The user name that belongs to the secret; without it the secret is a token"),
    Setting("secret_variable", TEXT, "", "The environment variable that holds the token or password"),
    Setting("secret_file", TEXT, "", "The file that holds the token or password"),
)
"""The keys of [forges.<name>]."""
