// The bar above a text: Write and Preview, formatting, and a list of people, tags and references while one types.
(() => {
  const tabsOf = (editor) => [...editor.querySelectorAll("[role=tab]")];

  // Preview is what the server would show its readers: the same renderer, no second one here.
  const see = async (editor, isPreview) => {
    const [write, preview] = tabsOf(editor);
    const shown = isPreview ? preview : write;
    for (const tab of [write, preview]) {
      tab.setAttribute("aria-selected", String(tab === shown));
      tab.tabIndex = tab === shown ? 0 : -1;
    }
    const panel = editor.querySelector(":scope > .editor-preview");
    const field = editor.querySelector("textarea");
    panel.hidden = !isPreview;
    editor.querySelector(".editor-written").hidden = isPreview;
    editor.querySelector("markdown-toolbar").hidden = isPreview;
    if (!isPreview) return;
    const place = panel.querySelector(".prose");
    const body = new URLSearchParams([...new FormData(field.form)].filter(([, value]) => typeof value === "string"));
    body.set("preview", field.name);
    try {
      const response = await fetch(field.form.action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
      if (!response.ok) throw new Error();
      place.innerHTML = await response.text(); // our own server's HTML, cleaned as every page's
    } catch { place.textContent = "No preview just now; your text is still there under Write."; }
  };
  document.addEventListener("click", (event) => {
    const tab = event.target.closest(".editor-tabs [role=tab]");
    if (!tab) return;
    const editor = tab.closest("[data-editor]");
    see(editor, tab === tabsOf(editor)[1]);
  });
  document.addEventListener("keydown", (event) => {
    const editor = event.target.closest?.("[data-editor]");
    if (!editor) return;
    const tabs = tabsOf(editor);
    const isModified = (event.ctrlKey || event.metaKey) && event.shiftKey;
    if (isModified && event.key.toLowerCase() === "p") {
      event.preventDefault();
      const isPreview = tabs[1].getAttribute("aria-selected") !== "true";
      see(editor, isPreview);
      if (isPreview) tabs[1].focus(); else editor.querySelector("textarea").focus();
    } else if (event.target.matches("[role=tab]") && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      event.preventDefault();
      const other = tabs[event.target === tabs[0] ? 1 : 0];
      other.focus();
      other.click();
    }
  });

  // Formatting by the keys that people know from elsewhere; the button of the bar does it.
  const KEYS = { b: "md-bold", i: "md-italic", e: "md-code", k: "md-link" };
  const SHIFTED = { Period: "md-quote", Digit8: "md-unordered-list", Digit7: "md-ordered-list", KeyL: "md-task-list" };
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing) return;
    const name = event.shiftKey ? SHIFTED[event.code] : KEYS[event.key.toLowerCase()];
    const button = name && event.target.matches?.("textarea") && event.target.closest("[data-editor]")?.querySelector(name);
    if (!button) return;
    event.preventDefault();
    button.click();
  });

  // Completions: the text keeps the keyboard; arrows, Enter and Escape work the list.
  let asked = 0;
  const change = (event) => {
    const { key, text, provide } = event.detail;
    if (text.length > 60 || /\s/.test(text)) return;
    const number = (asked += 1);
    const address = `/complete/?${new URLSearchParams({ key, q: text })}`;
    provide(fetch(address, { headers: { "HX-Request": "true" } }).then(async (response) => {
      const html = response.ok ? await response.text() : "";
      if (number !== asked) return new Promise(() => {}); // typed on: a late answer neither shows nor hides anything
      const list = new DOMParser().parseFromString(html, "text/html").querySelector("ul");
      return { matched: Boolean(list), fragment: list };
    }).catch(() => ({ matched: false })));
  };
  const put = (event) => {
    event.detail.value = event.detail.item.dataset.value;
    event.detail.continue = false;
  };
  const taken = (event) => event.detail.input.dispatchEvent(new Event("input", { bubbles: true }));
  // A text of many lines is no combobox to those who listen, but a text with a list: those attributes are enough.
  const listed = (event) => {
    const field = event.currentTarget.querySelector("textarea");
    queueMicrotask(() => { for (const name of ["role", "aria-expanded"]) field.removeAttribute(name); });
  };
  const ready = () => {
    for (const bar of document.querySelectorAll(".editor-bar[hidden]")) bar.hidden = false;
    for (const expander of document.querySelectorAll("text-expander:not([data-ready])")) {
      expander.dataset.ready = "";
      expander.addEventListener("text-expander-change", change);
      expander.addEventListener("text-expander-value", put);
      expander.addEventListener("text-expander-committed", taken);
      expander.addEventListener("text-expander-activate", listed);
    }
  };
  ready();
  document.addEventListener("htmx:afterSettle", ready);
})();
