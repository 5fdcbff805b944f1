/* <div data-segmentfilter="select id"> with input[data-filter] and the select: typing keeps the options that contain
   the words (also their other words, data-words); the only one left is chosen. Without scripts the whole select stands there. */
(() => {
  "use strict";
  const setUp = (box) => {
    const input = box.querySelector("input[data-filter]");
    const select = box.querySelector("select");
    const whole = select.cloneNode(true);
    input.hidden = false;
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      const kept = select.value;
      const copy = whole.cloneNode(true);
      copy.querySelectorAll("option").forEach((option) => {
        const text = `${option.textContent} ${option.dataset.words || ""}`.toLowerCase();
        if (wanted && option.value !== kept && !text.includes(wanted)) option.remove();
      });
      copy.querySelectorAll("optgroup").forEach((group) => { if (!group.children.length) group.remove(); });
      select.replaceChildren(...copy.childNodes);
      select.value = kept;
      const found = [...select.options].filter((option) => wanted && option.value && option.value !== kept);
      if (found.length === 1 && !kept) select.value = found[0].value;
    });
    input.addEventListener("change", () => select.dispatchEvent(new Event("change", { bubbles: true })));
  };
  const start = () => document.querySelectorAll("[data-segmentfilter]:not([data-ready])").forEach((box) => {
    box.dataset.ready = "";
    setUp(box);
  });
  document.addEventListener("htmx:after:swap", start);
  start();
})();
