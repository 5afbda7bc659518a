// <dialog id="modal">: opens when htmx has put something into it, and gives the focus back when it closes.
// It closes on Escape, on a click on [data-close], and when the server sends `HX-Trigger: modal-close`.
// What was typed (see unsent.js) is asked about first; the question is the dialog's data-leave.
(() => {
  const modal = document.getElementById("modal");
  if (!modal) return;

  let opener = null;

  const isUnsent = () => modal.querySelector("form[data-unsent]") !== null;
  const mayLeave = () => !isUnsent() || !modal.dataset.leave || window.confirm(modal.dataset.leave);

  function open(from) {
    opener = from;
    from?.closest("details.menu")?.removeAttribute("open");
    modal.showModal();
  }

  // The row that opened the dialog may have been replaced meanwhile: its twin is found by id.
  function giveFocusBack() {
    const twin = opener?.isConnected ? opener : document.getElementById(opener?.id || "main");
    const place = twin?.closest("details.menu")?.querySelector("summary") ?? twin;
    (place ?? document.getElementById("main"))?.focus();
    opener = null;
  }

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== modal || modal.childElementCount === 0) return;
    if (!modal.open) open(event.detail.requestConfig?.elt ?? document.activeElement);
    const heading = modal.querySelector("h1, h2");
    if (heading?.id) modal.setAttribute("aria-labelledby", heading.id);
    modal.scrollTop = 0;
    modal.querySelector("[autofocus]")?.focus();
  });

  document.addEventListener("modal-close", () => modal.close());

  modal.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    if (mayLeave()) modal.close();
  });

  modal.addEventListener("cancel", (event) => {
    if (!mayLeave()) event.preventDefault();
  });

  // `close` comes in a task of its own: the lists that changed with it have been swapped by then.
  modal.addEventListener("close", () => {
    modal.replaceChildren();
    modal.removeAttribute("aria-labelledby");
    giveFocusBack();
  });
})();
