"""Who: people, teams and the tokens that act for people."""

import hashlib
import secrets

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from kb.lib import instants
from kb.lib.addresses import address
from kb.lib.plain_text import validate_plain_text
from kb.lib.uids import new_uid


def validate_zone(name):
    """Raise ValidationError unless `name` is an IANA time zone such as Europe/Berlin."""
    if name not in instants.zone_names():
        raise ValidationError(f"“{name}” is not a time zone. Use a name such as Europe/Berlin or UTC.")


class UserManager(BaseUserManager):
    def create_user(self, username, email="", password=None, **fields):
        user = self.model(username=username, email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, username, email="", password=None, **fields):
        return self.create_user(username, email, password, is_admin=True, **fields)


class UserQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def people(self):
        """People who can sign in: no system accounts such as the owner of imports."""
        return self.active().filter(is_system=False)


class User(AbstractBaseUser):
    """A person. `role` says what they may do with content; `is_admin` is another axis, so that the one
    person of a small organization may be facilitator and administrator at once."""

    class Role(models.TextChoices):
        READER = "reader", "Reader"
        MEMBER = "member", "Member"
        FACILITATOR = "facilitator", "Facilitator"
        SECURITY = "security", "Security"

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    username = models.CharField(
        max_length=60, unique=True, validators=[UnicodeUsernameValidator(), validate_plain_text]
    )
    email = models.EmailField(blank=True)
    name = models.CharField("full name", max_length=120, blank=True, validators=[validate_plain_text])
    also_known_as = models.CharField(
        max_length=300,
        blank=True,
        validators=[validate_plain_text],
        help_text="Other names in chat and logs, separated by commas.",
    )
    zone = models.CharField("time zone", max_length=60, default="UTC", validators=[validate_zone])
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.MEMBER)
    is_admin = models.BooleanField("administrator", default=False)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False, editable=False)
    single_keys = models.BooleanField("single-key shortcuts", default=True)
    mail_notices = models.BooleanField("mail about comments and reviews", default=True)
    unread = models.PositiveIntegerField(default=0, editable=False)  # notices; counted here, so that no page asks
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = ["name", "username"]
        constraints = [
            models.UniqueConstraint(
                models.functions.Lower("email"), name="one_user_per_email", condition=~models.Q(email="")
            )
        ]

    def __str__(self):
        return self.name or self.username

    def get_full_name(self):
        return str(self)

    @property
    def is_staff(self):
        return self.is_admin

    @property
    def is_superuser(self):
        return self.is_admin

    def has_perm(self, perm, obj=None):
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label):
        return self.is_active and self.is_admin

    @property
    def writes(self):
        """Readers read and subscribe; everybody else also writes."""
        return self.role != self.Role.READER


class Team(models.Model):
    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    name = models.CharField(max_length=80, unique=True, validators=[validate_plain_text])
    slug = models.SlugField(max_length=80, unique=True, allow_unicode=True)
    about = models.CharField(max_length=300, blank=True, validators=[validate_plain_text])
    members = models.ManyToManyField(User, through="Membership", related_name="teams")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return address("team", self.slug)


class Membership(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    since = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_membership_per_person")]

    def __str__(self):
        return f"{self.user} in {self.team}"


class ApiTokenQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(revoked_at=None, user__is_active=True)


class ApiToken(models.Model):
    """A key that acts for its owner and never sees more than the owner sees now. Only its hash is stored."""

    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    uid = models.CharField(max_length=12, unique=True, default=new_uid, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80, blank=True, validators=[validate_plain_text])
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope.choices, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self):
        return self.name or self.uid

    @classmethod
    def issue(cls, user, *, name="", scope=Scope.READ):
        """Return (token, secret). The secret is shown once and never stored."""
        secret = "andon_" + secrets.token_urlsafe(32)
        return cls.objects.create(user=user, name=name, scope=scope, digest=cls.hash(secret)), secret

    @staticmethod
    def hash(secret):
        return hashlib.sha256(secret.encode()).hexdigest()

    def revoke(self):
        self.revoked_at = timezone.now()
        self.save(update_fields=["revoked_at"])
