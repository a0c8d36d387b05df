// The page "Write a character": strokes in, the network's answer out, while one draws.
"use strict";

(() => {
  // All lengths are shares of the drawing area's side.
  const PEN = 0.06;
  // The network's picture is drawn anew with the pen and the size that are usual in the bitmaps behind EMNIST: a pen of
  // 5 pixels for a character of 49.
  const USUAL_PEN = 5;
  const USUAL_SIZE = 49;
  const DETAIL = 4; // pixels of the picture for one of those
  const MARGIN = 8;

  const byId = (id) => document.getElementById(`write-${id}`);
  const { classes, behind, network } = JSON.parse(byId("network").textContent);
  const answer = readNetwork(network);
  const [area, seen] = ["area", "seen"].map(byId);
  const [undo, clear] = ["undo", "clear"].map(byId);
  const picture = document.createElement("canvas");
  picture.width = picture.height = DETAIL * USUAL_SIZE + 2 * MARGIN;

  let strokes = []; // each a list of points [x, y]
  let drawing = null; // the id of the pointer that draws
  let asked = false;

  /** Draw all strokes; `place` turns a point's coordinates into pixels. */
  function draw(context, pen, colour, place) {
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    Object.assign(context, { lineWidth: pen, lineCap: "round", lineJoin: "round", strokeStyle: colour });
    for (const stroke of strokes) {
      context.beginPath();
      // A line to itself, so that a single point is a dot.
      for (const point of [stroke[0], ...stroke]) context.lineTo(...place(point));
      context.stroke();
    }
  }

  /** Return the network's view of the strokes, 28x28 pixels, or null where there is none. */
  function view() {
    if (!strokes.length) return null;
    const points = strokes.flat();
    const low = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
    const high = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])));
    const longer = Math.max(high[0] - low[0], high[1] - low[1]);
    const scale = longer ? (DETAIL * (USUAL_SIZE - USUAL_PEN)) / longer : 1;
    const start = MARGIN + (DETAIL * USUAL_PEN) / 2;
    const context = picture.getContext("2d", { willReadFrequently: true });
    draw(context, DETAIL * USUAL_PEN, "#000", (point) => point.map((value, axis) => start + (value - low[axis]) * scale));
    const { data, width, height } = context.getImageData(0, 0, picture.width, picture.height);
    const ink = Uint8Array.from({ length: width * height }, (_, pixel) => data[4 * pixel + 3]);
    return toEmnist(ink, width);
  }

  function showView(pixels) {
    const image = new ImageData(28, 28);
    image.data.forEach((_, place) => {
      image.data[place] = place % 4 === 3 ? 255 : pixels ? pixels[place >> 2] : 0;
    });
    seen.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0);
  }

  const kind = (name) => (/\d/.test(name) ? "digit" : name === name.toUpperCase() ? "capital" : "small");
  const spoken = (name) => `${kind(name)} ${name}`;
  const percent = (share) => (share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
  const element = (tag, className, ...content) => {
    const made = Object.assign(document.createElement(tag), { className });
    made.append(...content);
    return made;
  };

  function showAnswer(ranked) {
    const bars = byId("bars");
    if (!ranked.length) return bars.replaceChildren(element("li", "write-hint", "What the network makes of it appears here."));
    bars.replaceChildren(
      ...ranked.map(({ name, probability }) => {
        const bar = element("span", "write-bar");
        bar.style.setProperty("--share", probability);
        const label = element("span", "write-name", element("b", "", name), ` ${kind(name)}`);
        return element("li", "", label, bar, element("span", "write-percent", percent(probability)));
      }),
    );
  }

  /** Say the answer as a sentence, without what is most unlikely. */
  function tell(ranked) {
    const [first, ...others] = ranked.map(({ name, probability }) => `${spoken(name)} ${percent(probability)}`);
    const likely = others.filter((_, place) => ranked[place + 1].probability >= 0.01);
    return `${first}${likely.length ? `; else ${likely.join(", ")}` : ""}.`;
  }

  /** Say which characters the test images were that the network answered with this class. */
  function tellConfusions(name) {
    const answered = `this network answered with ${spoken(name)}`;
    if (!behind[name].length) return `There is no test image that ${answered}.`;
    const truth = behind[name].map(([other, share], place) => `${percent(share)}${place ? "" : " were"} ${spoken(other)}`);
    return `Of the test images that ${answered}, ${truth.join(", ").replace(/, ([^,]*)$/, " and $1")}.`;
  }

  function update() {
    asked = false;
    draw(area.getContext("2d"), PEN * area.width, getComputedStyle(area).color, ([x, y]) => [
      x * area.width,
      y * area.height,
    ]);
    const pixels = view();
    showView(pixels);
    const probabilities = pixels ? answer(pixels) : [];
    const ranked = Array.from(probabilities, (probability, label) => ({ name: classes[label], probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 5);
    showAnswer(ranked);
    byId("confusions").textContent = pixels ? tellConfusions(ranked[0].name) : "";
    // A screen reader is told when a stroke has ended, not at each of its points.
    if (drawing === null) byId("status").textContent = pixels ? tell(ranked) : "Nothing is written.";
  }

  function updateSoon() {
    if (!asked) requestAnimationFrame(update);
    asked = true;
  }

  function add(event) {
    const { left, top } = area.getBoundingClientRect();
    strokes[strokes.length - 1].push([
      (event.clientX - left - area.clientLeft) / area.clientWidth,
      (event.clientY - top - area.clientTop) / area.clientHeight,
    ]);
  }

  area.addEventListener("pointerdown", (event) => {
    if (drawing !== null || event.button !== 0) return;
    drawing = event.pointerId;
    area.setPointerCapture(drawing);
    strokes.push([]);
    add(event);
    updateSoon();
    event.preventDefault(); // else a mouse selects the text beside
  });
  area.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    const between = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    (between.length ? between : [event]).forEach(add);
    updateSoon();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    area.addEventListener(end, (event) => {
      if (event.pointerId !== drawing) return;
      drawing = null;
      updateSoon();
    });
  }

  function takeBack(count) {
    strokes = count ? strokes.slice(0, -count) : [];
    updateSoon();
  }
  undo.addEventListener("click", () => takeBack(1));
  clear.addEventListener("click", () => takeBack(0));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, [contenteditable]") || drawing !== null) return;
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key === "z") takeBack(1);
    else if (event.key === "Delete") takeBack(0);
    else return;
    event.preventDefault();
  });

  // The ink has the colour of the text, which changes with the theme.
  new MutationObserver(updateSoon).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(forced-colors: active)").addEventListener("change", updateSoon);

  byId("tool").hidden = false;
  update();
})();
