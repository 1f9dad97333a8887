"""The owner of what was imported in nobody's name."""

from kb.accounts.models import User

USERNAME = "imports"


def system_owner() -> User:
    """An account that owns things and cannot sign in; made on demand."""
    found = User.objects.filter(is_system=True, username__startswith=USERNAME).order_by("pk").first()
    if found:
        return found
    owner = User(name="Imported", is_system=True, role=User.Role.MEMBER)
    taken = User.objects.filter(username=USERNAME).exists()
    owner.username = f"{USERNAME}-{owner.uid}" if taken else USERNAME
    owner.set_unusable_password()
    owner.save()
    return owner
