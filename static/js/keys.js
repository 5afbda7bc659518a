// Single-key shortcuts: a control says its own with data-key ("/" and "n"); "?" opens <dialog id="keys">.
// They can be switched off there (WCAG 2.1.4); the browser remembers it.
(() => {
  const STORE = "keys-off";
  const help = document.getElementById("keys");
  const isOff = () => localStorage.getItem(STORE) === "1";
  const isTyping = (element) => element.closest("input, select, textarea, [contenteditable]");

  function press(key) {
    if (key === "?") return help?.showModal();
    const control = document.querySelector(`[data-key="${key}"]`);
    if (!control) return;
    control.focus();
    if (control.matches("input")) control.select();
    else control.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (!["/", "n", "?"].includes(event.key) || isOff() || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    press(event.key);
  });

  for (const button of document.querySelectorAll("[data-keys-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => help?.showModal());
  }

  help?.addEventListener("click", (event) => event.target.closest("[data-close]") && help.close());

  const box = document.querySelector("[data-keys-switch]");
  if (box) {
    box.checked = !isOff();
    box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "0" : "1"));
  }
})();
