/* htmx: send the CSRF token with every request, show the sentence of an error where the person looks. */
(() => {
  "use strict";
  const token = () => document.querySelector('input[name="csrf_token"]')?.value
    || document.querySelector('meta[name="csrf-token"]')?.content || "";
  document.addEventListener("htmx:config:request", (event) => {
    const request = event.detail?.ctx?.request;
    if (request?.headers && token()) request.headers["X-CSRFToken"] = token();
  });
  document.addEventListener("htmx:error", () => {
    document.dispatchEvent(new CustomEvent("lt:flash", { detail: { key: "offline" } }));
  });
})();
