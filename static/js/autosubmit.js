/* data-autosubmit on a GET filter form (or on one select): sent on change; its button stays for those without JavaScript. */
(() => {
  "use strict";
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && (form.hasAttribute("data-autosubmit") || event.target.hasAttribute("data-autosubmit"))) {
      form.requestSubmit();
    }
  });
})();
