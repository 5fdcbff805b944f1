/* Lists: marking rows, keys, sheets that open in place, columns, copying the address.
   j k move · x marks · Enter opens · e edits · / finds. Never while somebody types or composes Chinese. */
(() => {
  "use strict";
  const table = document.querySelector("[data-list]");
  const bulk = document.querySelector("[data-bulk]");
  const boxes = () => [...document.querySelectorAll('[data-row] input[name="ids"]')];
  const marked = () => boxes().filter((box) => box.checked);

  // ── Marking ──────────────────────────────────────────────────────────────────────────────────────────────────
  const all = bulk?.querySelector("[data-bulk-all]");
  const everything = bulk?.querySelector("[data-bulk-everything]");
  const page = document.querySelector("[data-check-page]");
  let last = null;

  const show = () => {
    if (!bulk) return;
    const some = marked().length;
    const whole = some === boxes().length;
    if (!whole) all.value = "";
    bulk.classList.toggle("is-open", some > 0);
    const words = bulk.querySelector("[data-bulk-count]");
    words.textContent = words.dataset.words.replace("#", all.value ? bulk.dataset.total : some);
    if (everything) everything.hidden = !whole || Boolean(all.value);
    page.checked = some > 0 && whole;
    page.indeterminate = some > 0 && !whole;
    boxes().forEach((box) => box.closest("[data-row]").classList.toggle("is-selected", box.checked));
  };
  const markAll = (on) => {
    boxes().forEach((box) => { box.checked = on; });
    if (!on) all.value = "";
    show();
  };
  document.addEventListener("click", (event) => {
    const box = event.target.closest('[data-row] input[name="ids"]');
    if (box) {
      const row = boxes();
      if (event.shiftKey && last) {
        const [from, to] = [row.indexOf(last), row.indexOf(box)].sort((a, b) => a - b);
        row.slice(from, to + 1).forEach((each) => { each.checked = box.checked; });
      }
      last = box;
      show();
    } else if (event.target.closest("[data-check-page]")) {
      markAll(page.checked);
    } else if (event.target.closest("[data-bulk-clear]")) {
      markAll(false);
    } else if (event.target.closest("[data-bulk-everything]")) {
      all.value = "1";
      show();
    }
  });

  // ── Sheets: a form or a link whose answer opens in a dialog; without this script it is a page of its own ────
  const open = async (sheet, request) => {
    try {
      const answer = await fetch(request.url, { ...request, headers: { "HX-Request": "true" } });
      // Done, or the session has ended: there is something to read elsewhere.
      const onward = answer.headers.get("HX-Redirect") ?? (answer.redirected ? answer.url : "");
      if (onward) return window.location.assign(onward);
      sheet.innerHTML = await answer.text();
    } catch {
      return document.dispatchEvent(new CustomEvent("lt:flash"));
    }
    if (!sheet.open) sheet.showModal();
    const asked = sheet.querySelector("[data-opened]");
    asked?.scrollIntoView({ block: "center" });
    const wrong = sheet.querySelector('[aria-invalid="true"]');
    (wrong ?? (asked ?? sheet).querySelector("input:not([type=hidden]), select, textarea"))?.focus();
    return undefined;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sheet]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      open(document.getElementById(link.dataset.sheet), { url: link.href });
    } else if (event.target.closest("dialog[data-sheet-body] a[data-close]")) {
      event.preventDefault();
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    if (form === bulk && !button?.hasAttribute("data-plain")) {
      event.preventDefault();
      open(document.getElementById("bulk-sheet"), {
        url: button?.formAction ?? form.action, method: "POST", body: new URLSearchParams(new FormData(form)),
      });
    } else if (form.matches("[data-columns]")) {
      // One word for the columns, and none at all for those of the list.
      const chosen = [...form.querySelectorAll('[name="cols"]:checked')].map((box) => box.value);
      form.querySelectorAll('[name="cols"]').forEach((box) => { box.disabled = true; });
      if (!button?.hasAttribute("data-default")) {
        const field = document.createElement("input");
        Object.assign(field, { type: "hidden", name: "cols", value: chosen.join(",") });
        form.append(field);
      }
    } else if (form.closest("dialog#bulk-sheet")) {
      // A refused form comes back into the dialog; an accepted one leads on.
      event.preventDefault();
      open(document.getElementById("bulk-sheet"), {
        url: form.action, method: "POST", body: new URLSearchParams(new FormData(form)),
      });
    }
  });

  // ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────
  const find = document.querySelector("[data-list-find]");
  const rows = () => [...document.querySelectorAll("[data-row]")];
  let here = -1;
  const go = (place) => {
    const row = rows();
    if (!row.length) return;
    row[here]?.classList.remove("is-cursor");
    here = Math.min(Math.max(place, 0), row.length - 1);
    row[here].classList.add("is-cursor");
    row[here].scrollIntoView({ block: "nearest" });
    row[here].querySelector(".c-title a")?.focus({ preventScroll: true });
  };
  const keys = {
    j: () => go(here + 1),
    k: () => go(here < 0 ? 0 : here - 1),
    x: () => rows()[here]?.querySelector('input[name="ids"]')?.click(),
    e: () => { const url = rows()[here]?.dataset.edit; if (url) window.location.assign(url); },
    "/": () => find?.select(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], dialog");
    if (typing) {
      if (event.key === "Escape" && typing === find) find.blur();
      return;
    }
    if (event.key === "Enter" && here >= 0 && event.target.matches("body, [data-row] input")) {
      event.preventDefault();
      window.location.assign(rows()[here].dataset.href);
    } else if (event.key === "Escape" && marked().length) {
      markAll(false);
    } else if (keys[event.key] && (table || event.key === "/")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      keys[event.key]();
    }
  }, true);

  // ── The address ──────────────────────────────────────────────────────────────────────────────────────────────
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const words = button.querySelector("span");
    const before = words.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      words.textContent = button.dataset.copied;
      setTimeout(() => { words.textContent = before; }, 2000);
    } catch {
      window.prompt(before, button.dataset.copy);
    }
  });

  show();
})();
