// A form holds something unsent once it was typed into, or when it came back with errors: it then has data-unsent.
// Leaving the page asks first for <form data-keep>; the dialog asks for any form (see dialog.js).
// Without this script the page is left unasked.
(() => {
  let sent = null;

  const mark = (form) => form.setAttribute("data-unsent", "");

  function prepare(root) {
    root.querySelectorAll("form:has(> .errors)").forEach(mark);
  }

  document.addEventListener("input", (event) => event.target.form && mark(event.target.form));

  // A form that htmx sends stays on the page until the answer is there.
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) sent = event.target;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status < 400) event.detail.elt.removeAttribute("data-unsent");
  });

  window.addEventListener("beforeunload", (event) => {
    const unsent = [...document.querySelectorAll("form[data-keep][data-unsent]")];
    if (unsent.some((form) => form !== sent)) event.preventDefault();
  });

  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);
})();
