/* data-idea="select id" data-value="7": chips of proposed segments that choose in a select, also where a filter has
   taken the option away for the moment (js/segmentfilter.js). */
(() => {
  "use strict";
  const mark = (select) => document.querySelectorAll(`[data-idea="${CSS.escape(select.id)}"]`).forEach((chip) => {
    chip.setAttribute("aria-pressed", String(chip.dataset.value === select.value));
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest?.("[data-idea]");
    const select = chip && document.getElementById(chip.dataset.idea);
    if (!select) return;
    const filter = select.closest("[data-segmentfilter]")?.querySelector("[data-filter]");
    if (filter?.value) {
      filter.value = "";
      filter.dispatchEvent(new Event("input", { bubbles: true }));
    }
    select.value = chip.dataset.value;
    select.dispatchEvent(new Event("input", { bubbles: true }));
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("change", (event) => { if (event.target.matches?.("select[id]")) mark(event.target); });
})();
