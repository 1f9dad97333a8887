"""Forms of perspectives and questions: what stands beside the timeline."""

from postmortems.forms.base import PartForm
from postmortems.models import Perspective, Question


class PerspectiveForm(PartForm):
    WIDTHS = {"participant": "half", "by_function": "half"}

    class Meta(PartForm.Meta):
        model = Perspective
        fields = ["participant", "by_function", "text"]
        labels = {"participant": "Whose view", "text": "How it looked from there"}
        help_texts = {"text": "What did they see, expect and decide, with what they knew then? Views may contradict."}


class QuestionForm(PartForm):
    WIDTHS = {"entry": "two-thirds", "status": "third"}

    class Meta(PartForm.Meta):
        model = Question
        fields = ["text", "entry", "status", "answer"]
        labels = {"text": "What do we want to know?", "entry": "About this entry of the timeline", "status": "It is"}
        help_texts = {"answer": "What was found out, or where the question went when it was parked."}

    def __init__(self, postmortem, user, *args, instance=None, **options):
        super().__init__(postmortem, user, *args, instance=instance, **options)
        self.fields["entry"].label_from_instance = label_of_entry

    def clean(self):
        """Whoever writes an answer to an open question has answered it."""
        cleaned = super().clean()
        if cleaned.get("answer") and cleaned.get("status") == "open" and "answer" in self.changed_data:
            cleaned["status"] = Question.Status.ANSWERED
        return cleaned


def label_of_entry(entry):
    """`2026-03-01 14:03 CET · The pool was full`."""
    return f"{entry.local_text} · {entry.text[:60]}"
