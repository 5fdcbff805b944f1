/* The grid of an import: a cell becomes an input where it stands; Enter, Tab or leaving it sends the row to be checked.
   Arrows move between cells, Esc gives up. Enter that confirms an input method's candidate does neither. */
(() => {
  "use strict";
  const grid = document.querySelector("[data-grid]");
  if (!grid) return;
  const token = () => document.querySelector('input[name="csrf_token"]').value;
  const cellsOf = (row) => [...row.querySelectorAll("[data-column]")];
  const composing = (event) => event.isComposing || event.keyCode === 229;

  const send = async (row, url, body) => {
    row.classList.add("is-busy");
    body.set("csrf_token", token());
    body.set("show", new URLSearchParams(window.location.search).get("show") || "");
    try {
      const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } });
      const onward = answer.headers.get("HX-Redirect");
      if (onward) return window.location.assign(onward);
      const text = await answer.text();
      if (!answer.ok) throw new Error(answer.status === 422 ? text : "");
      take(text);
    } catch (error) {
      row.classList.remove("is-busy");
      document.dispatchEvent(new CustomEvent("lt:flash", { detail: error.message ? { text: error.message } : { key: "offline" } }));
      return false;
    }
    return true;
  };

  // The answer holds the row, others that were checked for its sake, and the numbers above the grid.
  const take = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const element of fresh.querySelectorAll("tr[id], #import-summary, #import-tabs")) {
      const here = document.getElementById(element.id);
      if (here && !here.querySelector("textarea.import-input")) here.replaceWith(document.adoptNode(element));
    }
  };

  const open = (cell, typed) => {
    if (!cell || cell.querySelector("textarea")) return;
    const input = document.createElement("textarea");
    input.className = "import-input";
    input.rows = 1;
    input.value = typed ?? cell.dataset.text;
    input.setAttribute("aria-label", grid.tHead.rows[0].cells[cell.cellIndex].textContent);
    cell.append(input);
    cell.classList.add("is-open");
    input.focus();
    if (typed === undefined) input.select();
    input.addEventListener("blur", () => close(cell, true));
  };

  const close = async (cell, keep) => {
    const input = cell.querySelector("textarea:not([data-closing])");
    if (!input) return;
    const text = input.value;
    input.dataset.closing = ""; // taking it away is a blur of its own
    input.remove();
    cell.classList.remove("is-open");
    if (!keep || text === cell.dataset.text) return;
    const before = cell.dataset.text;
    cell.dataset.text = text;
    cell.querySelector(".import-text").textContent = text;
    const row = cell.closest("tr");
    const body = new FormData();
    body.set(`c${cell.dataset.column}`, text);
    if (!(await send(row, row.dataset.rowUrl, body))) {
      cell.dataset.text = before; // nothing typed is lost: the input comes back with it
      open(cell, text);
    }
  };

  const neighbour = (cell, right, down) => {
    const row = cell.closest("tr");
    const to = down ? (down > 0 ? row.nextElementSibling : row.previousElementSibling) : row;
    const at = cellsOf(row).indexOf(cell) + right;
    return to ? cellsOf(to)[at] : null;
  };
  const go = (cell) => {
    if (!cell) return;
    cell.tabIndex = 0;
    cell.focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  };

  grid.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-column]");
    if (cell && !event.target.closest("textarea, a, button")) open(cell);
  });
  grid.addEventListener("keydown", (event) => {
    if (composing(event)) return;
    const cell = event.target.closest("[data-column]");
    if (!cell) return;
    const editing = event.target.matches("textarea");
    const move = (right, down) => {
      const to = neighbour(cell, right, down);
      if (editing) close(cell, true);
      // The row may be drawn anew in the meantime; its cells are found again by their place.
      const [row, at] = [to?.closest("tr").id, to?.dataset.column];
      go(row ? document.querySelector(`#${row} [data-column="${at}"]`) : null);
    };
    if (event.key === "Escape" && editing) { close(cell, false); go(cell); }
    else if (event.key === "Enter" && !(editing && (event.shiftKey || event.altKey))) { editing ? move(0, 1) : open(cell); }
    else if (event.key === "Tab" && editing) { move(event.shiftKey ? -1 : 1, 0); }
    else if (!editing && event.key === "ArrowRight") move(1, 0);
    else if (!editing && event.key === "ArrowLeft") move(-1, 0);
    else if (!editing && event.key === "ArrowDown") move(0, 1);
    else if (!editing && event.key === "ArrowUp") move(0, -1);
    else if (!editing && event.key === "F2") open(cell);
    else return;
    event.preventDefault();
  });
  grid.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-row-skip]");
    if (!form) return;
    event.preventDefault();
    send(form.closest("tr"), form.action, new FormData(form));
  });
})();
