"""Proving once more who one is: the password and the one-time password of a single request."""

from packhouse.domain.accounts import User
from packhouse.domain.errors import Invalid, OtpWanted
from packhouse.http.request import Request
from packhouse.services.people import People

OTP_HEADER = b"npm-otp"


async def prove_password(people: People, request: Request, password: str | None) -> User:
    """Return who asks, if the password is theirs and they prove the second factor that they have."""
    actor = request.view.actor
    if not password:
        raise Invalid("this takes your password as well", "send it as `password`")
    user = await people.accounts.check_password(actor.user, password, actor.address)
    return await prove_second_factor(people, request, user)


async def prove_second_factor(people: People, request: Request, user: User) -> User:
    """Take the one-time password of a request, unless it was taken before the request came here."""
    actor = request.view.actor
    if actor.user == user.name and actor.otp == "shown":
        return user
    return await people.accounts.check_otp(user, request.header(OTP_HEADER))


def require_otp(request: Request) -> None:
    """Raise OtpWanted where writing takes a one-time password that was not sent."""
    if request.view.actor.otp == "writes":
        raise OtpWanted("this takes a one-time password as well", "send it, e.g. with --otp=123456")
