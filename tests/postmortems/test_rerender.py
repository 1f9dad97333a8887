"""The day the renderer changes: everything is rendered again, in batches, at any time."""

from io import StringIO

import pytest
from django.core.management import call_command

from kb.lib import markdown
from postmortems import rerendering
from postmortems.models import Fragment, Learning, Postmortem, Section
from tests.postmortems.importing import import_, write

pytestmark = pytest.mark.django_db


def rerender(**options):
    out, err = StringIO(), StringIO()
    call_command("rerender", stdout=out, stderr=err, **options)
    return out.getvalue()


@pytest.fixture
def renderer_2(monkeypatch):
    monkeypatch.setattr(markdown, "RENDERER", 2)
    monkeypatch.setattr(rerendering, "BATCH", 3)


def spoil(model):
    field = next(iter(model.MARKDOWN))
    model.objects.update(**{f"{field}_html": "old"})


def test_everything_old_is_rendered_again_and_nothing_twice(tmp_path, cast, renderer_2):
    for number in range(7):
        write(tmp_path, f"{number}.md", f"# N{number}\n\n*text* {number}")
    markdown.RENDERER = 1
    import_(tmp_path, user="author")
    pm = Postmortem.objects.first()
    Learning.add(pm, cast.author, claim="*Claim*")
    spoil(Section), spoil(Learning)
    Fragment.objects.create(postmortem=pm, version=pm.version, design="x", html="old")
    versions = set(Postmortem.objects.values_list("pk", "version"))
    markdown.RENDERER = 2
    assert rerender().startswith("15 rows")
    assert not Section.objects.filter(text_html="old").exists() and Section.objects.filter(renderer=2).count() == 7
    assert Learning.objects.get().claim_html == "<em>Claim</em>"
    assert set(Postmortem.objects.values_list("pk", "version")) == versions
    assert not Fragment.objects.exists()
    assert rerender().startswith("0 rows")


def test_it_goes_on_where_it_was_stopped(tmp_path, renderer_2):
    for number in range(7):
        write(tmp_path, f"{number}.md", f"# N{number}\n\n*text*")
    markdown.RENDERER = 1
    import_(tmp_path)
    markdown.RENDERER = 2
    next(rerendering.rerender(Section))
    assert rerendering.outdated(Section).count() == 4
    rerender()
    assert rerendering.outdated(Section).count() == 0


def test_what_was_saved_meanwhile_is_left_alone(tmp_path, cast, renderer_2, monkeypatch):
    markdown.RENDERER = 1
    import_(write(tmp_path, text="# A\n\n*old*"), user="author")
    markdown.RENDERER = 2
    real = rerendering._htmls

    def slow(model, rows):
        htmls = real(model, rows)
        Section.objects.get().change(cast.author, 1, text="*new*")
        return htmls

    monkeypatch.setattr(rerendering, "_htmls", slow)
    list(rerendering.rerender(Section))
    assert Section.objects.get().text_html == "<p><em>new</em></p>"


def test_what_could_not_be_formatted_is_tried_again_when_asked(tmp_path):
    import_(write(tmp_path, text="# A\n\n*fine*"))
    Section.objects.update(text_html='<p class="render-notice">It took too long</p>')
    assert rerender().startswith("0 rows")
    assert rerender(failed=True).startswith("1 rows")
    assert Section.objects.get().text_html == "<p><em>fine</em></p>"
