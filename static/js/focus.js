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
  /* The field in use never lies under a bar that stays (WCAG 2.4.11): browsers count a field below a bar as in sight,
     and what is loaded above it may push it there later. */
  const bars = ".lt-top, .lt-savebar, .lt-tabbar";
  const keepInSight = () => {
    const field = document.activeElement;
    if (!field?.closest("form") || field.closest(bars + ", dialog")) return;
    const box = field.getBoundingClientRect();
    let top = 0;
    let bottom = innerHeight;
    for (const bar of document.querySelectorAll(bars)) {
      const over = bar.getBoundingClientRect();
      if (over.height === 0 || box.right <= over.left || box.left >= over.right) continue;
      if (over.top <= 0) top = Math.max(top, over.bottom);
      else if (over.bottom > innerHeight - 120) bottom = Math.min(bottom, over.top);
    }
    if (box.height > bottom - top) return;
    if (box.top < top) scrollBy(0, box.top - top - 8);
    else if (box.bottom > bottom) scrollBy(0, box.bottom - bottom + 8);
  };
  document.addEventListener("focusin", () => requestAnimationFrame(keepInSight));
  document.addEventListener("htmx:after:settle", () => requestAnimationFrame(keepInSight));
  document.addEventListener("htmx:afterSettle", () => requestAnimationFrame(keepInSight));
})();
