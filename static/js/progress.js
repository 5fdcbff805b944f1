/* The bar of a job: asks the server how far it is, once a second, more slowly when it takes long or the page is hidden.
   When the job is over, the page is loaded anew: it then shows what came of it. */
(() => {
  "use strict";
  for (const box of document.querySelectorAll("[data-job]")) {
    let pause = 700;
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.job, { headers: { "HX-Request": "true" } });
        if (answer.status === 204 || answer.redirected) return window.location.reload();
        if (answer.ok) box.innerHTML = await answer.text();
      } catch {
        pause = 5000; // the network is away; the job is not
      }
      pause = Math.min(pause * 1.1, document.hidden ? 15000 : 4000);
      window.setTimeout(ask, pause);
    };
    window.setTimeout(ask, pause);
  }
})();
