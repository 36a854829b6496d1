"""A Gemfile, as far as it can be read without running it: `gem`, `source`, blocks of groups and platforms.

A Gemfile is a program. What is no plain call with plain values is named as not read, so that nobody takes an answer
for more than it is.
"""

import re
from collections.abc import Iterator, Mapping

from packhouse.domain.errors import Invalid
from packhouse.ecosystems.gem.bundle import Wish
from packhouse.ecosystems.gem.environment import read_environment
from packhouse.ecosystems.gem.gemfile_lock import hold, read_lock
from packhouse.ecosystems.gem.names import RUBY
from packhouse.ecosystems.gem.ranges import ANY, is_range, parse_range
from packhouse.ecosystems.gem.resolve import Project, ProjectRun
from packhouse.ecosystems.gem.ruby_words import Call, read_call

GEMFILE = "Gemfile"
LOCK = "Gemfile.lock"
_MAX_BYTES = 1 << 20
_SILENT = frozenset({"source", "group", "gem", "end", "platforms", "platform", "ruby", "git_source", "plugin"})
_ELSEWHERE = frozenset({"git", "github", "gist", "bitbucket", "path"})
_opens_something = re.compile(r"(?:if|unless|case|begin|while|until|def)\b|.*\bdo\b(?:\s*\|[^|]*\|)?$").match
_WINDOWS = re.compile(r"(?:windows|mswin|mswin64|mingw|x64_mingw)(?:_\d+)?").fullmatch


def begin(files: Mapping[str, bytes], told: Mapping[str, str]) -> ProjectRun:
    """Begin to resolve a project; raise Invalid for files that are none."""
    environment = read_environment(told)
    if GEMFILE not in files:
        raise Invalid(f"there is no {GEMFILE}")
    reading = _Reading()
    for number, line in logical_lines(files[GEMFILE]):
        reading.take(number, line)
    wishes = tuple(reading.wishes.values())
    notes = list(reading.notes)
    if reading.ruby and not parse_range(reading.ruby).matches(environment.ruby):
        notes.append(f"the Gemfile asks for Ruby {reading.ruby}, and it is resolved for {environment.ruby}")
    if LOCK not in files:
        return ProjectRun(Project(wishes, notes=tuple(notes)), environment)
    return ProjectRun(Project(wishes, hold(read_lock(files[LOCK]), wishes), tuple(notes)), environment)


def logical_lines(body: bytes) -> Iterator[tuple[int, str]]:
    """Give the lines with what goes on behind a comma, a backslash or an open bracket; raise Invalid."""
    if len(body) > _MAX_BYTES:
        raise Invalid("the Gemfile is too large")
    text, begun = "", 0
    for number, line in enumerate(body.decode("utf-8", "replace").splitlines(), 1):
        bare = _without_comment(line).strip()
        begun = begun if text else number
        text = f"{text} {bare}".strip()
        if text.endswith((",", "[", "(", "\\")):
            text = text.removesuffix("\\")
            continue
        if text:
            yield begun, text
        text = ""
    if text:
        yield begun, text


class _Reading:
    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self.notes: list[str] = []
        self.ruby = ""
        self._blocks: list[Call] = []

    def take(self, number: int, line: str) -> None:
        """Learn what a line says."""
        if line == "end":
            if self._blocks:
                self._blocks.pop()
            return
        call = read_call(line)
        if call is None or (call.name not in _SILENT and not call.opens):
            self._pass_over(number, line, call)
        elif call.opens:
            if call.name not in _SILENT | _ELSEWHERE:
                self.notes.append(f"what line {number} of the Gemfile makes of its block was not read: {line[:80]}")
            self._blocks.append(call)
        elif call.name == "gem":
            self._take_gem(call)
        elif call.name == "ruby":
            self.ruby = ", ".join(each for each in call.values if is_range(each))

    def _pass_over(self, number: int, line: str, call: Call | None) -> None:
        self.notes.append(f"line {number} of the Gemfile was not read: {line[:80]}")
        if call is None and _opens_something(line):
            self._blocks.append(Call("unread"))

    def _take_gem(self, call: Call) -> None:
        name, *ranges = call.values or ("",)
        blocks = {each.name for each in self._blocks}
        if not name:
            return
        if _ELSEWHERE & (blocks | call.options.keys()):
            self.notes.append(f"{name} comes from no registry and is left out")
            return
        text = ", ".join(ranges) or ANY
        if not is_range(text):
            raise Invalid(f"the Gemfile asks for {name} {text[:80]}, which is no requirement")
        wish = Wish(name, text, self._platforms(call), force_ruby=call.options.get("force_ruby_platform") == ("true",))
        before = self.wishes.setdefault(name, wish)
        if before.range != wish.range:
            raise Invalid(f"the Gemfile asks for {name} twice, as {before.range} and as {wish.range}")

    def _platforms(self, call: Call) -> tuple[str, ...]:
        """Give what a gem is limited to, by the call itself and the blocks that it stands in."""
        named = [*call.options.get("platforms", ()), *call.options.get("platform", ())]
        named += [value for each in self._blocks if each.name in {"platforms", "platform"} for value in each.values]
        return tuple(dict.fromkeys(map(_generic, named)))


def _generic(word: str) -> str:
    """Give the kind of platform that a word of a Gemfile stands for."""
    if _WINDOWS(word):
        return "windows"
    return "java" if word.startswith("jruby") else RUBY


def _without_comment(line: str) -> str:
    quote = ""
    for at, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "#":
            return line[:at]
    return line
