"""Which categories a crate can be in."""

from pathlib import Path

import msgspec
import pytest

from packhouse.domain.errors import ConfigError
from packhouse.ecosystems.cargo.categories import known_categories
from tests.ecosystems.cargo.publications import assembled, detail, must_publish, publish

pytestmark = pytest.mark.anyio


async def test_a_category_that_there_is_not_is_refused_by_its_name() -> None:
    server = assembled()
    ada = await server.token("ada")
    await must_publish(server, ada, "pear", "1.0.0", 'categories = ["no-std::no-alloc", "parsing"]')
    reply = await publish(server, ada, "plum", "1.0.0", 'categories = ["parsing", "witchcraft"]')
    assert reply.status == 400
    assert "witchcraft" in detail(reply)


def test_the_usual_categories_are_sorted_and_each_has_a_title_and_those_above_it() -> None:
    known = known_categories(assembled().services)
    assert len(known.slugs) > 80
    for each in known.all():
        assert each.title
        assert len(known.parents(each.slug)) == each.slug.count("::")
    assert [each.slug for each in known.children("science::bioinformatics")] == [
        "science::bioinformatics::genomics",
        "science::bioinformatics::proteomics",
        "science::bioinformatics::sequence-analysis",
    ]


def test_an_operator_names_the_categories_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "categories.tsv"
    file.write_text("# ours\nfruit\tFruit\tWhat grows on trees\nfruit::stone\n\n", encoding="utf-8")
    services = msgspec.structs.replace(assembled().services, categories=file)
    known = known_categories(services)
    assert [(each.slug, each.title, each.description) for each in known.all()] == [
        ("fruit", "Fruit", "What grows on trees"),
        ("fruit::stone", "fruit::stone", ""),
    ]
    missing = msgspec.structs.replace(services, categories=tmp_path / "nothing.tsv")
    with pytest.raises(ConfigError):
        known_categories(missing)
