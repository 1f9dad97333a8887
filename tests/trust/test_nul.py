"""A NUL in an address or a field: PostgreSQL refuses to look for one, so no database may be asked for it."""

import pytest
from django.db import connection

from kb.digests.models import Interest, Subscription
from postmortems.models import Named
from tests.api.building import Api
from tests.postmortems.builders import draft

pytestmark = pytest.mark.django_db
NOWHERE = [
    "/services/a%00b/", "/tags/%00/", "/digests/a%00/", "/digests/a%00.txt", "/subscriptions/a%00/preview/",
    "/first-admin/a%00b/", "/countermeasures/CM-1%00/", "/postmortems/PM-1/edit/section/a%00/",
]  # fmt: skip


def refuse_nul(execute, sql, params, many, context):
    """What PostgreSQL does; SQLite would look for it."""
    assert not any("\x00" in str(value) for value in params or ()), sql
    return execute(sql, params, many, context)


@pytest.mark.parametrize("address", [*NOWHERE, "/api/v1/services/a%00b/", "/api/v1/postmortems/PM-1/sections/a%00/"])
def test_an_address_with_a_nul_leads_nowhere_and_asks_nobody(cast, sign_in, address):
    assert draft(cast.author).reference == "PM-1"
    with connection.execute_wrapper(refuse_nul):
        answer = Api(cast.author).get(address) if address.startswith("/api") else sign_in(cast.author).get(address)
    assert answer.status_code == 404


def test_a_field_with_a_nul_changes_nothing_and_asks_nobody(cast, sign_in):
    postmortem = draft(cast.author)
    postmortem.restrict(cast.author)
    Named.name_reader(postmortem, cast.author, user=cast.stranger)
    Subscription.start(cast.author)
    client = sign_in(cast.author)
    with connection.execute_wrapper(refuse_nul):
        assert client.post("/subscriptions/unfollow/", {"interest": "a\x00"}).status_code == 404
        said = client.post("/subscriptions/follow/", {"query": "a\x00b", "label": "x"}, follow=True).content.decode()
        client.post(f"/postmortems/{postmortem.reference}/readers/remove/", {"who": "a\x00"})
    assert "U+0000" in said and Interest.objects.count() == 1 and Named.objects.count() == 1
