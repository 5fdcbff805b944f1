/* <section data-upload="address"> around a form with file inputs: files go one by one with their progress, by choosing,
   taking a picture, or dropping them on the card; the list comes back from the server. A refused file says why and
   takes no other with it. Without scripts the form is sent as it is. */
(() => {
  "use strict";
  const token = () => document.querySelector('input[name="csrf_token"]').value;

  const line = (going, name) => {
    const row = document.createElement("li");
    const label = document.createElement("span");
    const bar = document.createElement("progress");
    label.textContent = name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    row.append(label, bar);
    going.append(row);
    return {
      at: (share) => { bar.value = share; },
      done: () => row.remove(),
      fail: (sentence) => {
        bar.remove();
        row.classList.add("is-failed");
        label.textContent = sentence.includes(name) ? sentence : `${name}：${sentence}`;
      },
    };
  };

  const send = (card, file, shown) => new Promise((resolve) => {
    const words = card.dataset;
    if (file.size > Number(words.most) * 1024 * 1024) {
      shown.fail(words.tooLarge);
      resolve();
      return;
    }
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("csrf_token", token());
    body.append("files", file, file.name);
    request.open("POST", words.upload);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.at(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseURL.endsWith(words.upload)) {
        const list = card.querySelector("[data-files]");
        list.innerHTML = request.responseText;
        card.querySelector("[data-count]").textContent = list.querySelectorAll(".files-name").length || "";
        shown.done();
      } else if (request.status === 200) {
        shown.fail(words.signedOut);
      } else {
        shown.fail(request.status === 413 ? words.tooLarge : request.status === 422 ? request.responseText : words.failed);
      }
      resolve();
    });
    request.addEventListener("error", () => { shown.fail(words.failed); resolve(); });
    request.send(body);
  });

  document.querySelectorAll("[data-upload]").forEach((card) => {
    const going = card.querySelector("[data-going]");
    let queue = Promise.resolve();
    const take = (files) => {
      going.querySelectorAll(".is-failed").forEach((row) => row.remove());
      [...files].forEach((file) => {
        const shown = line(going, file.name);
        queue = queue.then(() => send(card, file, shown));
      });
    };
    card.classList.add("is-live");
    card.querySelectorAll("input[type=file]").forEach((input) => {
      input.addEventListener("change", () => {
        take(input.files);
        input.value = "";
      });
    });
    card.addEventListener("dragover", (event) => {
      event.preventDefault();
      card.classList.add("is-over");
    });
    card.addEventListener("dragleave", (event) => {
      if (!card.contains(event.relatedTarget)) card.classList.remove("is-over");
    });
    card.addEventListener("drop", (event) => {
      event.preventDefault();
      card.classList.remove("is-over");
      take(event.dataTransfer.files);
    });
  });
})();
