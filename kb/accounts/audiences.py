"""Audiences: the tokens a person may read. A document carries the tokens that may read it; one in common opens it."""

from kb.accounts.models import Membership

EVERYONE = "everyone"


def user_token(uid):
    return f"user:{uid}"


def team_token(uid):
    return f"team:{uid}"


def role_token(role):
    return f"role:{role}"


def audiences_of(user):
    """The tokens of `user`, a frozenset of str; empty for nobody. One query (memberships), kept on the user object."""
    if not user or not user.is_authenticated or not user.is_active:
        return frozenset()
    if not hasattr(user, "_audiences"):
        teams = user.memberships.values_list("team__uid", flat=True)
        user._audiences = frozenset(
            {EVERYONE, user_token(user.uid), role_token(user.role)} | {team_token(uid) for uid in teams}
        )
    return user._audiences


def load_audiences(users):
    """Fill in what `audiences_of` keeps, for many users with one query."""
    teams = {user.pk: set() for user in users}
    memberships = Membership.objects.filter(user__in=teams).values_list("user_id", "team__uid")
    for pk, uid in memberships:
        teams[pk].add(team_token(uid))
    for user in users:
        user._audiences = frozenset({EVERYONE, user_token(user.uid), role_token(user.role)} | teams[user.pk])
