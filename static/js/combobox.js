/* A text input that offers what the server knows: <div data-combobox data-hidden="id of the hidden field"> around
   input[role=combobox] and ul[role=listbox]. htmx fills the list; this file opens it, moves through it with the arrow
   keys, and takes a choice over: data-values='{"field name": value}' of the option. Without scripts it is plain text. */
(() => {
  "use strict";
  const setUp = (box) => {
    const input = box.querySelector("input[role=combobox]");
    const list = box.querySelector("[role=listbox]");
    const hidden = document.querySelector(`input[name="${box.dataset.hidden}"]`);
    const note = box.querySelector("[data-combo-note]");
    const options = () => [...list.querySelectorAll("[role=option]")];
    let chosen = hidden?.value ? input.value : null;

    const show = (open) => {
      list.hidden = !open || !list.children.length;
      input.setAttribute("aria-expanded", String(!list.hidden));
      if (list.hidden) input.removeAttribute("aria-activedescendant");
    };
    const mark = (index) => {
      const all = options();
      all.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
      if (all[index]) {
        input.setAttribute("aria-activedescendant", all[index].id);
        all[index].scrollIntoView({ block: "nearest" });
      }
    };
    const marked = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
    const fill = (name, value) => {
      const field = document.querySelector(`[name="${name}"]`);
      if (!field || (name !== "name" && name !== box.dataset.hidden && field.value)) return;
      field.value = value;
    };
    const choose = (option) => {
      const values = JSON.parse(option.dataset.values);
      Object.entries(values).forEach(([name, value]) => fill(name, value));
      chosen = input.value;
      if (note) note.textContent = note.dataset.known;
      show(false);
      input.dispatchEvent(new CustomEvent("filled", { bubbles: true }));
      document.body.dispatchEvent(new CustomEvent("refilled"));
    };

    input.addEventListener("input", () => {
      if (hidden && chosen !== null && input.value !== chosen) {
        hidden.value = "";
        chosen = null;
        if (note) note.textContent = "";
      }
      if (!input.value.trim()) show(false);
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const all = options();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!all.length) return;
        event.preventDefault();
        show(true);
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((marked() + step + all.length + (marked() < 0 && step < 0 ? 1 : 0)) % all.length);
      } else if (event.key === "Enter" && !list.hidden && marked() >= 0) {
        event.preventDefault();
        choose(all[marked()]);
      } else if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        show(false);
      }
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(option);
    });
    input.addEventListener("blur", () => show(false));
    new MutationObserver(() => {
      if (document.activeElement === input && input.value.trim() && chosen === null) show(true);
    }).observe(list, { childList: true });
  };
  // A pasted message brings a fresh form (leads/_entry.html): what is new in the page is set up, once.
  const start = () => document.querySelectorAll("[data-combobox]:not([data-ready])").forEach((box) => {
    box.dataset.ready = "";
    setUp(box);
  });
  document.addEventListener("htmx:after:swap", start);
  start();
})();
