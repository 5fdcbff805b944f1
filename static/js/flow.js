/* The flow: a segment in focus shows its own streams only. Without this script every bar is still a link. */
(() => {
  "use strict";
  const picture = document.querySelector("svg.flow");
  if (!picture) return;
  const ask = (node) => {
    picture.classList.toggle("is-asked", Boolean(node));
    picture.querySelectorAll(".is-on").forEach((each) => each.classList.remove("is-on"));
    if (!node) return;
    const key = node.dataset.key;
    const on = new Set([key]);
    picture.querySelectorAll(".flow-stream").forEach((stream) => {
      if (stream.dataset.from !== key && stream.dataset.to !== key) return;
      stream.classList.add("is-on");
      on.add(stream.dataset.from);
      on.add(stream.dataset.to);
    });
    picture.querySelectorAll(".flow-node").forEach((each) => { if (on.has(each.dataset.key)) each.classList.add("is-on"); });
  };
  picture.addEventListener("focusin", (event) => ask(event.target.closest(".flow-node")));
  picture.addEventListener("focusout", () => ask(null));
  picture.addEventListener("mouseover", (event) => ask(event.target.closest(".flow-node")));
  picture.addEventListener("mouseleave", () => ask(null));
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
})();
