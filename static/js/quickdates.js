/* data-fill="input id" data-value="2026-11-25": chips that fill a date; the time of a datetime field is kept. */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-fill]");
    const input = chip && document.getElementById(chip.dataset.fill);
    if (!input) return;
    const day = chip.dataset.value;
    input.value = input.type === "datetime-local" ? `${day}T${input.value.split("T")[1] || "10:00"}` : day;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
    chip.parentElement.querySelectorAll("[data-fill]").forEach((other) => {
      other.setAttribute("aria-pressed", String(other === chip));
    });
  });
})();
