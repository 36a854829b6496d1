"""Our own answers to what was asked of Bundler."""

from packhouse.domain.errors import Unresolvable
from packhouse.ecosystems.gem.environment import Environment
from packhouse.ecosystems.gem.gemfile import begin
from packhouse.ecosystems.gem.resolve import ProjectRun
from packhouse.resolver.universe import NotLoaded
from tests.agreement.gem.client import Answer, Project, Setting
from tests.agreement.gem.recorded import Records


def answer(project: Project, records: Records, setting: Setting) -> Answer:
    """Resolve a project as Bundler would."""
    run = begin_run(project, setting)
    try:
        found = loaded(run, records).search()
    except Unresolvable as error:
        return Answer(error=error.message)
    if found.error:
        return Answer(error=found.error)
    given = {"", *Environment().versions()}
    installed = ((name, each.installed(setting.platform)) for name, each in found.chosen.items() if name not in given)
    return Answer(sorted(f"{name} {each.version} {each.platform}" for name, each in installed))


def begin_run(project: Project, setting: Setting) -> ProjectRun:
    """Begin with the files."""
    files = {"Gemfile": f'source "http://gems.example"\n{project.gemfile}'.encode()}
    if project.lock:
        files["Gemfile.lock"] = project.lock.encode()
    return begin(
        files,
        {
            "ruby": setting.ruby,
            "rubygems": setting.rubygems,
            "bundler": setting.bundler,
            "platform": setting.platform,
        },
    )


def loaded(run: ProjectRun, records: Records) -> ProjectRun:
    """Load what the resolution asks for, as a server does."""
    while True:
        while keys := run.needed():
            run.load({key: records.find(key) for key in keys})
        try:
            run.search()
        except NotLoaded as missing:
            run.load({key: records.find(key) for key in missing.keys})
        else:
            return run
