// Every page works without this file: it adds the print button, copying of a code, and suggestions while typing.
"use strict";
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
});

// Filters that are not set stay out of the address.
document.querySelectorAll("form[data-tidy]").forEach((form) => {
  form.addEventListener("formdata", ({ formData }) => {
    [...formData].forEach(([name, value]) => value === "" && name !== "q" && formData.delete(name));
  });
});

// A combobox with a listbox (ARIA 1.2): the focus stays in the field, the active option is named by aria-activedescendant.
document.querySelectorAll("[data-suggest]").forEach((box) => {
  const input = box.querySelector("input"), id = `${input.id}-suggestions`;
  const list = Object.assign(document.createElement("ul"), { id, className: "suggestions", hidden: true });
  const status = Object.assign(document.createElement("span"), { className: "visually-hidden" });
  let asked = "", timer = 0, pending = null, active = -1;

  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.title);
  status.setAttribute("role", "status");
  box.append(list, status);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id })) {
    input.setAttribute(name, value);
  }

  const mark = (at) => {
    active = at;
    [...list.children].forEach((option, place) => option.setAttribute("aria-selected", String(place === at)));
    const option = list.children[at];
    if (!option) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };
  const open = (shown) => {
    list.hidden = !shown;
    input.setAttribute("aria-expanded", String(shown));
    if (!shown) mark(-1);
  };
  const cancel = () => {
    clearTimeout(timer);
    pending?.abort();
  };
  const close = () => {
    cancel();
    open(false);
  };
  const show = (suggestions) => {
    list.replaceChildren(...suggestions.map(({ name, note, url }, at) => {
      const option = Object.assign(document.createElement("li"), { id: `${id}-${at}` });
      option.setAttribute("role", "option");
      option.dataset.url = url;
      option.append(...[name, note].map((text) => Object.assign(document.createElement("span"), { textContent: text })));
      return option;
    }));
    status.textContent = suggestions.length ? box.dataset.count.replace("#", suggestions.length) : box.dataset.none;
    mark(-1);
    open(suggestions.length > 0);
  };
  const ask = async () => {
    pending = new AbortController();
    try {
      const answer = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(asked)}`, { signal: pending.signal });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch {
      // A newer question or no network: the form works as it is.
    }
  };
  const typed = () => {
    const text = input.value.trim();
    if (text === asked) return;
    asked = text;
    cancel();
    if (text.length < 2) return open(false);
    timer = setTimeout(ask, 200);
  };

  input.addEventListener("input", (event) => event.isComposing || typed());
  input.addEventListener("compositionend", typed);
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    // Keys that an input method takes for itself are not ours.
    if (event.isComposing || event.keyCode === 229) return;
    const count = list.children.length, shown = !list.hidden;
    if (event.key === "ArrowDown" && count) {
      open(true);
      mark(shown ? (active + 1) % count : 0);
    } else if (event.key === "ArrowUp" && count) {
      open(true);
      mark(shown && active > 0 ? active - 1 : count - 1);
    } else if (event.key === "Escape" && shown) {
      close();
    } else if (event.key === "Enter" && shown && active >= 0) {
      location.assign(list.children[active].dataset.url);
    } else {
      return;
    }
    event.preventDefault();
  });
  // Before the click, so that the field keeps the focus.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
});
