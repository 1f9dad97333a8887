// A picture or file pasted or dropped into a text of the desk is attached, and its Markdown stands where the cursor was.
// Nothing here is needed: the form "Add evidence" does the same.
const tell = (text) => {
  const place = document.getElementById("announcer");
  if (place) place.textContent = text;
};
const origin = () => document.cookie.match(/(?:^|; )andon_csrf[^=]*=([^;]+)/)?.[1] ?? "";
const textOf = (target) => target?.closest?.("[data-attach] textarea[name=text]");

const put = (field, text, selected = "") => {
  const start = field.selectionStart;
  field.setRangeText(text, start, field.selectionEnd, "end");
  if (selected) field.setSelectionRange(start + text.indexOf(selected), start + text.indexOf(selected) + selected.length);
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
const swap = (field, from, to, selected = "") => {
  const at = field.value.indexOf(from);
  if (at < 0) return;
  field.setSelectionRange(at, at + from.length);
  put(field, to, selected);
};
const complainOf = (field, sentence) => {
  let place = field.parentElement.querySelector(".attach-fault");
  if (!place) {
    place = Object.assign(document.createElement("p"), { className: "attach-fault field-error" });
    place.setAttribute("role", "alert");
    field.after(place);
  }
  place.textContent = sentence;
};

let uploads = 0;
const attach = async (field, file) => {
  const form = field.closest("[data-attach]");
  const place = `[attaching ${file.name || "picture"} ${++uploads} …]`;
  put(field, place);
  field.parentElement.querySelector(".attach-fault")?.remove();
  tell(`Attaching ${file.name || "a picture"}`);
  const body = new FormData();
  body.set("about", form.dataset.about ?? "");
  body.set("file", file, file.name || "picture.png");
  try {
    const answer = await fetch(form.dataset.attach, { method: "POST", body, headers: { "X-CSRFToken": origin(), "HX-Request": "true" } });
    const type = answer.headers.get("Content-Type") ?? "";
    const told = type.startsWith("application/json") ? await answer.json() : { detail: type.startsWith("text/plain") ? await answer.text() : "" };
    if (answer.status !== 201) throw new Error(told.detail || "It could not be attached. Your text is still here; try again in a minute.");
    swap(field, place, told.markdown, told.select);
    tell(`${told.name} is attached. Describe what is to be seen in it.`);
  } catch (fault) {
    swap(field, place, "");
    complainOf(field, fault instanceof TypeError ? "Not attached: no connection. Your text is still here." : fault.message);
  }
};

document.addEventListener("paste", (event) => {
  const field = textOf(event.target);
  const files = [...(event.clipboardData?.files ?? [])];
  // Programs that copy tables put a picture beside the text: then the text is meant.
  if (!field || !files.length || event.clipboardData.types.includes("text/plain")) return;
  event.preventDefault();
  for (const file of files) attach(field, file);
});
document.addEventListener("dragover", (event) => {
  if (textOf(event.target) && event.dataTransfer?.types.includes("Files")) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const field = textOf(event.target);
  if (!field || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  field.focus();
  for (const file of event.dataTransfer.files) attach(field, file);
});
