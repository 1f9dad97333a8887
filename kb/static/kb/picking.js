// Choosing out of a long list: ranges with Shift, arrow keys, and how many are picked. Without it, checkboxes do.
{
  const form = document.querySelector("[data-picking]");
  const boxes = [...form.querySelectorAll("input[name=pick]:not(:disabled)")];
  const count = form.querySelector("[data-picked]");
  const show = () => {
    const picked = Number(count.dataset.others) + boxes.filter((box) => box.checked).length;
    const text = `${picked} picked`;
    if (count.textContent !== text) count.textContent = text;
  };

  // A range goes from the box that was last set to this one, and all get its state.
  let last = null;
  const setRange = (box) => {
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    if (from >= 0) for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
  };
  form.addEventListener("click", (event) => {
    const box = event.target.closest("input[name=pick]");
    if (!box) return;
    if (event.shiftKey && last) setRange(box);
    last = box;
    show();
  });
  // A click with Shift on the words would mark text; the box beside them gets it.
  form.addEventListener("mousedown", (event) => {
    if (event.shiftKey && event.target.closest(".chat-line")) event.preventDefault();
  });
  form.addEventListener("keydown", (event) => {
    const box = event.target.closest("input[name=pick]");
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1 }[event.key];
    if (!box || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = boxes[boxes.indexOf(box) + step];
    event.preventDefault();
    if (!next) return;
    if (event.shiftKey) next.checked = box.checked;
    next.focus();
    last = next;
    show();
  });
}
