"""Who sees what: one table, said twice. `visible_q` says it to the database, `Access` says it of one object.

A test holds the two together on a thousand random cases. The table is in ARCHITECTURE.md; what is not in it is 404.
"""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from kb.accounts.audiences import EVERYONE, role_token, team_token, user_token
from kb.accounts.models import Membership, User

DRAFTING = ("draft", "in_review")
OPEN = ("published", "archived")


def _named(user, now):
    from postmortems.models.people import Named

    current = Named.objects.filter(Q(until=None) | Q(until__gt=now), postmortem=OuterRef("pk"))
    teams = Membership.objects.filter(user=user).values("team")
    return Exists(current.filter(Q(user=user) | Q(team__in=teams)))


def _relations(user, now):
    """{relation: Q} of one signed-in user at the moment `now`."""
    from postmortems.models.postmortem import Postmortem
    from postmortems.models.reviews import Review

    authors = Postmortem.authors.through.objects.filter(postmortem=OuterRef("pk"), user=user)
    teams = Postmortem.teams.through.objects.filter(
        postmortem=OuterRef("pk"), team__in=Membership.objects.filter(user=user).values("team")
    )
    return {
        "owner": Q(owner=user),
        "author": Q(Exists(authors)),
        "teammate": Q(Exists(teams)),
        "reviewer": Q(Exists(Review.objects.filter(postmortem=OuterRef("pk"), reviewer=user))),
        "named": Q(_named(user, now)),
    }


def visible_q(user, now=None):
    """Q of the postmortems (trash apart) that `user` may see, at the moment `now` if it is not the present one."""
    if not user or not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    is_ = _relations(user, now or timezone.now())
    drafts = withdrawn = Q(visibility="organization")
    if user.role != User.Role.FACILITATOR:
        drafts &= is_["owner"] | is_["author"] | is_["teammate"] | is_["reviewer"]
        withdrawn &= is_["owner"] | is_["author"]
    restricted = restricted_withdrawn = Q(visibility="restricted")
    if user.role != User.Role.SECURITY:
        restricted &= is_["owner"] | is_["author"] | is_["reviewer"] | is_["named"]
        restricted_withdrawn &= is_["owner"]
    return Q(trashed_at=None) & (
        Q(visibility="organization", status__in=OPEN)
        | Q(status__in=DRAFTING) & drafts
        | Q(status="withdrawn") & withdrawn
        | Q(status__in=DRAFTING + OPEN) & restricted
        | Q(status="withdrawn") & restricted_withdrawn
    )


def trash_q(user):
    """Q of the postmortems in the trash that `user` may see and restore."""
    if not user or not user.is_authenticated or not user.is_active:
        return Q(pk__in=[])
    mine = Q(owner=user)
    if user.role == User.Role.FACILITATOR:
        mine |= Q(visibility="organization")
    if user.role == User.Role.SECURITY:
        mine |= Q(visibility="restricted")
    return Q(trashed_at__isnull=False) & mine


def audiences_for(postmortem):
    """The tokens that may read it, for the search index; empty in the trash. Uses prefetched relations.

    A named reader's expiry is not in here: what comes out of the index is checked again in the database.
    """
    p = postmortem
    if p.trashed_at:
        return frozenset()
    owner = {user_token(p.owner.uid)} if p.owner else set()
    authors = {user_token(user.uid) for user in p.authors.all()}
    reviewers = {user_token(review.reviewer.uid) for review in p.review_set.all()}
    teams = {team_token(team.uid) for team in p.teams.all()}
    if p.visibility == "organization":
        if p.status in OPEN:
            return frozenset({EVERYONE})
        facilitators = {role_token("facilitator")}
        if p.status == "withdrawn":
            return frozenset(owner | authors | facilitators)
        return frozenset(owner | authors | reviewers | teams | facilitators)
    security = {role_token("security")}
    if p.status == "withdrawn":
        return frozenset(owner | security)
    named = {user_token(n.user.uid) if n.user else team_token(n.team.uid) for n in p.named_set.all()}
    return frozenset(owner | authors | reviewers | named | security)


class Access:
    """What one user may do with one postmortem; the relations are read once (at most four small queries)."""

    def __init__(self, user, postmortem):
        self.user, self.p = user, postmortem
        self.signed_in = bool(user and user.is_authenticated and user.is_active)

    def _cached(self, name, compute):
        if name not in self.__dict__:
            self.__dict__[name] = compute()
        return self.__dict__[name]

    @property
    def owner(self):
        return self.signed_in and self.p.owner_id == self.user.pk

    @property
    def author(self):
        return self._cached("_author", lambda: self.signed_in and self.p.authors.filter(pk=self.user.pk).exists())

    @property
    def teammate(self):
        return self._cached(
            "_teammate", lambda: self.signed_in and self.p.teams.filter(memberships__user=self.user).exists()
        )

    @property
    def reviewer(self):
        return self._cached(
            "_reviewer", lambda: self.signed_in and self.p.review_set.filter(reviewer=self.user).exists()
        )

    @property
    def named(self):
        def look():
            now, own = timezone.now(), Q(user=self.user) | Q(team__memberships__user=self.user)
            return self.p.named_set.filter(Q(until=None) | Q(until__gt=now)).filter(own).exists()

        return self._cached("_named", lambda: self.signed_in and look())

    @property
    def organization(self):
        return self.p.visibility == "organization"

    @property
    def steward(self):
        """Facilitators for the organization's, security for restricted ones."""
        role = User.Role.FACILITATOR if self.organization else User.Role.SECURITY
        return self.signed_in and self.user.role == role

    @property
    def read(self):
        p = self.p
        if not self.signed_in or p.trashed_at:
            return False
        if self.organization and p.status in OPEN:
            return True
        if self.owner or self.steward:
            return True
        if p.status == "withdrawn":
            return self.organization and self.author
        if self.author or self.reviewer:
            return True
        return self.teammate if self.organization else self.named

    @property
    def comment(self):
        return self.read and self.user.writes and self.p.status != "withdrawn"

    @property
    def write(self):
        if not self.comment:
            return False
        return self.owner or self.author or self.steward or (self.organization and self.teammate)

    @property
    def lead(self):
        """Publish, withdraw, archive, delete: the owner, or the steward."""
        return self.read and self.user.writes and (self.owner or self.steward)

    @property
    def review(self):
        """Answer a review: whoever was asked, and whoever may edit and did not write it alone."""
        return self.comment and self.p.status == "in_review" and (self.reviewer or (self.write and not self.owner))

    @property
    def reviews(self):
        """Read what reviewers answered: those who write it and those who were asked."""
        return self.read and bool(self.write or self.reviewer)

    @property
    def restore(self):
        return bool(self.signed_in and self.p.trashed_at and self.user.writes and (self.owner or self.steward))

    def __getitem__(self, verb):
        return getattr(self, verb)
