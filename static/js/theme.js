// Before the first paint: the theme that was chosen for this browser, else the system's; and that there is JavaScript.
(function () {
  "use strict";
  var root = document.documentElement, system = window.matchMedia("(prefers-color-scheme: dark)");
  function show() {
    root.setAttribute("data-bs-theme", root.getAttribute("data-theme") || (system.matches ? "dark" : "light"));
  }
  root.classList.add("js");
  show();
  system.addEventListener("change", show);
})();
