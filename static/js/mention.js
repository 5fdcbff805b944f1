/* <textarea data-mention="address of the people">: after an @ it offers colleagues who may see the record, by name,
   pinyin or initials; arrows and Enter choose, Escape closes. Nothing happens while an input method is composing. */
(() => {
  "use strict";
  const known = new Map();
  const people = (url) => {
    if (!known.has(url)) {
      const asked = fetch(url, { headers: { Accept: "application/json" } }).then((answer) => (answer.ok ? answer.json() : []));
      known.set(url, asked.catch(() => []));
    }
    return known.get(url);
  };

  document.querySelectorAll("textarea[data-mention]").forEach((area, number) => {
    const list = document.createElement("ul");
    list.className = "mention-list";
    list.id = `mention-${number}`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", area.dataset.mentionLabel);
    list.hidden = true;
    area.after(list);
    area.setAttribute("aria-controls", list.id);
    area.setAttribute("aria-autocomplete", "list");
    let start = -1;

    const options = () => [...list.children];
    const marked = () => options().findIndex((option) => option.getAttribute("aria-selected") === "true");
    const mark = (index) => {
      options().forEach((option, place) => option.setAttribute("aria-selected", String(place === index)));
      const now = options()[index];
      if (now) {
        area.setAttribute("aria-activedescendant", now.id);
        now.scrollIntoView({ block: "nearest" });
      }
    };
    const close = () => {
      list.hidden = true;
      area.removeAttribute("aria-activedescendant");
    };
    const choose = (name) => {
      const caret = area.selectionStart;
      area.setRangeText(`@${name} `, start, caret, "end");
      close();
      area.focus();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const offer = async () => {
      const typed = area.value.slice(0, area.selectionStart).match(/(?:^|[^A-Za-z0-9._-])[@＠]([^\s@＠]{0,12})$/);
      if (!typed) {
        close();
        return;
      }
      const word = typed[1].toLowerCase();
      start = area.selectionStart - typed[1].length - 1;
      const found = (await people(area.dataset.mention))
        .filter((person) => !word || person.name.includes(word) || person.keys.some((key) => key.startsWith(word)))
        .slice(0, 8);
      if (!found.length || found.some((person) => person.name === typed[1] && found.length === 1)) {
        close();
        return;
      }
      list.replaceChildren(...found.map((person, place) => {
        const option = document.createElement("li");
        const name = document.createElement("b");
        const note = document.createElement("span");
        name.textContent = person.name;
        note.textContent = person.note;
        option.append(name, note);
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.addEventListener("pointerdown", (event) => event.preventDefault());
        option.addEventListener("click", () => choose(person.name));
        return option;
      }));
      list.hidden = false;
      mark(0);
    };

    area.addEventListener("input", (event) => {
      if (!event.isComposing) offer();
    });
    area.addEventListener("compositionend", offer);
    area.addEventListener("keydown", (event) => {
      if (event.isComposing || list.hidden) return;
      const all = options();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        mark((marked() + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length);
      } else if (event.key === "Enter" || event.key === "Tab") {
        event.preventDefault();
        all[marked()]?.click();
      } else if (event.key === "Escape") {
        event.preventDefault();
        close();
      }
    });
    area.addEventListener("blur", close);
  });
})();
