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
  // The address last asked for, the one whose answer the list shows, and the option marked.
  let asked = "", answered = "", active = -1, timer = 0, pending = null;

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
    asked = answered;
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
  // What the form would ask for, so that a region chosen before holds for the suggestions too.
  const address = () => `${box.dataset.suggest}?${new URLSearchParams(new FormData(input.form))}`;
  const ask = async () => {
    const { signal } = pending = new AbortController(), question = asked;
    try {
      const answer = await fetch(question, { signal });
      const found = answer.ok ? (await answer.json()).suggestions : [];
      answered = question;
      show(found);
    } catch {
      // A newer question or no network: the form works as it is.
    }
  };
  const typed = (wait = 200) => {
    if (address() === asked) return;
    cancel();
    mark(-1);
    if (input.value.trim().length < 2) {
      asked = answered = "";
      list.replaceChildren();
      return open(false);
    }
    asked = address();
    timer = setTimeout(ask, wait);
  };
  const walk = (step) => {
    if (address() !== answered) return typed(0);
    const count = list.children.length, from = active < 0 && step < 0 ? count : active;
    if (!count) return;
    if (list.hidden) open(true);
    mark((from + step + count) % count);
  };

  input.addEventListener("input", (event) => event.isComposing || typed());
  input.addEventListener("compositionstart", cancel);
  input.addEventListener("compositionend", () => typed());
  input.addEventListener("blur", close);
  input.form.addEventListener("submit", close);
  input.addEventListener("keydown", (event) => {
    // Keys that an input method takes for itself are not ours.
    if (event.isComposing || event.keyCode === 229) return;
    const shown = !list.hidden;
    if (event.key === "ArrowDown") walk(1);
    else if (event.key === "ArrowUp") walk(-1);
    else if (event.key === "Escape" && shown) close();
    else if (event.key === "Enter" && shown && active >= 0) location.assign(list.children[active].dataset.url);
    // The caret moves, and Enter means what is typed again.
    else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) return mark(-1);
    else return;
    event.preventDefault();
  });
  // Before the click, so that the field keeps the focus.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.url);
  });
});
