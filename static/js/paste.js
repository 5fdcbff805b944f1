/* The paste box of the lead form. A message pasted into the empty box is read at once; 换一段 opens the box again; a mark
   leads to its field; data-take puts a value that waits for a person into its field; 从剪贴板贴 is there where the
   browser lets a page read the clipboard. Without scripts the button 识别 does it all with a new page. */
(() => {
  "use strict";
  const read = (box) => box.closest("form")?.querySelector("[data-read]")?.click();

  document.addEventListener("paste", (event) => {
    const box = event.target;
    if (!box.matches?.("[data-paste]") || box.value.trim()) return;
    setTimeout(() => { if (box.value.trim()) read(box); });
  });

  const say = (text) => document.dispatchEvent(new CustomEvent("lt:flash", { detail: { text } }));

  // Longer than a request may be: said here, because the server would turn the whole form away.
  const tooLong = (event) => {
    const button = event.target.closest?.("[data-read]") || (event.type === "submit" && document.querySelector("[data-read]"));
    const box = button && document.getElementById("paste");
    if (!box || box.value.length <= Number(button.dataset.most)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    box.setAttribute("aria-invalid", "true");
    box.focus();
    say(button.dataset.toolong);
  };
  document.addEventListener("click", tooLong, true);
  document.addEventListener("submit", (event) => { if (event.target.id === "lead-form") tooLong(event); }, true);

  // An answer that is no form (the session has ended, the server has failed) must not take the form's place.
  document.addEventListener("htmx:before:swap", (event) => {
    const { sourceElement, text } = event.detail.ctx;
    if (!sourceElement?.matches?.("[data-read]") || text.includes('id="lead-entry"')) return;
    event.preventDefault();
    say(sourceElement.dataset.failed);
  });

  const take = (button) => {
    const fields = [...document.querySelectorAll(`#lead-form [name="${CSS.escape(button.dataset.take)}"]`)];
    const first = fields[0];
    if (!first) return;
    if (first.type === "radio") {
      const wanted = fields.find((field) => field.value === button.dataset.value);
      if (wanted) wanted.checked = true;
    } else {
      first.value = button.dataset.value;
    }
    const changed = fields.find((field) => field.checked) || first;
    changed.focus();
    changed.dispatchEvent(new Event("input", { bubbles: true }));
    changed.dispatchEvent(new Event("change", { bubbles: true }));
    changed.classList.remove("is-warn");
    const words = button.closest(".lt-from");
    words?.classList.remove("is-warn");
    words?.querySelectorAll("[data-take]").forEach((each) => each.remove());
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-take], [data-paste-again], [data-clipboard]");
    const mark = event.target.closest?.("[data-goto]");
    if (mark) {
      const field = document.querySelector(`#lead-form [name="${CSS.escape(mark.dataset.goto)}"]`);
      field?.focus({ preventScroll: true });
      field?.scrollIntoView({ block: "center" });
    } else if (button?.matches("[data-take]")) {
      take(button);
    } else if (button?.matches("[data-paste-again]")) {
      const folded = document.getElementById("paste-box").classList.toggle("is-folded");
      button.setAttribute("aria-expanded", String(!folded));
      if (!folded) document.getElementById("paste").focus();
    } else if (button) {
      navigator.clipboard.readText().then((text) => {
        const box = document.getElementById("paste");
        box.value = text;
        if (text.trim()) read(box);
      }, () => document.getElementById("paste").focus());
    }
  });

  const start = () => {
    if (!navigator.clipboard?.readText) return;
    document.querySelectorAll("[data-clipboard]").forEach((button) => { button.hidden = false; });
  };
  document.addEventListener("htmx:after:swap", (event) => {
    start();
    // The fresh page stands at the marked message; a reader is told by its status line.
    if (document.querySelector(".paste-mark") && !document.activeElement?.matches("input, select, textarea")) {
      document.getElementById("paste-title")?.focus({ preventScroll: true });
    }
  });
  start();
})();
