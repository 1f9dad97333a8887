"""The people of every test, and how to make them."""

from dataclasses import dataclass

PASSWORD = "correct horse battery"  # everybody's, in tests

PARTS = {
    "reader": {"name": "Rita Reader", "role": "reader"},
    "author": {"name": "Ada Author"},
    "teammate": {"name": "Tom Teammate"},
    "stranger": {"name": "Sam Stranger"},
    "facilitator": {"name": "Fay Facilitator", "role": "facilitator"},
    "security": {"name": "Sid Security", "role": "security"},
    "admin": {"name": "Ann Admin", "is_admin": True},
}


@dataclass
class Cast:
    """Author and teammate are in Payments, the stranger in Platform."""

    reader: object
    author: object
    teammate: object
    stranger: object
    facilitator: object
    security: object
    admin: object
    payments: object
    platform: object

    def everybody(self):
        """The seven people by their part in the story."""
        return {part: getattr(self, part) for part in PARTS}


def create_cast():
    """Write the cast into the database; user names are the parts, the password is PASSWORD."""
    from kb.accounts.models import Membership, Team, User

    people = {
        part: User.objects.create_user(part, f"{part}@example.org", PASSWORD, **fields)
        for part, fields in PARTS.items()
    }
    payments = Team.objects.create(name="Payments", slug="payments")
    platform = Team.objects.create(name="Platform", slug="platform")
    for team, part in ((payments, "author"), (payments, "teammate"), (platform, "stranger")):
        Membership.objects.create(team=team, user=people[part])
    return Cast(**people, payments=payments, platform=platform)
