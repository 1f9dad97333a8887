"""Files in a real browser: pasted, described and seen; and nothing that somebody attaches ever runs."""

import base64

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.uploadedfile import SimpleUploadedFile

from postmortems import attachments
from postmortems.models import Evidence
from tests.lib.test_pictures import GIF, png
from tests.postmortems.builders import draft, published

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCRIPT = b"<script>parent.pwned = top.pwned = window.pwned = 1; document.title = 'pwned'</script>"
PASTE = """([data, name, type]) => {
    const bytes = Uint8Array.from(atob(data), (sign) => sign.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    document.activeElement.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"


def paste(page, data, name="image.png", type_="image/png"):
    page.evaluate(PASTE, [base64.b64encode(data).decode(), name, type_])


def open_section(page, postmortem):
    section = postmortem.section_set.first()
    page.goto(f"/postmortems/{postmortem.reference}/edit/")
    page.locator(f"#{section.anchor} .edit-link").click()
    field = page.locator(f"#{section.anchor} textarea[name=text]")
    field.focus()
    return section, field


def test_a_pasted_picture_is_attached_asks_for_its_description_and_is_seen(cast, browse):
    postmortem, page = draft(cast.author), browse(cast.author)
    section, field = open_section(page, postmortem)
    page.keyboard.type("Before ")
    paste(page, png(40, 30))
    page.wait_for_function("() => document.activeElement.value?.includes('/attachments/')")
    chosen = "() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); }"
    assert page.evaluate(chosen) == "Describe this picture"
    page.keyboard.type("Latency jumps at 14:03")
    page.keyboard.press("Control+Enter")
    picture = page.locator(f"#{section.anchor} img[alt='Latency jumps at 14:03']")
    picture.wait_for()
    assert picture.evaluate("image => image.complete && image.naturalWidth") == 40
    assert Evidence.objects.get().about == section.anchor


def test_what_is_not_taken_says_so_and_leaves_the_text(cast, browse):
    page = browse(cast.author)
    _, field = open_section(page, draft(cast.author))
    page.keyboard.type("My words")
    paste(page, b"<svg xmlns='http://www.w3.org/2000/svg' onload='top.pwned=1'/>", "a.svg", "image/svg+xml")
    page.locator(".attach-fault").get_by_text("not taken").wait_for()
    assert field.input_value() == "My words" and not Evidence.objects.exists()


POLYGLOTS = [
    ("page.gif", GIF + b"/*" + SCRIPT + b"*/=1;top.pwned=1"),
    ("page.png", png() + SCRIPT),
    ("page.log", b"log line\n" + SCRIPT),
    ("page.json", b'{"a": "' + SCRIPT + b'"}'),
    ("page.pdf", b"%PDF-1.7\n" + SCRIPT),
]


def test_nothing_in_an_attached_file_runs(cast, browse, live_server):
    postmortem = published(cast.author, cast.stranger)
    page = browse(cast.reader, accept_downloads=True, bypass_csp=True)  # no policy helps: it is not what we rely on
    for name, data in POLYGLOTS:
        file = attachments.store(postmortem, cast.author, SimpleUploadedFile(name, data))
        Evidence.add(postmortem, cast.author, attachment=file, caption=name, alt="a square")
        address = live_server.url + file.get_absolute_url()
        page.goto(f"/postmortems/{postmortem.reference}/")
        # As a script of the site itself, and as a page of its own; that nobody frames it says its header.
        page.evaluate("""async (address) => {
            for (const type of ["", "module"]) {
                document.body.append(Object.assign(document.createElement("script"), { src: address, type }));
            }
            await new Promise((done) => setTimeout(done, 400));
        }""", address)  # fmt: skip
        assert page.evaluate("() => window.pwned") is None, name
        if file.is_picture:
            page.goto(address)
            assert page.evaluate("() => window.pwned") is None and page.title() != "pwned", name
        else:
            with page.expect_download() as download:
                page.evaluate("address => { location.href = address; }", address)
            assert download.value.suggested_filename == name


def test_evidence_reads_well_for_everybody(cast, browse):
    postmortem = published(cast.author, cast.stranger)
    file = attachments.store(postmortem, cast.author, SimpleUploadedFile("a.png", png(400, 200)))
    Evidence.add(postmortem, cast.author, attachment=file, caption="Latency", alt="A line that jumps", kind="graph")
    Evidence.add(postmortem, cast.author, caption="The log", excerpt="ERROR pool exhausted\n" * 40)
    for path, user in ((f"/postmortems/{postmortem.reference}/", cast.reader),
                       (f"/postmortems/{postmortem.reference}/edit/", cast.author),
                       (f"/postmortems/{postmortem.reference}/edit/evidence/add/", cast.author),
                       (f"/postmortems/{postmortem.reference}/history/", cast.author)):  # fmt: skip
        page = browse(user, viewport={"width": 390, "height": 844})
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
