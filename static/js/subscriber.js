// Copies a text that stands on the page; without this file it is selected by hand.
(function () {
  "use strict";

  function show(part) {
    part.querySelectorAll("[data-copies]").forEach(function (button) { button.hidden = !navigator.clipboard; });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copies]");
    if (!button) { return; }
    navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value).then(function () {
      document.getElementById("live").textContent = button.dataset.done;
      button.classList.add("is-done");
      setTimeout(function () { button.classList.remove("is-done"); }, 1500);
    });
  });
  document.addEventListener("htmx:load", function (event) { show(event.detail.elt); });
  show(document);
})();
