"""Autosave: free text is saved while it is typed; of what is published it is kept apart until Save makes it live."""

import pytest

from postmortems.models import PART_MODELS, Change, Postmortem, Section, TimelineEntry, WorkingCopy
from tests.postmortems.builders import draft, published
from tests.postmortems.test_rows import LEAST, desk

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def first_section(postmortem):
    return postmortem.section_set.first()


def keep(client, postmortem, part, version=None, **typed):
    address = desk(postmortem, part.KIND, part.uid)
    data = {"version": version or part.version, "autosave": "1", **typed}
    return client.post(address, data, headers=HTMX)


def test_typed_words_are_saved_without_a_button(cast, sign_in):
    postmortem = draft(cast.author)
    section = first_section(postmortem)
    answer = keep(sign_in(cast.author), postmortem, section, text="It **stopped**")
    assert (answer.status_code, answer.headers["X-Part-Version"]) == (204, "2")
    assert "X-Saved-At" in answer.headers
    section.refresh_from_db()
    assert (section.text, section.text_html) == ("It **stopped**", "<p>It <strong>stopped</strong></p>")


@pytest.mark.parametrize("kind", LEAST)
def test_every_kind_of_row_saves_its_free_text(cast, sign_in, kind):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    typed, field, changed = LEAST[kind]
    client.post(desk(postmortem, kind), typed)
    part = PART_MODELS[kind].objects.filter(postmortem=postmortem).latest("pk")
    assert keep(client, postmortem, part, **{**typed, field: changed}).status_code == 204
    part.refresh_from_db()
    assert getattr(part, field) == changed


def test_what_is_chosen_or_parsed_waits_for_save(cast, sign_in):
    postmortem = draft(cast.author)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    answer = keep(sign_in(cast.author), postmortem, row, text="after", kind="action", when="half past", zone="Nowhere")
    row.refresh_from_db()
    assert answer.status_code == 204
    assert (row.text, row.kind, row.typed) == ("after", "observation", "")


def test_the_head_saves_its_title_and_makes_no_tag_of_half_a_word(cast, sign_in):
    postmortem = draft(cast.author)
    data = {"version": 1, "autosave": "1", "title": "Checkout stood still", "takeaway": "Limits", "tags": "postgr"}
    answer = sign_in(cast.author).post(f"/postmortems/{postmortem.reference}/edit/details/", data, headers=HTMX)
    postmortem.refresh_from_db()
    assert (answer.status_code, postmortem.title, postmortem.takeaway) == (204, "Checkout stood still", "Limits")
    assert not postmortem.tags.exists()


def test_a_second_writer_is_refused_and_told_who_was_first(cast, sign_in):
    postmortem = draft(cast.author)
    section = first_section(postmortem)
    section.change(cast.teammate, 1, text="theirs")
    answer = keep(sign_in(cast.author), postmortem, section, version=1, text="mine")
    section.refresh_from_db()
    assert (answer.status_code, section.text) == (409, "theirs")
    assert answer.content.decode() == "Tom Teammate saved another version while you were writing."


def test_a_save_whose_answer_was_lost_is_known_again(cast, sign_in):
    postmortem, client = draft(cast.author), sign_in(cast.author)
    section = first_section(postmortem)
    keep(client, postmortem, section, version=1, text="mine")
    again = keep(client, postmortem, section, version=1, text="mine")
    assert (again.status_code, again.headers["X-Part-Version"]) == (204, "2")
    assert keep(client, postmortem, section, version=1, text="more").status_code == 409
    other = keep(sign_in(cast.teammate), postmortem, section, version=1, text="mine")
    assert other.status_code == 409, "somebody else's same words are still somebody else's save"


@pytest.mark.parametrize(("version", "status"), [("", 428), ("99", 400), ("x", 400)])
def test_a_save_that_does_not_name_its_version_is_refused(cast, sign_in, version, status):
    postmortem = draft(cast.author)
    section = first_section(postmortem)
    data = {"version": version, "autosave": "1", "text": "blind"}
    answer = sign_in(cast.author).post(desk(postmortem, "section", section.uid), data, headers=HTMX)
    assert answer.status_code == status
    assert Section.objects.get(pk=section.pk).text == ""


def test_text_that_cannot_be_saved_is_refused_with_the_reason(cast, sign_in):
    postmortem = draft(cast.author)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    answer = keep(sign_in(cast.author), postmortem, row, text=" ", kind="action")
    assert (answer.status_code, answer.content.decode()) == (422, "This field is required.")


def test_text_for_a_row_that_somebody_removed_is_refused(cast, sign_in):
    postmortem = draft(cast.author)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    row.remove(cast.teammate, 1)
    assert keep(sign_in(cast.author), postmortem, row, text="after").status_code == 409


def test_nothing_is_saved_for_another_person_than_the_one_who_typed(cast, sign_in):
    postmortem = draft(cast.author)
    section = first_section(postmortem)
    answer = sign_in(cast.teammate).post(
        desk(postmortem, "section", section.uid),
        {"version": 1, "autosave": "1", "text": "typed by Ada"}, headers=HTMX | {"X-Writer": cast.author.uid},
    )  # fmt: skip
    assert (answer.status_code, Section.objects.get(pk=section.pk).text) == (401, "")


def test_two_people_typing_at_once_fill_no_history(cast, sign_in):
    postmortem = draft(cast.author)
    one, other = postmortem.section_set.all()[:2]
    ada, tom = sign_in(cast.author), sign_in(cast.teammate)
    before = Change.objects.count()
    for number in range(1, 6):
        keep(ada, postmortem, one, version=number, text=f"ada {number}")
        keep(tom, postmortem, other, version=number, text=f"tom {number}")
    assert Change.objects.count() == before + 2
    assert Change.objects.filter(part_uid=one.uid).get().after["text"] == "ada 5"


def live(cast):
    postmortem = published(cast.author, cast.stranger)
    section = first_section(postmortem)
    return postmortem, section.change(cast.author, section.version, text="what is live")


def test_what_is_typed_into_a_published_one_is_its_writers_alone_until_he_saves(cast, sign_in):
    postmortem, section = live(cast)
    ada, tom = sign_in(cast.author), sign_in(cast.teammate)
    before = Postmortem.objects.get(pk=postmortem.pk).version
    answer = keep(ada, postmortem, section, text="half a sen")
    assert (answer.status_code, answer.headers["X-Part-Version"]) == (204, str(section.version))
    assert "X-Kept-At" in answer.headers and "X-Saved-At" not in answer.headers
    assert Postmortem.objects.get(pk=postmortem.pk).version == before
    address = f"/postmortems/{postmortem.reference}/"
    for client in (ada, tom):
        assert "half a sen" not in client.get(address).content.decode()
    for page in (f"{address}edit/", desk(postmortem, "section", section.uid)):
        assert "half a sen" not in tom.get(page).content.decode(), "a working copy is private"
    assert "Yours, not live" in ada.get(f"{address}edit/").content.decode()
    form = ada.get(desk(postmortem, "section", section.uid)).content.decode()
    assert "half a sen</textarea>" in form and f'name="version" value="{section.version}"' in form
    saved = ada.post(desk(postmortem, "section", section.uid), {"version": section.version, "text": "a sentence"})
    assert saved.status_code == 302
    assert not WorkingCopy.objects.exists()
    assert "a sentence" in tom.get(address).content.decode()


def test_a_working_copy_keeps_the_whole_form_even_what_is_not_understood_yet(cast, sign_in):
    postmortem, _ = live(cast)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    client = sign_in(cast.author)
    typed = {"text": "after", "kind": "action", "when": "half past", "zone": "UTC", "source": "typed"}
    keep(client, postmortem, row, **typed)
    form = client.get(desk(postmortem, "entry", row.uid)).content.decode()
    assert 'value="half past"' in form and '<option value="action" selected>' in form
    row.refresh_from_db()
    assert row.text == "before"


def test_a_working_copy_behind_the_live_version_shows_both(cast, sign_in):
    postmortem, section = live(cast)
    client = sign_in(cast.author)
    keep(client, postmortem, section, text="my words")
    section.change(cast.teammate, section.version, text="their words")
    page = client.get(desk(postmortem, "section", section.uid)).content.decode()
    assert "my words" in page and "their words" in page and 'class="conflict"' in page
    assert Section.objects.get(pk=section.pk).text == "their words"


def test_a_working_copy_is_discarded_by_its_author_alone(cast, sign_in):
    postmortem, section = live(cast)
    keep(sign_in(cast.author), postmortem, section, text="my words")
    address = f"/postmortems/{postmortem.reference}/edit/discard/{section.uid}/"
    sign_in(cast.teammate).post(address)
    assert WorkingCopy.objects.count() == 1
    sign_in(cast.author).post(address)
    assert WorkingCopy.objects.count() == 0


def test_typed_text_outlives_the_row_that_somebody_removed(cast, sign_in):
    postmortem, _ = live(cast)
    row = TimelineEntry.add(postmortem, cast.author, text="before")
    client = sign_in(cast.author)
    keep(client, postmortem, row, text="long thoughts", kind="action")
    row.remove(cast.teammate, row.version)
    page = client.get(f"/postmortems/{postmortem.reference}/edit/").content.decode()
    assert "long thoughts" in page and "Somebody removed the entry" in page


def test_working_copies_go_with_the_postmortem(cast, sign_in):
    postmortem, section = live(cast)
    keep(sign_in(cast.author), postmortem, section, text="my words")
    postmortem.delete_to_trash(cast.author)
    Postmortem.objects.get(pk=postmortem.pk).purge(cast.author, postmortem.title)
    assert not WorkingCopy.objects.exists()
