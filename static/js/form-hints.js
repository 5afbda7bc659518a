// Shows only the fields that belong to what is chosen: data-show-when="benefit=percentage|fixed_amount".
// Without this script all of them stay visible, and the server reads only those of the chosen kind.
(() => {
  function refresh(form) {
    const data = new FormData(form);
    for (const part of form.querySelectorAll("[data-show-when]")) {
      const [name, values] = part.dataset.showWhen.split("=");
      const chosen = data.getAll(name);
      part.hidden = !values.split("|").some((value) => chosen.includes(value));
    }
  }

  function refreshIn(root) {
    const inside = root.closest?.("form");
    if (inside) refresh(inside);
    root.querySelectorAll("form").forEach(refresh);
  }

  document.addEventListener("change", (event) => event.target.form && refresh(event.target.form));
  document.addEventListener("htmx:load", (event) => refreshIn(event.detail.elt));
  refreshIn(document);
})();
