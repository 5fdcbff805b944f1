/* <form data-conflict>: two buttons that choose one side for every conflict at once; each can still be changed. */
(() => {
  "use strict";
  document.querySelectorAll("form[data-conflict]").forEach((form) => {
    const all = form.querySelector("[data-all]");
    if (!all) return;
    all.hidden = false;
    all.addEventListener("click", (event) => {
      const side = event.target.closest("[data-side]")?.dataset.side;
      if (!side) return;
      form.querySelectorAll(`input[type=radio][value="${side}"]`).forEach((radio) => { radio.checked = true; });
    });
  });
})();
