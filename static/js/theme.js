// Before the first paint: the theme that was chosen, else the system's.
(function () {
  "use strict";
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function chosen() {
    try { return localStorage.getItem("theme"); } catch (error) { return null; }
  }
  function show() {
    document.documentElement.setAttribute("data-bs-theme", chosen() || (system.matches ? "dark" : "light"));
  }
  show();
  system.addEventListener("change", show);
})();
