/* <details class="lt-menu"> closes on Escape and on a click elsewhere; data-collapse folds the navigation and remembers it. */
(() => {
  "use strict";
  const opened = () => document.querySelectorAll("details.lt-menu[open]");
  document.addEventListener("click", (event) => {
    opened().forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    opened().forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  document.querySelectorAll("[data-collapse]").forEach((button) => {
    const target = document.getElementById(button.dataset.collapse);
    const set = (folded) => {
      target.classList.toggle("is-collapsed", folded);
      button.setAttribute("aria-expanded", String(!folded));
    };
    try { set(localStorage.getItem("lt-nav") === "folded"); } catch { set(false); }
    button.addEventListener("click", () => {
      const folded = !target.classList.contains("is-collapsed");
      set(folded);
      try { localStorage.setItem("lt-nav", folded ? "folded" : "open"); } catch { /* private mode: not remembered */ }
    });
  });
})();
