/* Messages: data-dismiss removes one. They stay until dismissed; nothing important vanishes by itself. */
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    event.target.closest("[data-dismiss]")?.closest(".lt-flash")?.remove();
  });
  document.addEventListener("lt:flash", (event) => {
    const list = document.getElementById("flashes");
    const said = event.detail?.text;
    if (!list || (!said && list.querySelector("[data-offline]"))) return;
    const note = document.createElement("div");
    note.className = "lt-note lt-note--warning lt-flash";
    if (!said) note.dataset.offline = "";
    note.textContent = said || (document.documentElement.lang.startsWith("zh")
      ? "网络没有连上，刚才的内容还在页面上，请稍后再试。"
      : "The network did not answer. What you typed is still on the page; please try again.");
    list.append(note);
  });
})();
