// A trained network's answer, computed by TensorFlow.js from the description that the page holds.
"use strict";

const readNetwork = (() => {
  const ACTIVATIONS = {
    relu: (x) => tf.relu(x),
    silu: (x) => tf.mul(x, tf.sigmoid(x)),
  };

  // Each layer takes the outputs of those that it names as its inputs; number 0 is the image.
  const LAYERS = {
    rescale: ({ scale, offset }) => (x) => tf.add(tf.mul(x, scale), offset),
    conv: ({ strides, padding }, kernel, bias) => (x) => tf.add(tf.conv2d(x, kernel, strides, padding), bias),
    activation: ({ name }) => ACTIVATIONS[name],
    "max-pool": ({ size, strides, padding }) => (x) => tf.maxPool(x, size, strides, padding),
    add: () => (...several) => tf.addN(several),
    flatten: () => (x) => tf.reshape(x, [x.shape[0], -1]),
    dense: (_, kernel, bias) => (x) => tf.add(tf.matMul(x, kernel), bias),
  };

  /**
   * Return a function that answers images.
   *
   * @param {{layers: object[], weights: string}} description by emnist_utils/report/browser_network.py: the layers in
   *   order, and all weights as 16-bit floats in base64
   * @returns {function(Uint8Array): Float32Array} n images of 28x28 pixels, ink 255 -> n times a probability a class
   */
  function readNetwork(description) {
    tf.enableProdMode();
    tf.setBackend("cpu");
    const weights = halfFloats(Uint8Array.from(atob(description.weights), (character) => character.charCodeAt(0)));
    let used = 0;
    const layers = description.layers.map(({ kind, inputs, shapes = [], ...settings }) => {
      const tensors = shapes.map((shape) => {
        const size = shape.reduce((a, b) => a * b, 1);
        used += size;
        return tf.tensor(weights.subarray(used - size, used), shape);
      });
      return { inputs, apply: LAYERS[kind](settings, ...tensors) };
    });
    return (pixels) =>
      tf.tidy(() => {
        const outputs = [tf.tensor(Float32Array.from(pixels), [pixels.length / 784, 28, 28, 1])];
        for (const { inputs, apply } of layers) outputs.push(apply(...inputs.map((number) => outputs[number])));
        return tf.softmax(outputs[outputs.length - 1]).dataSync();
      });
  }

  /** Decode little-endian IEEE 754 numbers of 16 bits; there are none without a finite value. */
  function halfFloats(bytes) {
    const view = new DataView(bytes.buffer);
    return Float32Array.from({ length: bytes.length / 2 }, (_, place) => {
      const bits = view.getUint16(2 * place, true);
      const exponent = (bits >> 10) & 31;
      const fraction = bits & 1023;
      const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
      return bits >> 15 ? -size : size;
    });
  }

  return readNetwork;
})();
