"""How quickly a large chat becomes a preview: 50,000 messages of a Slack export through the pages, and 200,000 refused.

`python -m benchmarks.chat`. Times are processor time of one process; memory is its largest. Goals: 10 s and 300 MB for
the preview, refusal within 10 s and 600 MB.
"""

import io
import json
import resource
import shutil
import subprocess
import sys
import time
import zipfile

from benchmarks import rig

WORDS = "what I see on my side is the same as yesterday, the graph of the second region has this step at noon; "
MATTERS = "errors on checkout are back, let's roll back to the last version and tell support"  # one message in ten


def export(days, per_day):
    """The bytes of an export of one channel; a thousand different messages, over and over."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        people = [{"id": f"U{n}", "name": f"u{n}", "real_name": f"Person {n}", "profile": {}} for n in range(200)]
        archive.writestr("users.json", json.dumps(people))
        for day in range(days):
            messages = [
                {"type": "message", "user": f"U{n % 200}", "ts": f"{1772323200 + day * 86400 + n}.{n:06}",
                 "text": f"{n} *{WORDS}* <@U{n % 190}> {WORDS if n % 10 else MATTERS}"}
                for n in range(per_day)
            ]  # fmt: skip
            archive.writestr(f"ops/2026-03-{day + 1:02}.json", json.dumps(messages))
    return out.getvalue()


def measure(days, per_day):
    """In a process of its own: give the export in the browser's way and look at the first and a later page."""
    site = rig.set_up()
    from django.conf import settings
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client

    from kb.accounts.models import User
    from postmortems.models import Postmortem

    user = User.objects.create_user("bench", "bench@example.org")
    desk = Postmortem.start(user, "A large chat")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[0])
    data = export(days, per_day)
    client.get(f"{desk.get_absolute_url()}edit/chat/")
    begun = time.process_time()
    form = {"text": "", "file": SimpleUploadedFile("export.zip", data)}
    response = client.post(f"{desk.get_absolute_url()}edit/chat/", form)
    given = time.process_time()
    print(f"{days * per_day:,} messages in {len(data) / 1e6:.1f} MB: answered {response.status_code}", end=" ")
    print(f"after {given - begun:.1f} s", end="")
    if response.status_code == 302:
        client.get(response.url)
        first = time.process_time()
        client.get(f"{response.url}?page=300&words=roll&since=2026-03-02T00:00")
        print(f", first page {first - given:.1f} s, a filtered one {time.process_time() - first:.1f} s", end="")
    print(f", {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    shutil.rmtree(site)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(int(sys.argv[1]), int(sys.argv[2]))
        sys.exit()
    for days, per_day in ((10, 5_000), (20, 10_000)):
        subprocess.run([sys.executable, "-m", "benchmarks.chat", str(days), str(per_day)], cwd=rig.ROOT, check=True)
