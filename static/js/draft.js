/* <form data-draft="address">: what was typed is kept as a draft when the page is left without saving (signing out, a
   closed tab, a phone that is put away). 取消 and the buttons of the form itself leave nothing behind. */
(() => {
  "use strict";
  const TELLING = ["name", "paste", "pasted", "contact_name", "phone", "content"];
  let touched = false;
  let settled = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-draft]")) touched = true; });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-discard]")) settled = true; });

  /* What is worth keeping, once; null when nothing is. */
  const unsaved = () => {
    const form = document.querySelector("form[data-draft]");
    if (!form || !touched || settled) return null;
    const values = new FormData(form);
    if (!TELLING.some((name) => String(values.get(name) || "").trim())) return null;
    values.set("quietly", "1");
    touched = false;
    return { address: form.dataset.draft, values };
  };
  const keep = () => {
    const draft = unsaved();
    if (draft) navigator.sendBeacon(draft.address, draft.values);
  };
  window.addEventListener("pagehide", keep);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(); });
  window.addEventListener("pageshow", () => { settled = false; });

  document.addEventListener("submit", (event) => {
    const leaving = event.target;
    if (leaving.matches("form[data-draft]")) {
      settled = true;
      return;
    }
    const draft = leaving.method === "post" ? unsaved() : null;
    if (!draft) return;
    // Signing out ends the session: the draft must have arrived before.
    event.preventDefault();
    event.stopImmediatePropagation();
    const go = () => leaving.requestSubmit(event.submitter);
    fetch(draft.address, { method: "POST", body: draft.values, signal: AbortSignal.timeout(4000) }).then(go, go);
  }, true);
})();
