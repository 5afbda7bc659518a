// In the search field of a .picker, Enter looks for choices; without this it would send the whole form.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches('.picker input[type="search"]')) return;
  event.preventDefault();
  event.target.closest(".picker").querySelector("button")?.click();
});
