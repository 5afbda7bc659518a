// <button data-copy="id" hidden>: copies the text or value of the element with that id and says so.
(() => {
  function prepare(root) {
    for (const button of root.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    const source = button && document.getElementById(button.dataset.copy);
    if (!source) return;
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    if (button.dataset.copied) button.textContent = button.dataset.copied;
  });

  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
})();
