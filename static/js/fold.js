/* <details data-fold-on-phone>: open where there is room, closed on the phone unless something in it needs attention. */
(() => {
  "use strict";
  if (!window.matchMedia("(max-width: 720px)").matches) return;
  document.querySelectorAll("details[data-fold-on-phone]").forEach((part) => {
    if (!part.querySelector('[aria-invalid="true"]')) part.open = false;
  });
})();
