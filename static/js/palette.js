/* <dialog id="palette">: Ctrl K, "/" and the box of the page head open it. htmx fetches the options on the events
   "look" (at once) and "typed" (a moment later); this file opens, marks with the arrow keys and follows with Enter.
   While an input method composes, nothing is fetched and no key counts: its Enter takes a candidate. */
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  if (!dialog) return;
  const input = dialog.querySelector("input[role=combobox]");
  const list = dialog.querySelector("[role=listbox]");
  const box = document.querySelector("[data-palette]");
  const options = () => [...list.querySelectorAll("a[role=option]")];
  const composes = (event) => event.isComposing || event.keyCode === 229;
  // What is listed answers other words than those typed by now.
  let stale = true;
  let shown = null;

  const marked = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
  const mark = (index) => {
    options().forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
    const option = options()[index];
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const look = (name) => {
    if (input.value === shown) return;
    shown = input.value;
    stale = true;
    input.dispatchEvent(new CustomEvent(name));
  };
  const open = (text) => {
    if (!dialog.open) {
      dialog.showModal();
      shown = null;
    }
    if (text) input.value = text;
    input.focus();
    if (!text) input.select();
    look("look");
  };

  document.addEventListener("keydown", (event) => {
    if (composes(event)) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      if (dialog.open) dialog.close();
      else if (!document.querySelector("dialog[open]")) open("");
      return;
    }
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    event.preventDefault();
    open("");
  });

  if (box) {
    const field = box.querySelector("input");
    const take = () => {
      const text = field.value;
      field.value = field.defaultValue;
      open(text);
    };
    box.addEventListener("click", (event) => {
      event.preventDefault();
      open("");
    });
    field.addEventListener("input", (event) => { if (!event.isComposing) take(); });
    field.addEventListener("compositionend", take);
  }

  input.addEventListener("input", (event) => { if (!event.isComposing) look("typed"); });
  input.addEventListener("compositionend", () => look("typed"));
  input.addEventListener("keydown", (event) => {
    if (composes(event)) return;
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!all.length) return;
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const from = marked();
      mark(from < 0 && step < 0 ? all.length - 1 : (from + step + all.length) % all.length);
    } else if (event.key === "Enter") {
      // Answers to other words must not be opened: then the page of all answers is.
      if (stale || marked() < 0) return;
      event.preventDefault();
      all[marked()].click();
    }
  });
  new MutationObserver(() => {
    stale = input.value !== shown;
    mark(input.value.trim() ? 0 : -1);
  }).observe(list, { childList: true });
})();
