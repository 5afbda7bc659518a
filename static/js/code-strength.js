// Says while a code is typed how hard it is to guess. Advice only: the server decides nothing by it.
// Markup: <input data-strength="id"> and <p id hidden data-weak data-fair data-strong><meter><output>.
(() => {
  const WORD_BITS = 13;
  const BITS = { letters: 4.7, digits: 3.3, mixed: 5 };

  // A pronounceable run counts as one word of a dictionary, whatever its length.
  const isWord = (run) => run.length > 3 && /[AEIOUY]/.test(run) && !/[^AEIOUY]{5}/.test(run);

  function bits(text) {
    const key = text.toUpperCase().replace(/[^A-Z0-9]/g, "");
    const words = (key.match(/[A-Z]+/g) ?? []).filter(isWord);
    const rest = words.reduce((left, word) => left.replace(word, ""), key);
    const each = !/[A-Z]/.test(rest) ? BITS.digits : !/[0-9]/.test(rest) ? BITS.letters : BITS.mixed;
    const repeats = new Set(rest).size / (rest.length || 1);
    return words.length * WORD_BITS + rest.length * each * Math.min(1, 0.4 + repeats);
  }

  function refresh(input) {
    const box = document.getElementById(input.dataset.strength);
    if (!box) return;
    const strength = bits(input.value);
    box.hidden = input.value.trim() === "";
    box.querySelector("meter").value = Math.min(strength, 80);
    const word = strength < 40 ? box.dataset.weak : strength < 64 ? box.dataset.fair : box.dataset.strong;
    const output = box.querySelector("output");
    if (output.value !== word) output.value = word;
  }

  const refreshIn = (root) => {
    if (root.matches?.("[data-strength]")) refresh(root);
    root.querySelectorAll("[data-strength]").forEach(refresh);
  };

  document.addEventListener("input", (event) => event.target.matches("[data-strength]") && refresh(event.target));
  document.addEventListener("htmx:load", (event) => refreshIn(event.detail.elt));
  refreshIn(document);
})();
