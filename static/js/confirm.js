/* data-confirm="question" on a form or a submit button: ask first. The platform's own dialog, so it works everywhere. */
(() => {
  "use strict";
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm || event.target.dataset.confirm;
    if (question && !window.confirm(question)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);
})();
