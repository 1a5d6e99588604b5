// Small comforts. Every page works without this file.
(function () {
  "use strict";
  var root = document.documentElement;

  function toast(text, bad) {
    var box = document.getElementById("toasts");
    var item = document.createElement("div");
    item.className = "toast-item" + (bad ? " is-bad" : "");
    item.textContent = text;
    box.replaceChildren(item);
    setTimeout(function () { item.remove(); }, 8000);
  }

  function plain(html) {
    return new DOMParser().parseFromString(html, "text/html").body.textContent.replace(/\s+/g, " ").trim();
  }

  function enhance(part) {
    part.querySelectorAll("[data-theme-toggle], [data-copy], [data-back]").forEach(function (button) { button.hidden = false; });
    part.querySelectorAll("[data-only-with]").forEach(showGroup);
  }

  // Products of the chosen integration only; without script all groups stay visible, named.
  function showGroup(group) {
    var select = document.getElementById(group.dataset.onlyWith);
    group.hidden = select.value !== group.dataset.value;
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-toggle], [data-copy], [data-back]");
    if (!button) { closeMenus(event.target); return; }
    if (button.dataset.copy !== undefined) { copy(button); return; }
    if (button.dataset.back !== undefined) { history.back(); return; }
    var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    try { localStorage.setItem("theme", theme); } catch (error) { /* private window: lasts for this page */ }
  });

  function copy(button) {
    navigator.clipboard.writeText(new URL(button.dataset.copy, location.href).href).then(function () {
      document.getElementById("live").textContent = button.dataset.done;
      button.classList.add("is-done");
      setTimeout(function () { button.classList.remove("is-done"); }, 1500);
    });
  }

  function closeMenus(target) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (!menu.contains(target)) { menu.open = false; }
    });
  }

  document.addEventListener("submit", function (event) {
    var question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    sendOnce(event);
  }, true);

  // A second click while the first is under way would send the form again.
  function sendOnce(event) {
    var form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) { return; }
    if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
    form.dataset.sent = "";
    setTimeout(function () { delete form.dataset.sent; }, 8000);
  }

  // The page as the browser kept it, come back to: its forms may be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  document.addEventListener("change", function (event) {
    document.querySelectorAll("[data-only-with='" + CSS.escape(event.target.id) + "']").forEach(showGroup);
  });

  // Nobody looks at a hidden page: polling waits.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && event.detail.elt.hasAttribute("data-polls")) { event.preventDefault(); }
  });
  document.addEventListener("htmx:responseError", function (event) { toast(plain(event.detail.xhr.responseText), true); });
  document.addEventListener("htmx:sendError", function () { toast(document.body.dataset.offline || "…", true); });
  document.addEventListener("htmx:load", function (event) { enhance(event.detail.elt); });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { closeMenus(document.body); } });
  enhance(document);
})();
