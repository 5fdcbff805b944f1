/* The panorama: arrows move through all cards, Enter opens a drawer, / finds, 1–5 narrow to a status, Esc undoes.
   Narrowing works on the marks that the server gave each card, and keeps the address: a reload shows the same.
   Without this script every card and every filter is still a link. */
(() => {
  "use strict";
  const pano = document.getElementById("pano");
  if (!pano) return;
  document.body.classList.add("pano-ready");
  const cards = [...pano.querySelectorAll(".pano-card")];
  const byKey = Object.fromEntries(cards.map((card) => [card.dataset.key, card]));
  const marks = new Map(cards.map((card) => [card, new Set(card.dataset.marks.split("|"))]));
  const words = (text) => text.split(" ").filter(Boolean);
  const visible = () => cards.filter((card) => card.offsetParent !== null);

  // ── The chosen card, its suppliers and customers ─────────────────────────────────────────────────────────────
  const peek = document.querySelector("[data-peek]");
  const choose = (card) => {
    cards.forEach((each) => {
      each.classList.remove("is-sel", "is-sup", "is-cus");
      each.tabIndex = -1;
      each.querySelector("[data-rel]").textContent = "";
    });
    card.classList.add("is-sel");
    card.tabIndex = 0;
    const sides = { sup: words(card.dataset.sup), cus: words(card.dataset.cus) };
    for (const [side, word] of [["sup", pano.dataset.supplier], ["cus", pano.dataset.customer]]) {
      sides[side].forEach((key) => {
        byKey[key]?.classList.add(`is-${side}`);
        if (byKey[key]) byKey[key].querySelector("[data-rel]").textContent = word;
      });
    }
    const missing = sides.sup.filter((key) => byKey[key]?.dataset.status === "missing").length;
    const name = document.createElement("b");
    name.textContent = card.querySelector(".t").textContent;
    const link = document.createElement("a");
    Object.assign(link, { href: card.href, textContent: peek.dataset.open });
    const said = (missing ? peek.dataset.missing : peek.dataset.words)
      .replace("{sup}", sides.sup.length).replace("{cus}", sides.cus.length).replace("{miss}", missing);
    peek.classList.remove("is-idle");
    const sign = card.querySelector(".lt-sign").cloneNode(true);
    peek.querySelector("[data-peek-text]").replaceChildren(sign, name, ` ${said}`, link);
  };
  pano.addEventListener("focusin", (event) => {
    const card = event.target.closest(".pano-card");
    if (card) choose(card);
  });
  pano.addEventListener("mouseover", (event) => {
    const card = event.target.closest(".pano-card");
    if (card && !pano.contains(document.activeElement)) choose(card);
  });

  const next = (from, right, down) => {
    const start = from.getBoundingClientRect();
    let best = null;
    let least = Infinity;
    visible().forEach((card) => {
      const box = card.getBoundingClientRect();
      const [x, y] = [box.left - start.left, box.top - start.top];
      if (card === from || (right && x * right <= 4) || (down && y * down <= 4)) return;
      const distance = Math.abs(x) * (right ? 1 : 3) + Math.abs(y) * (down ? 1 : 3);
      if (distance < least) [best, least] = [card, distance];
    });
    return best;
  };

  // ── Narrowing ────────────────────────────────────────────────────────────────────────────────────────────────
  const names = ["status", "action", "tier", "platform", "aimed", "room", "old", "branch"];
  const form = document.querySelector("[data-pano-form]");
  const find = form.querySelector("[data-find]");
  const url = new URL(window.location.href);
  let found = null;

  const show = () => {
    const chosen = names.filter((name) => url.searchParams.get(name)).map((name) => `${name}=${url.searchParams.get(name)}`);
    let shown = 0;
    cards.forEach((card) => {
      const on = chosen.every((mark) => marks.get(card).has(mark)) && (!found || found.has(card.dataset.key));
      card.parentElement.hidden = !on;
      shown += on;
    });
    pano.querySelectorAll("[data-branch]").forEach((branch) => {
      branch.hidden = !branch.querySelector("li:not([hidden])");
    });
    const narrowed = chosen.length > 0 || Boolean(find.value.trim());
    const count = document.querySelector("[data-count]");
    count.textContent = narrowed ? count.dataset.words.replace("{shown}", shown).replace("{all}", cards.length) : "";
    document.querySelector("[data-nothing]").hidden = shown > 0;
    document.querySelector("[data-clear]").hidden = !narrowed;
    const first = visible()[0];
    if (first && !visible().some((card) => card.tabIndex === 0)) first.tabIndex = 0;
  };
  const say = () => {
    document.querySelectorAll("a[data-name]").forEach((link) => {
      const on = (url.searchParams.get(link.dataset.name) ?? "") === link.dataset.value;
      if (on) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      const target = new URL(url);
      const toggles = on && !link.closest(".lt-menu-list");
      if (link.dataset.value && !toggles) target.searchParams.set(link.dataset.name, link.dataset.value);
      else target.searchParams.delete(link.dataset.name);
      link.href = target;
      if (link.matches(".lt-chip")) link.classList.toggle("lt-chip--on", on);
    });
    document.querySelectorAll("[data-chip]").forEach((chip) => {
      const value = url.searchParams.get(chip.dataset.chip) ?? "";
      chip.classList.toggle("lt-chip--on", Boolean(value));
      const links = [...chip.parentElement.querySelectorAll("a[data-name]")];
      const link = links.find((each) => each.dataset.value === value) ?? links[0];
      chip.querySelector("[data-said]").textContent = link.textContent;
    });
    form.querySelectorAll("input[type=hidden]").forEach((field) => { field.remove(); });
    [...names, "view"].filter((name) => url.searchParams.get(name)).forEach((name) => {
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: url.searchParams.get(name) }));
    });
    window.history.replaceState(null, "", url);
  };
  const set = (name, value) => {
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
    say();
    show();
  };
  const toggle = (name, value) => set(name, url.searchParams.get(name) === value ? "" : value);
  const clear = () => {
    names.forEach((name) => url.searchParams.delete(name));
    url.searchParams.delete("q");
    find.value = "";
    found = null;
    say();
    show();
  };

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const choice = event.target.closest("a[data-name]");
    const density = event.target.closest("a[data-density]");
    if (choice) {
      event.preventDefault();
      if (choice.closest(".lt-menu-list")) {
        set(choice.dataset.name, choice.dataset.value);
        const menu = choice.closest("details");
        menu.open = false;
        menu.querySelector("summary").focus();
      } else {
        toggle(choice.dataset.name, choice.dataset.value);
      }
    } else if (density) {
      event.preventDefault();
      pano.classList.toggle("is-compact", density.dataset.density === "compact");
      document.querySelectorAll("a[data-density]").forEach((each) => {
        each.classList.toggle("is-active", each === density);
        if (each === density) each.setAttribute("aria-current", "true");
        else each.removeAttribute("aria-current");
      });
      set("view", density.dataset.density);
    } else if (event.target.closest("[data-clear]")) {
      event.preventDefault();
      clear();
      find.focus();
    }
  });

  let asked = 0;
  const look = async () => {
    const text = find.value.trim();
    const mine = ++asked;
    if (text) {
      const answer = await fetch(`${find.dataset.find}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } })
        .catch(() => null);
      if (mine !== asked) return;
      // Signed out, or no line: the whole page says what is the matter.
      if (!answer?.ok || answer.redirected) return form.submit();
      found = new Set((await answer.json()).keys);
    } else {
      found = null;
    }
    set("q", text);
  };
  let waiting = 0;
  find.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(waiting);
    waiting = setTimeout(look, 150);
  });
  find.addEventListener("compositionend", () => look());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    look().then(() => visible()[0]?.focus());
  });

  // ── The drawer ───────────────────────────────────────────────────────────────────────────────────────────────
  const sheet = document.getElementById("segment-sheet");
  const open = async (address) => {
    let answer;
    try {
      answer = await fetch(address, { headers: { "HX-Request": "true" } });
    } catch {
      return document.dispatchEvent(new CustomEvent("lt:flash"));
    }
    if (!answer.ok || answer.redirected) return window.location.assign(address);
    sheet.innerHTML = await answer.text();
    if (!sheet.open) sheet.showModal();
    sheet.scrollTop = 0;
    sheet.querySelector(".lt-dialog-body").scrollTop = 0;
    sheet.querySelector("h2")?.focus();
    return undefined;
  };
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const card = event.target.closest(".pano-card, .pano-peek a, .pano-changes a");
    if (card) {
      event.preventDefault();
      open(card.href);
    }
  });

  // ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────
  const moves = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
  const keys = [...document.querySelectorAll(".pano-key")].map((key) => key.dataset.value);
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || sheet.open) return;
    const card = document.activeElement.closest(".pano-card");
    if (event.target === find && event.key === "Escape") {
      find.value = "";
      look();
      find.blur();
    } else if (event.target === find && event.key === "ArrowDown") {
      event.preventDefault();
      visible()[0]?.focus();
    } else if (event.target.closest("input, textarea, select, summary, .lt-menu-list, [contenteditable]")) {
      return;
    } else if (moves[event.key]) {
      const target = card ? next(card, ...moves[event.key]) : visible()[0];
      if (target) {
        event.preventDefault();
        target.focus();
      }
    } else if (event.key === "/") {
      event.preventDefault();
      event.stopImmediatePropagation();
      find.select();
    } else if (/^[1-5]$/.test(event.key)) {
      toggle("status", keys[event.key - 1]);
    } else if (event.key === "Escape" && !document.querySelector("details.lt-menu[open]")) {
      clear();
    }
  }, true);

  // ── The picture as PNG: the server's SVG drawn on a canvas ───────────────────────────────────────────────────
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-png]");
    if (!button) return;
    try {
      const answer = await fetch(button.dataset.png);
      if (!answer.ok) throw new Error("no picture");
      const image = new Image();
      image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await answer.text())}`;
      await image.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth * 2, image.naturalHeight * 2];
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const link = document.createElement("a");
      const blob = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
      Object.assign(link, { href: URL.createObjectURL(blob), download: `${button.dataset.name}.png` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch {
      window.alert(button.dataset.failed);
    }
  });

  cards.forEach((card) => { card.tabIndex = -1; });
  const start = visible()[0];
  if (start) start.tabIndex = 0;
  if (find.value.trim()) look();
})();
