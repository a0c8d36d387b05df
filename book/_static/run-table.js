// The table of all runs: sorted by its heads (sortable.min.js, by the class that is added here), filtered by text and study.
"use strict";

document.querySelectorAll("table.run-table").forEach((table) => {
  table.classList.add("sortable", "asc");
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].map((head) => head.textContent.trim());
  const studies = (row) => row.cells[heads.indexOf("studies")].textContent.trim().split(", ");
  const names = [...new Set(rows.flatMap(studies))];

  const bar = document.createElement("form");
  bar.className = "run-filter";
  bar.innerHTML = `<label>Study <select><option value="">all</option></select></label>
    <label>Words <input type="search" placeholder="resnet50 seed 0"></label><output aria-live="polite"></output>`;
  const [select, words, said] = ["select", "input", "output"].map((name) => bar.querySelector(name));
  select.append(...names.map((name) => new Option(name, name)));
  bar.addEventListener("submit", (event) => event.preventDefault());

  const filter = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = (select.value && !studies(row).includes(select.value)) || !wanted.every((word) => text.includes(word));
    }
    said.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} runs`;
  };
  // a figure's foot line leads to its study
  const follow = () => {
    const name = decodeURIComponent(location.hash).replace("#study-", "");
    if (names.includes(name)) select.value = name;
    filter();
  };
  bar.addEventListener("input", filter);
  addEventListener("hashchange", follow);
  (table.closest(".pst-scrollable-table-container") ?? table).before(bar);
  follow();
});
