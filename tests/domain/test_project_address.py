"""Source repositories behind addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packhouse.domain.project_address import project_id


@pytest.mark.parametrize(
    ("url", "project"),
    [
        ("https://github.com/User/Repo", "github.com/user/repo"),
        ("https://www.github.com/user/repo#readme", "github.com/user/repo"),
        ("http://github.com/user/repo/", "github.com/user/repo"),
        ("git+https://github.com/user/repo.git", "github.com/user/repo"),
        ("git+ssh://git@github.com/DABH/colors.js.git", "github.com/dabh/colors.js"),
        ("ssh://git@github.com:user/repo.git", "github.com/user/repo"),
        ("git://github.com/user/repo.git#main", "github.com/user/repo"),
        ("git@github.com:user/repo.git", "github.com/user/repo"),
        ("github:user/repo", "github.com/user/repo"),
        ("gitlab:user/repo#semver:^1", "gitlab.com/user/repo"),
        ("github.com/user/repo", "github.com/user/repo"),
        ("//github.com/user/repo", "github.com/user/repo"),
        ("https://github.com/user/repo/issues", "github.com/user/repo"),
        ("https://github.com/user/repo/tree/main/packages/a", "github.com/user/repo"),
        ("https://gitlab.com/group/sub/repo/-/issues", "gitlab.com/group/sub/repo"),
        ("https://gitlab.com/group/sub/repo.git", "gitlab.com/group/sub/repo"),
        ("https://gitlab.com/user/repo/issues", "gitlab.com/user/repo"),
        ("https://bitbucket.org/user/repo/issues?status=new", "bitbucket.org/user/repo"),
        ("https://git.example/user/repo", None),
        ("https://github.com/user", None),
        ("https://github.com/", None),
        ("https://github.com.evil.example/user/repo", None),
        ("https://evil.example/github.com/user/repo", None),
        ("https://evil.example/?x=//github.com/user/repo", None),
        ("https://github.com@evil.example/user/repo", None),
        ("https://user:secret@github.com/user/repo", "github.com/user/repo"),
        ("https://github.com/user/.git", None),
        ("https://github.com/us%20er/repo", None),
        ("javascript:alert(1)", None),
        ("user/repo", None),
        ("", None),
    ],
)
def test_a_project_is_told_from_its_address(url: str, project: str | None) -> None:
    assert project_id(url) == project


@given(st.text())
def test_any_text_is_a_project_or_none(text: str) -> None:
    found = project_id(text)
    assert found is None or found.count("/") >= 2
