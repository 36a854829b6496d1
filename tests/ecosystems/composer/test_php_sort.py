"""Sorting by comparisons that contradict themselves."""

import json
import random
import shutil
import subprocess

import pytest

from packhouse.ecosystems.composer.php_sort import php_sorted

_SORT = """
$sorted = [];
foreach (json_decode(file_get_contents('php://stdin'), true) as $table) {
    $places = range(0, count($table) - 1);
    usort($places, fn($one, $other) => $table[$one][$other]);
    $sorted[] = $places;
}
echo json_encode($sorted);
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not here")
def test_up_to_sixteen_things_are_sorted_as_by_php() -> None:
    chance = random.Random(7)
    tables = [
        [[0 if one == other else chance.choice((-1, 1)) for other in range(size)] for one in range(size)]
        for size in range(2, 17)
        for _ in range(60)
    ]
    php = shutil.which("php") or "php"
    run = subprocess.run([php, "-r", _SORT], input=json.dumps(tables), capture_output=True, text=True, check=True)
    for table, theirs in zip(tables, json.loads(run.stdout), strict=True):
        assert _sorted(table) == theirs


def _sorted(table: list[list[int]]) -> list[int]:
    return php_sorted(range(len(table)), lambda one, other: table[one][other])


def test_what_is_in_order_is_sorted_as_anywhere() -> None:
    things = random.Random(1).sample(range(100), 30)
    assert php_sorted(things, lambda one, other: one - other) == sorted(things)
