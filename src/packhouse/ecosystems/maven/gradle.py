"""Gradle's own setting: a script in the folder of those that it runs before every build.

It leads every Maven repository of a build to us, but for those on this machine and for Gradle's own plugins.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.maven.setting_files import Saved, change, read_file, read_saved, restore

_SCRIPT = """\
// Written by `packhouse use gradle`; `packhouse use gradle --undo` removes it.
def packhouse = new URI('{url}')

def lead = {{ repositories ->
    repositories.all {{ repository ->
        if (!(repository instanceof MavenArtifactRepository) || repository.url == null) return
        if (repository.url.scheme == 'file' || repository.url.host in ['localhost', '127.0.0.1', '::1']) return
        if (repository.name == 'Gradle Central Plugin Repository') return
        repository.url = packhouse
        // Since Gradle 7 an address without TLS has to be allowed.
        if (packhouse.scheme == 'http' && repository.hasProperty('allowInsecureProtocol')) {{
            repository.allowInsecureProtocol = true
        }}
    }}
}}

settingsEvaluated {{ settings ->
    if (settings.hasProperty('pluginManagement')) lead(settings.pluginManagement.repositories)
    if (settings.hasProperty('dependencyResolutionManagement')) {{
        lead(settings.dependencyResolutionManagement.repositories)
    }}
}}
allprojects {{ project ->
    lead(project.buildscript.repositories)
    lead(project.repositories)
}}
"""
_ours = re.compile(rb"def packhouse = new URI\('([^']*)'\)").search


def use(url: str, home: Path, environ: Mapping[str, str]) -> str:
    """Point Gradle at an address; return a sentence that says what was done."""
    if re.search(r"['\\\s]", url):
        raise ConfigError(f"{url!r} cannot be written into a script", "set public_url to a plain address")
    path = _script(home, environ)
    saved, found = read_saved(path), read_file(path)
    original = saved.original if saved and saved.written == found else found
    written = _SCRIPT.format(url=url).encode()
    change(path, Saved(original, written))
    return f"Gradle now installs from {url} (by the script {path}); repositories on this machine stay as they are."


def undo(home: Path, environ: Mapping[str, str]) -> str:
    """Remove the script, or restore the one that stood there."""
    path = _script(home, environ)
    saved = read_saved(path)
    if saved is None:
        return f"There is nothing to undo: {path} was not written by Packhouse."
    if not restore(path, saved):
        return f"{path} was changed meanwhile; remove it by hand if you do not want it."
    return f"Gradle is set as it was before ({path})."


def current(home: Path, environ: Mapping[str, str]) -> str:
    """Tell the address that the script names; empty where there is no script."""
    match = _ours(read_file(_script(home, environ)) or b"")
    return match[1].decode(errors="replace") if match else ""


def _script(home: Path, environ: Mapping[str, str]) -> Path:
    named = environ.get("GRADLE_USER_HOME")
    return (Path(named) if named else home / ".gradle") / "init.d" / "packhouse.gradle"
