// The page for the time without a server: tries again by itself, and on the button.
(function () {
  "use strict";
  var AGAIN_MS = 5000, button = document.querySelector("[data-retry]");
  function again() { location.reload(); }
  button.hidden = false;
  button.addEventListener("click", again);
  window.addEventListener("online", again);
  // Opened by its own address there is nothing to come back to.
  if (location.pathname === "/offline") { return; }
  setInterval(function () {
    if (document.hidden) { return; }
    fetch("/healthz", { cache: "no-store", credentials: "omit" }).then(function (answer) { if (answer.ok) { again(); } }, function () {});
  }, AGAIN_MS);
})();
