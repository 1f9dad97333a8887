// The timeline of the desk by keyboard: walk rows with j and k, choose with x, set a key time with its letter.
// Nothing here is needed to write; every key has its link or box on the page.
{
  const rowOf = (target) => target.closest?.("#entry-rows > .desk-row");
  const typingIn = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
  const letters = {
    b: "began", s: "started", d: "detected", c: "declared", e: "engaged", g: "diagnosed", m: "mitigated", r: "recovered",
    v: "resolved", u: "communicated", z: "closed",
  };

  const step = (row, by) => {
    const rows = [...document.querySelectorAll("#entry-rows > .desk-row[tabindex]")];
    const next = rows[rows.indexOf(row) + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  const setMilestone = (row, type) => {
    const link = row.querySelector(".mark-link");
    const csrfmiddlewaretoken = document.querySelector("#new-entry [name=csrfmiddlewaretoken]")?.value;
    if (link) htmx.ajax("POST", link.href, { source: row, target: `#${row.id}`, swap: "outerHTML", values: { type, csrfmiddlewaretoken } });
  };
  document.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    if (!row || event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.documentElement.dataset.keys === "off" || typingIn(event.target)) return;
    const pick = row.querySelector(".pick");
    const by = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) step(row, by);
    else if ((event.key === "x" || event.key === "X") && pick) choose(pick, !pick.checked, event.shiftKey);
    else if (event.key === "Enter" && event.target === row) row.querySelector(".edit-link:not(.mark-link)")?.click();
    else if (letters[event.key] && event.target.closest(".desk-row") === row && pick) setMilestone(row, letters[event.key]);
    else return;
    event.preventDefault(); // these keys walk lists elsewhere
  }, true);

  // Choosing rows: a click or x for one, with Shift for all between it and the one before.
  let lastPick = null;
  const picks = () => [...document.querySelectorAll("#entry-rows .pick")];
  const choose = (pick, checked, between) => {
    const all = picks();
    const [from, to] = [all.indexOf(lastPick), all.indexOf(pick)].sort((a, b) => a - b);
    if (between && from >= 0) for (const one of all.slice(from, to + 1)) one.checked = checked;
    pick.checked = checked;
    lastPick = pick;
    tell();
  };
  const tell = () => {
    const form = document.getElementById("batch");
    const count = picks().filter((pick) => pick.checked).length;
    const place = form?.querySelector("[data-chosen]");
    if (!place) return;
    place.textContent = count ? ` · ${count} chosen` : "";
    const said = document.getElementById("timeline-said");
    if (said) said.textContent = count === 1 ? "One entry chosen" : `${count} entries chosen`;
    if (count) form.querySelector("[data-batch-tools]").open = true;
    form.classList.toggle("has-chosen", count > 0);
  };
  document.addEventListener("click", (event) => {
    const pick = event.target.closest?.("#entry-rows .pick");
    if (pick) choose(pick, pick.checked, event.shiftKey);
  });
  document.addEventListener("htmx:afterSettle", () => { if (lastPick && !lastPick.isConnected) lastPick = null; });
}
