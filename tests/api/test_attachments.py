"""Files through the API: sent as a form, listed, described, handed out with a token, refused with a reason."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from postmortems.models import Evidence
from tests.api.building import Api
from tests.lib.test_pictures import png
from tests.postmortems.builders import draft, published

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "incoming"


def send(api, postmortem, name="a.log", data=b"words"):
    path = f"/api/v1/postmortems/{postmortem.reference}/attachments/"
    return api.client.post(path, {"file": SimpleUploadedFile(name, data)}, headers=api.headers)


def test_a_file_is_sent_named_by_evidence_and_read_again(cast):
    postmortem, api = draft(cast.author), Api(cast.author)
    answer = send(api, postmortem, "graph.png", png())
    told = answer.json()
    assert answer.status_code == 201, told
    assert (told["media_type"], told["width"], told["height"], told["name"]) == ("image/png", 3, 2, "graph.png")
    row = api.post(
        f"postmortems/{postmortem.reference}/evidence/", {"attachment": told["uid"], "kind": "graph", "alt": "a line"}
    ).json()
    assert row["file"]["sha256"] == told["sha256"] and Evidence.objects.get().attachment.uid == told["uid"]
    whole = api.get(f"postmortems/{postmortem.reference}/").json()
    assert whole["evidence"][0]["file"]["url"] == f"/attachments/{told['uid']}/"
    content = api.client.get(told["content"], headers=api.headers)
    assert b"".join(content.streaming_content).startswith(b"\x89PNG") and content["X-Content-Type-Options"] == "nosniff"


def test_readers_list_what_evidence_holds_and_nothing_else(cast):
    postmortem = published(cast.author, cast.stranger)
    loose, shown = (send(Api(cast.author), postmortem, name).json() for name in ("loose.log", "shown.log"))
    Api(cast.author).post(f"postmortems/{postmortem.reference}/evidence/", {"attachment": shown["uid"]})
    reader, path = Api(cast.reader), f"postmortems/{postmortem.reference}/attachments/"
    assert [row["name"] for row in reader.get(path).json()["results"]] == ["shown.log"]
    assert reader.get(f"{path}{loose['uid']}/").status_code == 404
    assert reader.get(f"{path}{loose['uid']}/content/").status_code == 404
    assert reader.get(f"{path}{shown['uid']}/").status_code == 200
    assert send(reader, postmortem).status_code == 403


def test_a_file_of_another_postmortem_is_no_file_of_this_one(cast):
    one, other, api = draft(cast.author), draft(cast.author), Api(cast.author)
    file = send(api, one).json()
    assert api.get(f"postmortems/{other.reference}/attachments/{file['uid']}/").status_code == 404
    answer = api.post(f"postmortems/{other.reference}/evidence/", {"attachment": file["uid"]})
    assert answer.status_code == 400 and "attachment" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [("a.svg", b"<svg/>", 415), ("a.png", b"\x89PNG\r\n\x1a\n", 400), ("a.log", b"x" * 1_500_000, 413)],
)
def test_a_file_that_is_not_taken_is_a_problem_with_a_reason(cast, settings, name, data, status):
    settings.ATTACHMENT_SIZE = 1
    answer = send(Api(cast.author), draft(cast.author), name, data)
    assert answer.status_code == status and answer.json()["errors"][0]["field"] == "file", answer.json()


def test_evidence_belongs_to_a_row_of_its_own_postmortem(cast):
    one, other, api = draft(cast.author), draft(cast.author), Api(cast.author)
    path, anchor = f"postmortems/{one.reference}/evidence/", one.section_set.first().anchor
    assert api.post(path, {"excerpt": "x", "about": anchor}).json()["about"] == anchor
    foreign = api.post(path, {"excerpt": "x", "about": other.section_set.first().anchor})
    assert foreign.status_code == 400 and "about" in foreign.json()["detail"]
    assert api.post(path, {"caption": "nothing in it"}).status_code == 400
