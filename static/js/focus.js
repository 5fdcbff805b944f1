/* After a refused form: to the summary of errors, or to the first field with one. Links of the summary focus the field. */
(() => {
  "use strict";
  const summary = document.getElementById("form-errors");
  if (summary) summary.focus();
  else document.querySelector('[aria-invalid="true"]')?.focus();
  summary?.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    const field = document.getElementById(link.hash.slice(1));
    const target = field?.matches("input, select, textarea") ? field : field?.querySelector("input, select, textarea");
    if (target) {
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "center" });
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    const target = document.querySelector(`[data-hotkey="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (target.matches("a, button")) target.click();
    else target.focus();
  });
})();
