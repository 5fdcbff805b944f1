/* <form data-draft="address">: what was typed is kept as a draft when the page is left without saving (signing out, a
   closed tab, a phone that is put away). 取消 and the buttons of the form itself leave nothing behind. */
(() => {
  "use strict";
  let touched = false;
  let settled = false;
  const form = () => document.querySelector("form[data-draft]");
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-draft]")) touched = true; });
  document.addEventListener("submit", (event) => { if (event.target.matches("form[data-draft]")) settled = true; });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-discard]")) settled = true; });
  const keep = () => {
    const open = form();
    if (!open || !touched || settled) return;
    const values = new FormData(open);
    if (!["name", "paste", "pasted", "contact_name", "phone", "content"].some((name) => String(values.get(name) || "").trim())) return;
    values.set("quietly", "1");
    navigator.sendBeacon(open.dataset.draft, values);
    touched = false;
  };
  window.addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  // Signing out ends the session: the draft must be there before.
  document.addEventListener("submit", (event) => { if (!event.target.closest("form[data-draft]")) keep(); }, true);
  window.addEventListener("pageshow", () => { settled = false; });
})();
