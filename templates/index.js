// Sorts, filters and searches the cases. Without it the page is whole: every row and every list stands in it.
"use strict";

// Ten thousand rows are not laid out while they come in, only to be taken away again. This stands before them; where no
// script runs, nothing is hidden.
document.documentElement.classList.add("waiting");
addEventListener("DOMContentLoaded", () => {
  try {
    const table = document.querySelector("#cases");
    if (table) enhance(table);
  } finally {
    document.documentElement.classList.remove("waiting");
  }
});

const enhance = (table) => {
  // Only so many rows are laid out at once: more are a key press away.
  const PAGE = 50;
  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const told = (number) => number.toLocaleString("en");

  // What can be chosen: verdicts, cases that were read in part, and the lines of the lists.
  const lines = new Map(all("[data-line]").map((item) => [item.dataset.line, item]));
  const keys = new Map([...lines].map(([number, item]) => [item.dataset.key, number]));
  const name = (item) => item.querySelector(".label").textContent;

  const body = table.tBodies[0];
  const rows = [...body.rows].map((element, place) => {
    const [title, verdict, found, machine, newest] = [...element.cells].map((cell) => cell.textContent);
    const of = (element.dataset.lines ?? "").split(" ").filter(Boolean);
    const words = [title, found, machine, newest, ...of.map((number) => lines.get(number).textContent)];
    return {
      element, place, verdict, of: new Set(of),
      partly: verdict !== "unreadable" && element.querySelector(".partial") !== null,
      text: words.join("\n").toLowerCase(),
      keys: [title, verdict, found, machine, newest],
    };
  });
  const verdicts = new Set(rows.map((row) => row.verdict));
  const columns = ["case", "verdict", "found", "machine", "newest"];
  const natural = new Intl.Collator("en", { numeric: true });
  // By what asks for work, not by the alphabet.
  const urgency = ["unreadable", "unexplained", "inconclusive", "explained", "clean"];
  const orders = [
    (one, other) => natural.compare(one, other),
    (one, other) => urgency.indexOf(one) - urgency.indexOf(other),
    (one, other) => natural.compare(one, other),
    (one, other) => natural.compare(one, other),
    (one, other) => (one < other ? -1 : one > other ? 1 : 0),
  ];

  // What is chosen. It stands in the address too, so that a view can be sent to a colleague.
  let view;
  const read = () => {
    const told = new URLSearchParams(location.hash.includes("=") ? location.hash.slice(1) : "");
    const [, down, by] = /^(-?)(\w+)$/.exec(told.get("sort") ?? "") ?? [];
    view = {
      text: told.get("q") ?? "",
      verdicts: new Set(told.getAll("verdict").filter((it) => verdicts.has(it))),
      partly: told.has("partly"),
      only: new Set(told.getAll("only").filter((it) => keys.has(it))),
      column: columns.indexOf(by),
      down: down === "-",
    };
  };
  const write = () => {
    const told = new URLSearchParams();
    if (view.text) told.set("q", view.text);
    for (const it of view.verdicts) told.append("verdict", it);
    if (view.partly) told.set("partly", "1");
    for (const it of view.only) told.append("only", it);
    if (view.column >= 0) told.set("sort", (view.down ? "-" : "") + columns[view.column]);
    const hash = told.toString();
    if (hash || location.hash.includes("=")) history.replaceState(null, "", `#${hash}`);
  };

  const input = make("input", { type: "search", id: "filter", autocomplete: "off", spellcheck: false });
  const count = make("output", { htmlFor: "filter" });
  const chosen = make("div", { className: "chosen" });
  table.before(make("search", { className: "filter" },
    make("label", { htmlFor: "filter", textContent: "Search" }), input, count, chosen));

  const heads = [...table.tHead.rows[0].cells];
  for (const [column, head] of heads.entries()) {
    const button = make("button", { type: "button" }, ...head.childNodes);
    // Up, down, and back to the order of the run; times begin with the newest.
    const first = columns[column] === "newest";
    button.addEventListener("click", () => {
      const step = view.column !== column ? 0 : view.down === first ? 1 : 2;
      Object.assign(view, { column: step === 2 ? -1 : column, down: step === 0 ? first : !first });
      change();
    });
    head.append(button);
  }

  const toggle = (set, value) => { if (!set.delete(value)) set.add(value); };
  const buttons = [];
  const offer = (place, is, choose) => {
    const button = make("button", { type: "button" }, ...place.childNodes);
    button.addEventListener("click", () => { choose(); change(); });
    place.append(button);
    buttons.push([button, is]);
  };
  for (const item of all(".counts [data-verdict]")) {
    const { verdict } = item.dataset;
    offer(item, () => view.verdicts.has(verdict), () => toggle(view.verdicts, verdict));
  }
  for (const item of all(".counts [data-partly]")) {
    offer(item, () => view.partly, () => { view.partly = !view.partly; });
  }
  for (const item of lines.values()) {
    const { key } = item.dataset;
    offer(item.querySelector(".label"), () => view.only.has(key), () => toggle(view.only, key));
  }

  // All words must occur. A verdict means that verdict: "explained" is not to find "unexplained".
  const matching = () => {
    const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
    const numbers = [...view.only].map((key) => keys.get(key));
    const found = rows.filter((row) =>
      (view.verdicts.size === 0 || view.verdicts.has(row.verdict))
      && (!view.partly || row.partly)
      && numbers.every((number) => row.of.has(number))
      && words.every((word) => verdicts.has(word) ? row.verdict === word : row.text.includes(word)));
    if (view.column >= 0) {
      const order = orders[view.column];
      const turned = view.down ? -1 : 1;
      found.sort((one, other) => {
        const [a, b] = [one.keys[view.column], other.keys[view.column]];
        // What is not told comes last in both directions.
        return (a === "") - (b === "") || turned * order(a, b) || one.place - other.place;
      });
    }
    return found;
  };

  let found = [];
  let shown = PAGE;
  const further = make("p", { className: "further" });
  table.after(further);
  const lay = () => {
    body.replaceChildren(...found.slice(0, shown).map((row) => row.element));
    const left = found.length - Math.min(shown, found.length);
    const step = Math.min(left, PAGE);
    const more = (text, upTo) => {
      const button = make("button", { type: "button", textContent: text });
      button.addEventListener("click", () => {
        const first = shown;
        shown = upTo;
        lay();
        // Who came by keyboard goes on with the first row that is new.
        found[first].element.querySelector("a").focus({ preventScroll: true });
      });
      return button;
    };
    further.hidden = left === 0;
    further.replaceChildren(...(left ? [more(`Show ${told(step)} more`, shown + PAGE)] : []),
      ...(left > step ? [more(`Show all ${told(found.length)}`, found.length)] : []));
  };

  const without = (text, drop) => {
    const button = make("button", { type: "button", textContent: text, ariaLabel: `Remove the filter: ${text}` });
    button.addEventListener("click", () => { drop(); change(); input.focus(); });
    return button;
  };
  const show = () => {
    found = matching();
    shown = PAGE;
    lay();
    if (input.value !== view.text) input.value = view.text;
    for (const [button, is] of buttons) button.ariaPressed = String(is());
    for (const [column, head] of heads.entries()) {
      head.ariaSort = column === view.column ? (view.down ? "descending" : "ascending") : null;
    }
    const filters = [
      ...[...view.verdicts].map((it) => without(it, () => view.verdicts.delete(it))),
      ...(view.partly ? [without("Read only in part", () => { view.partly = false; })] : []),
      ...[...view.only].map((it) => without(name(lines.get(keys.get(it))), () => view.only.delete(it))),
    ];
    chosen.replaceChildren(...filters);
    const is = filters.length > 0 || view.text.trim() !== "";
    count.textContent = is ? `${told(found.length)} of ${told(rows.length)} cases` : `${told(rows.length)} cases`;
  };
  const change = () => { write(); show(); };

  input.addEventListener("input", () => { view.text = input.value; change(); });
  // An anchor of the page is no view.
  addEventListener("hashchange", () => {
    if (location.hash === "" || location.hash.includes("=")) {
      read();
      show();
    }
  });
  // Paper gets every row that is chosen.
  addEventListener("beforeprint", () => body.replaceChildren(...found.map((row) => row.element)));
  addEventListener("afterprint", lay);
  read();
  show();
};
