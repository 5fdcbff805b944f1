/* Units of areas and prices follow the chosen tenure: <span data-unit-of="tenure" data-rent data-buy data-land>. */
(() => {
  "use strict";
  const show = () => document.querySelectorAll("[data-unit-of]").forEach((unit) => {
    const picked = document.querySelector(`input[name="${unit.dataset.unitOf}"]:checked`)?.value || "rent";
    unit.textContent = unit.dataset[picked];
  });
  document.addEventListener("change", (event) => {
    if (event.target.name !== "tenure") return;
    show();
    document.body.dispatchEvent(new CustomEvent("reunit"));
  });
  document.addEventListener("htmx:after:swap", show);
  show();
})();
