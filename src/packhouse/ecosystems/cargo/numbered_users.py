"""Users by the number that stands for them in the Web API, which is made of their name."""

from packhouse.domain.accounts import User
from packhouse.ecosystems.cargo.people import number_of
from packhouse.services.accounts import Accounts

_PAGE = 500
_MOST_USERS = 100_000


class NumberedUsers:
    """Finds them; the numbers are made again when an account changes."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._numbers: tuple[int, dict[int, list[str]]] = (-1, {})

    async def find(self, number: int) -> list[User]:
        """Find the users of a number; two may have the same."""
        generation = await self._accounts.generation()
        if self._numbers[0] != generation:
            self._numbers = (generation, await self._number_all())
        found = [await self._accounts.find(name) for name in self._numbers[1].get(number, ())]
        return [each for each in found if each is not None]

    async def _number_all(self) -> dict[int, list[str]]:
        numbers: dict[int, list[str]] = {}
        after = ""
        for _ in range(0, _MOST_USERS, _PAGE):
            page = await self._accounts.list(after, _PAGE)
            for each in page:
                numbers.setdefault(number_of(each.name), []).append(each.name)
            if len(page) < _PAGE:
                break
            after = page[-1].name
        return numbers
