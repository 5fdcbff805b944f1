/* State inside one page, by Alpine's CSP build (no eval; expressions are names of what is declared here).
   fold:   <div x-data="fold"><button x-on:click="toggle" x-bind:aria-expanded="open">…</button><div x-show="open">…</div></div>
   choice: <div x-data="choice"> radios or a select with x-on:change="pick" … <div data-for="land rent" x-ref="…">
           parts with data-for are shown when the picked value is among their words. */
document.addEventListener("alpine:init", () => {
  "use strict";
  window.Alpine.data("fold", () => ({
    open: false,
    toggle() { this.open = !this.open; },
  }));
  window.Alpine.data("choice", () => ({
    init() { this.show(); },
    pick() { this.show(); },
    show() {
      const picked = [...this.$root.querySelectorAll("input[type=radio]:checked, input[type=checkbox]:checked, select")]
        .map((input) => input.value);
      this.$root.querySelectorAll("[data-for]").forEach((part) => {
        part.hidden = !part.dataset.for.split(" ").some((word) => picked.includes(word));
      });
    },
  }));
});
