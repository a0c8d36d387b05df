// A drawing -> EMNIST's 28x28 pixels: the steps of emnist_utils/data/handwriting.py, which tells where they are from.
"use strict";

const toEmnist = (() => {
  const SIDE = 28;
  const LONGER_SIDE = 49; // of a character in the bitmaps that EMNIST was made from, in pixels
  const MARGIN = 6;
  const TAPS = gaussian();

  /**
   * Convert a drawing of one character to the form of EMNIST's images.
   *
   * The same pixels come out as of Python's to_emnist for a grey picture whose ground is 0, but that pictures of 128x128
   * are no exception here.
   *
   * @param {ArrayLike<number>} ink how much ink there is in each pixel, 0 to 255, row by row
   * @param {number} width of the drawing in pixels; the height follows
   * @returns {Uint8Array|null} 28x28 pixels, upright, ink 255, row by row; null where nothing is drawn
   */
  function toEmnist(ink, width) {
    const height = ink.length / width;
    const most = ink.reduce((a, b) => Math.max(a, b), 0);
    if (!most) return null;
    const threshold = Math.fround(otsu(ink, most));
    const darkness = Float32Array.from(ink, (grey) => grey / most);
    const drawn = box(darkness, width, height, threshold);
    const factor = LONGER_SIDE / Math.max(drawn.width, drawn.height);
    const across = Math.max(1, roundHalfToEven(drawn.width * factor));
    const down = Math.max(1, roundHalfToEven(drawn.height * factor));
    const grey = resize(cut(darkness, width, drawn), drawn.width, drawn.height, across, down);
    const kept = box(grey, across, down, threshold);
    if (!kept) return null; // strokes so thin that nothing is left of them
    const binary = cut(grey, across, kept).map((value) => Number(value > threshold));
    return blurAndSample(binary, kept.width, kept.height);
  }

  /** Return Otsu's threshold, 0 to 1, of grey levels whose greatest is `most`. */
  function otsu(ink, most) {
    const counts = new Float64Array(256);
    for (const grey of ink) counts[Math.min(255, Math.floor((grey * 256) / most))] += 1;
    const total = counts.reduce((sum, count, bin) => sum + (count * (bin + 0.5)) / 256, 0);
    const spreads = [];
    let below = 0;
    let mass = 0;
    for (let bin = 0; bin < 255; bin++) {
      below += counts[bin];
      mass += (counts[bin] * (bin + 0.5)) / 256;
      const above = ink.length - below;
      const gap = mass / below - (total - mass) / above;
      spreads.push(below && above ? below * above * gap ** 2 : 0);
    }
    const best = Math.max(...spreads) * (1 - 1e-12);
    const plateau = spreads.flatMap((spread, bin) => (spread >= best ? [(bin + 1) / 256] : []));
    return plateau.reduce((sum, edge) => sum + edge, 0) / plateau.length;
  }

  /** Return the smallest rectangle that holds all pixels above a threshold, or null where there is none. */
  function box(grey, width, height, threshold) {
    let [left, right, top, bottom] = [width, -1, height, -1];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (grey[y * width + x] > threshold) {
          left = Math.min(left, x);
          right = Math.max(right, x);
          top = Math.min(top, y);
          bottom = y;
        }
      }
    }
    return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  function cut(grey, width, { left, top, width: columns, height: rows }) {
    return Float32Array.from({ length: rows * columns }, (_, place) => {
      const y = Math.floor(place / columns);
      return grey[(top + y) * width + left + (place - y * columns)];
    });
  }

  /** Resize bicubically, first across and then down, as Pillow does (libImaging/Resample.c). */
  function resize(grey, width, height, newWidth, newHeight) {
    const rows = new Float32Array(newWidth * height);
    weights(width, newWidth).forEach(({ first, shares }, x) => {
      for (let y = 0; y < height; y++) {
        rows[y * newWidth + x] = shares.reduce((sum, share, k) => sum + share * grey[y * width + first + k], 0);
      }
    });
    const both = new Float32Array(newWidth * newHeight);
    weights(height, newHeight).forEach(({ first, shares }, y) => {
      for (let x = 0; x < newWidth; x++) {
        both[y * newWidth + x] = shares.reduce((sum, share, k) => sum + share * rows[(first + k) * newWidth + x], 0);
      }
    });
    return both;
  }

  /** Return for each new pixel the first old one that it is made of, and the shares of this one and the next ones. */
  function weights(length, newLength) {
    const scale = length / newLength;
    const stretch = Math.max(scale, 1);
    return Array.from({ length: newLength }, (_, place) => {
      const centre = (place + 0.5) * scale;
      const first = Math.max(0, Math.trunc(centre - 2 * stretch + 0.5));
      const last = Math.min(length, Math.trunc(centre + 2 * stretch + 0.5));
      const raw = Array.from({ length: last - first }, (_, k) => bicubic((first + k - centre + 0.5) / stretch));
      const sum = raw.reduce((a, b) => a + b, 0);
      return { first, shares: raw.map((share) => share / sum) };
    });
  }

  function bicubic(distance) {
    const x = Math.abs(distance);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
  }

  /** Blur a binary drawing, centre it in a square with a margin, and take 28x28 samples of that. */
  function blurAndSample(binary, width, height) {
    const longer = Math.max(width, height);
    const across = samples(width, longer);
    const down = samples(height, longer);
    const rows = down.map((taps) => {
      const row = new Float64Array(width);
      for (const [y, tap] of taps) for (let x = 0; x < width; x++) row[x] += tap * binary[y * width + x];
      return row;
    });
    const grey = rows.flatMap((row) => across.map((taps) => taps.reduce((sum, [x, tap]) => sum + tap * row[x], 0)));
    const most = Math.max(...grey);
    return Uint8Array.from(grey, (value) => Math.floor((value / most) * 255 + 1e-9));
  }

  /** Return for each of the 28 samples of an axis the places [place, tap] that it adds up. */
  function samples(extent, longer) {
    const [length, first] =
      extent === longer ? [longer + 11, -MARGIN] : [longer + 10, -Math.floor((longer - extent) / 2) - MARGIN];
    const scale = SIDE / length;
    return Array.from({ length: SIDE }, (_, sample) => {
      const taken = first + Math.floor((sample + 1) / scale + (1 - 1 / scale) / 2 - 0.5);
      return TAPS.map((tap, t) => [taken + t - 3, tap]).filter(([place]) => place >= 0 && place < extent);
    });
  }

  function gaussian() {
    const taps = Array.from({ length: 8 }, (_, t) => Math.exp(-((t - 3.5) ** 2) / 2));
    const sum = taps.reduce((a, b) => a + b, 0);
    return taps.map((tap) => tap / sum);
  }

  function roundHalfToEven(value) {
    const below = Math.floor(value);
    return below + Number(value - below > 0.5 || (value - below === 0.5 && below % 2 === 1));
  }

  return toEmnist;
})();
