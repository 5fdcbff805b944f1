/* A form with data-once is sent once: a second click or Enter does nothing while the first is on its way.
   The server also refuses a second row for the same request id; this only spares the person the wait. */
(() => {
  "use strict";
  const release = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".is-busy").forEach((button) => {
      button.classList.remove("is-busy");
      button.removeAttribute("aria-disabled");
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    const button = event.submitter || form.querySelector('button[type="submit"]');
    button?.classList.add("is-busy");
    button?.setAttribute("aria-disabled", "true");
    setTimeout(() => release(form), 15000);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-once]").forEach(release));
})();
