"""A crate's readme as the Web API gives it."""

from packhouse.formats.markup import render_readme as render
from packhouse.formats.markup_links import Repository


def render_readme(text: str, filename: str, repository: str | None, vcs_path: str) -> bytes:
    """Render a readme for the web; `filename` is its path in the crate, `vcs_path` the crate's in the repository.

    It takes up to a second, and is for a thread.
    """
    folder = "/".join(each for each in (vcs_path, filename.rpartition("/")[0]) if each)
    return render(text, filename, Repository(repository, folder) if repository else None).encode()
