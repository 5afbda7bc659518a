// A part of a page that renews itself waits while somebody is in it: what they opened would close, and the focus be lost.
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (!part.matches("[hx-trigger^='every']")) return;
  const focus = part.contains(document.activeElement) ? document.activeElement : null;
  // What has an id keeps the focus when it is renewed.
  if (part.querySelector("details[open]") || (focus && !focus.id)) event.preventDefault();
});
