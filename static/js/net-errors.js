// When htmx gets no answer, or one it does not show, the status line says so; the form keeps what was typed.
// The words are data-offline and data-failed of <div id="status">.
(() => {
  const status = document.getElementById("status");
  if (!status) return;

  const place = () => document.querySelector("dialog[open] [data-status]") ?? status;

  function say(words) {
    const line = document.createElement("div");
    line.className = "status__line status__line--bad";
    line.append(document.createElement("p"));
    line.firstChild.textContent = words;
    place().replaceChildren(line);
  }

  // What could not be done is over once something can.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) place().querySelector(".status__line--bad")?.remove();
  });
  // An open dialog covers the status line, and nothing outside of it is read out: it has a place of its own.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "status") event.detail.target = place();
  });
  document.addEventListener("htmx:sendError", () => say(status.dataset.offline));
  document.addEventListener("htmx:timeout", () => say(status.dataset.offline));
  document.addEventListener("htmx:responseError", (event) => {
    // A page of ours says itself what is wrong, and was put into the status line already.
    const type = event.detail.xhr.getResponseHeader("content-type") || "";
    if (!type.startsWith("text/html")) say(status.dataset.failed);
  });
})();
