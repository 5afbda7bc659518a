// Counts the ticked rows of a list and ticks all of them at once.
// Markup: boxes name="ids"; a hidden <label data-select-all> with the box for all; [data-bulk] with data-one and
// data-many ("{n} selected") around [data-bulk-count] and the buttons. [data-bulk-all] in it, with the box for all that
// match beyond this page, is offered once the whole page is ticked.
(() => {
  const boxes = () => [...document.querySelectorAll('input[type="checkbox"][name="ids"]')];

  function refresh() {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;

    for (const bar of document.querySelectorAll("[data-bulk]")) {
      const words = ticked === 1 ? bar.dataset.one : bar.dataset.many;
      const count = bar.querySelector("[data-bulk-count]");
      if (count) count.textContent = words.replace("{n}", ticked);
      const beyond = bar.querySelector("[data-bulk-all]");
      if (beyond) {
        beyond.hidden = all.length === 0 || ticked < all.length;
        if (beyond.hidden) beyond.querySelector("input").checked = false;
      }
      bar.classList.toggle("is-active", ticked > 0);
      bar.querySelectorAll("button").forEach((button) => (button.disabled = ticked === 0));
    }

    for (const label of document.querySelectorAll("[data-select-all]")) {
      const master = label.querySelector("input");
      label.hidden = all.length === 0;
      master.checked = ticked > 0 && ticked === all.length;
      master.indeterminate = ticked > 0 && ticked < all.length;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-all] input")) {
      for (const box of boxes()) box.checked = event.target.checked;
    }
    if (event.target.matches('[data-select-all] input, [name="ids"]')) refresh();
  });

  document.addEventListener("htmx:load", refresh);
  refresh();
})();
