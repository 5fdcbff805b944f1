/* The board. A card is dragged with the mouse or a pen onto a stage, or moved from its dialog: the button, or M while the
   card has the focus. The server answers with the board anew, or with a dialog that says why not; until it does the
   card stays where it was. */
(() => {
  "use strict";
  const dialog = document.getElementById("board-move");
  const refused = document.getElementById("board-refused");
  const board = () => document.getElementById("board");
  if (!dialog || !board()) return;
  const form = dialog.querySelector("form");
  // The phone's switcher may be wider than the screen.
  const show = () => document.querySelector(".board-jump .is-active")?.scrollIntoView({ block: "nearest", inline: "center" });
  show();
  const FAR = 6;
  const EDGE = 48;

  const send = async (url, data, card) => {
    data.set("address", location.search);
    board().setAttribute("aria-busy", "true");
    card?.classList.add("is-sending");
    try {
      const answer = await fetch(url, {
        method: "POST",
        body: data,
        headers: { "HX-Request": "true", "X-CSRFToken": form.elements.csrf_token?.value || "" },
      });
      const text = await answer.text();
      if (answer.ok) return renew(text, card?.id);
      // A page of its own (signed out, an error of the server) is no answer for a dialog.
      if (text.includes("<html")) return document.dispatchEvent(new CustomEvent("lt:flash", { detail: { key: "offline" } }));
      dialog.close();
      refused.innerHTML = text;
      if (!refused.open) refused.showModal();
      refused.querySelector("textarea, .lt-dialog-foot .lt-btn--primary, .lt-dialog-foot a")?.focus();
    } catch {
      document.dispatchEvent(new CustomEvent("lt:flash", { detail: { key: "offline" } }));
    } finally {
      board().removeAttribute("aria-busy");
      card?.classList.remove("is-sending");
    }
  };
  const renew = (text, id) => {
    dialog.close();
    refused.close();
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = page.getElementById("board");
    const said = fresh.querySelector(".board-said");
    const live = document.querySelector("#main > #flashes");
    live?.append(...said.querySelectorAll(".lt-flash"));
    said.remove();
    board().replaceWith(fresh);
    show();
    const card = id && document.getElementById(id);
    card?.classList.add("is-moved");
    card?.querySelector("a")?.focus();
  };
  const move = (card, stage) => {
    const data = new FormData();
    data.set("to_stage", stage);
    data.set("version", card.dataset.version);
    send(card.dataset.move, data, card);
  };

  // ── By keyboard or button ────────────────────────────────────────────────────────────────────────────────────────
  const radios = () => [...form.elements.to_stage];
  let chosen = null;
  const ask = (card) => {
    chosen = card;
    form.action = card.dataset.move;
    form.elements.version.value = card.dataset.version;
    form.elements.reason.value = "";
    dialog.querySelector("[data-board-name]").textContent = card.dataset.name;
    const here = radios().findIndex((radio) => radio.value === card.dataset.from);
    radios().forEach((radio, at) => {
      radio.disabled = at === here;
      radio.checked = at === here + 1;
      radio.closest("label").querySelector("[data-board-now]").hidden = at !== here;
    });
    backwards();
    dialog.showModal();
    (radios().find((radio) => radio.checked) || radios().find((radio) => !radio.disabled)).focus();
  };
  const backwards = () => {
    const to = radios().findIndex((radio) => radio.checked);
    const here = radios().findIndex((radio) => radio.disabled);
    const back = dialog.querySelector("[data-board-back]");
    back.hidden = to < 0 || to > here;
    form.elements.reason.required = !back.hidden;
  };
  form.addEventListener("change", backwards);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move-button]");
    if (button) ask(button.closest("[data-card]"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.key.toLowerCase() !== "m") return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const card = event.target.closest("[data-card]");
    if (!card) return;
    event.preventDefault();
    ask(card);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-board-move]")) return;
    event.preventDefault();
    send(event.target.action, new FormData(event.target), chosen && document.getElementById(chosen.id));
  });

  // ── By dragging ──────────────────────────────────────────────────────────────────────────────────────────────────
  let drag = null;
  const over = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-stage]");
  const light = (stage) => {
    document.querySelectorAll(".board-stage.is-over").forEach((each) => each.classList.toggle("is-over", each === stage));
    stage?.classList.add("is-over");
  };
  const start = (event) => {
    const box = drag.card.getBoundingClientRect();
    const ghost = drag.card.cloneNode(true);
    ghost.removeAttribute("id");
    ghost.classList.add("is-ghost");
    ghost.style.width = `${box.width}px`;
    document.body.append(ghost);
    document.body.classList.add("is-dragging");
    drag.card.classList.add("is-lifted");
    Object.assign(drag, { ghost, dx: drag.x - box.left, dy: drag.y - box.top });
    follow(event);
  };
  const follow = (event) => {
    drag.ghost.style.transform = `translate(${event.clientX - drag.dx}px, ${event.clientY - drag.dy}px)`;
    light(over(event));
    const lanes = document.querySelector(".board--stage .board-lanes");
    const box = lanes?.getBoundingClientRect();
    if (box && event.clientX > box.right - EDGE) lanes.scrollLeft += 14;
    if (box && event.clientX < box.left + EDGE) lanes.scrollLeft -= 14;
  };
  const end = (event, dropped) => {
    const { card, ghost } = drag;
    drag = null;
    if (!ghost) return;
    const stage = dropped ? over(event)?.dataset.stage : null;
    ghost.remove();
    document.body.classList.remove("is-dragging");
    card.classList.remove("is-lifted");
    light(null);
    // The click that ends a drag opens nothing; where none comes, the next one is a real one.
    const swallow = (click) => { click.preventDefault(); click.stopPropagation(); };
    document.addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 0);
    if (stage && stage !== card.dataset.from) {
      chosen = card;
      move(card, stage);
    }
  };
  document.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-card]");
    if (!card || event.button !== 0 || event.pointerType === "touch" || event.target.closest("button")) return;
    drag = { card, x: event.clientX, y: event.clientY };
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (drag.ghost) return follow(event);
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR) start(event);
  });
  document.addEventListener("pointerup", (event) => { if (drag) end(event, true); });
  document.addEventListener("pointercancel", (event) => { if (drag) end(event, false); });
  document.addEventListener("keydown", (event) => { if (drag?.ghost && event.key === "Escape") end(event, false); });
})();
