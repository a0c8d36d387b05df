// The confusion matrix on the page of results: a table whose cells tell their numbers on hover and focus, and show the
// characters behind them on a click. emnist_utils/report/confusion_explorer.py writes what it reads.
"use strict";

function explore(place) {
  const given = JSON.parse(place.querySelector("script").textContent);
  const picture = document.querySelector(`#${place.dataset.sheet} img`);
  const counts = new Map(given.counts.map(([t, a, n]) => [given.classes[t] + given.classes[a], n]));
  const images = new Map();
  for (const [t, , n] of given.counts) images.set(given.classes[t], (images.get(given.classes[t]) ?? 0) + n);
  const behind = new Map();
  given.sheet.forEach(([row, t, a], place) => {
    const key = given.classes[t] + given.classes[a];
    behind.set(key, [...(behind.get(key) ?? []), { row, place }]);
  });

  const make = (name, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  const say = (key) => {
    const [t, a] = key, n = counts.get(key) ?? 0, all = images.get(t) ?? 0;
    const share = all ? `, ${((100 * n) / all).toFixed(1)} % of them` : "";
    return `${t} answered ${a === t ? "rightly" : `as ${a}`}: ${n.toLocaleString("en")} of ${all.toLocaleString("en")} images${share}`;
  };

  // 0.1 % of a class and less is as pale as it gets, as in the figure
  const shade = (key) => {
    const share = (counts.get(key) ?? 0) / (images.get(key[0]) || 1);
    return share ? Math.min(1, 0.12 + 0.88 * Math.max(0, (Math.log10(share) + 3) / 3)) : 0;
  };

  const status = make("p", { className: "status", textContent: "Point at or tap a cell, or move through the table with the arrow keys." });
  const shown = make("div", { className: "shown" });
  shown.setAttribute("aria-live", "polite");
  const scroll = make("div", { className: "scroll" });

  const show = (key) => {
    const found = behind.get(key) ?? [], n = counts.get(key) ?? 0;
    for (const cell of scroll.querySelectorAll("[aria-selected=true]")) cell.removeAttribute("aria-selected");
    scroll.querySelector(`[data-key="${CSS.escape(key)}"]`)?.setAttribute("aria-selected", "true");
    const text = found.length ? ` Here ${found.length === 1 ? "is" : "are"} ${found.length} of these.` : n ? " None of these is among the characters below." : "";
    shown.replaceChildren(make("p", { textContent: `${say(key)}.${text}` }));
    for (const { row, place } of found) {
      const image = make("span", { className: "character", title: `row ${row} of the test images` });
      image.setAttribute("role", "img");
      image.setAttribute("aria-label", `a ${key[0]}, row ${row} of the test images`);
      image.style.backgroundImage = `url("${picture.src}")`;
      image.style.backgroundSize = `${given.columns * 3.5}rem auto`;
      image.style.backgroundPosition = `${(place % given.columns) * -3.5}rem ${Math.floor(place / given.columns) * -3.5}rem`;
      shown.append(image);
    }
  };

  const draw = (view) => {
    const names = [...given.views[view]], numbers = names.length <= 10;
    const head = make("tr", {}, make("td"), ...names.map((name) => make("th", { scope: "col", textContent: name })));
    const rows = names.map((t) =>
      make("tr", {}, make("th", { scope: "row", textContent: t }), ...names.map((a) => {
        const key = t + a, n = counts.get(key) ?? 0;
        const cell = make("td", { tabIndex: -1, textContent: numbers && n ? n : "" });
        cell.dataset.key = key;
        cell.setAttribute("role", "gridcell");
        cell.setAttribute("aria-label", say(key));
        cell.style.setProperty("--shade", shade(key));
        if (shade(key) > 0.6) cell.classList.add("dark");
        return cell;
      })));
    const table = make("table", { className: numbers ? "numbers" : "" }, make("caption", { textContent: "Rows are true classes, columns are answers; the stronger the colour, the more images, by the logarithm" }), make("thead", {}, head), make("tbody", {}, ...rows));
    table.setAttribute("role", "grid");
    table.querySelector("td[data-key]").tabIndex = 0;
    scroll.replaceChildren(table);
  };

  const move = (cell, event) => {
    const row = cell.parentElement, body = row.parentElement, column = cell.cellIndex;
    const last = row.cells.length - 1;
    const to = {
      ArrowRight: () => row.cells[Math.min(column + 1, last)],
      ArrowLeft: () => row.cells[Math.max(column - 1, 1)],
      ArrowDown: () => (row.nextElementSibling ?? row).cells[column],
      ArrowUp: () => (row.previousElementSibling ?? row).cells[column],
      Home: () => (event.ctrlKey ? body.rows[0] : row).cells[1],
      End: () => (event.ctrlKey ? body.rows[body.rows.length - 1] : row).cells[last],
    }[event.key]?.();
    if (!to) return;
    event.preventDefault();
    cell.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };

  const over = (event) => {
    const cell = event.target.closest("td[data-key]");
    if (cell) status.textContent = say(cell.dataset.key);
    return cell;
  };
  scroll.addEventListener("mouseover", over);
  scroll.addEventListener("focusin", over);
  scroll.addEventListener("click", (event) => { const cell = over(event); if (cell) show(cell.dataset.key); });
  scroll.addEventListener("keydown", (event) => {
    const cell = event.target.closest("td[data-key]");
    if (!cell) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); show(cell.dataset.key); } else move(cell, event);
  });

  const choice = make("fieldset", {}, make("legend", { textContent: "Show" }));
  Object.keys(given.views).forEach((view, index) => {
    const button = make("input", { type: "radio", name: "view", value: view, defaultChecked: index === 0 });
    button.addEventListener("change", () => draw(view));
    choice.append(make("label", {}, button, ` ${view}`));
  });
  draw(Object.keys(given.views)[0]);
  place.append(choice, scroll, status, shown);
}

document.querySelectorAll(".confusion-explorer").forEach(explore);
