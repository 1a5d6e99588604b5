// Everything by keys: "/" searches, "?" shows all of them, "g" and a letter goes somewhere, j and k walk through a list.
(function () {
  "use strict";
  var FOLLOWS_MS = 1500;
  var sheet = document.getElementById("keys"), find = document.getElementById("find");
  var on = sheet.dataset.shortcuts === "on", went = 0;

  function isTyping(target) { return target.closest("input, textarea, select, [contenteditable], .CodeMirror, [role=textbox]"); }
  function isOpen() { return document.querySelector("dialog[open]"); }

  // The key that closes it, so that Enter does not switch anything off.
  function openSheet() { if (!sheet.open) { sheet.showModal(); sheet.querySelector("[data-no]").focus(); } }

  function rows() {
    return Array.from(document.querySelectorAll("main tbody tr")).filter(function (row) {
      return row.querySelector("a[href]") && row.offsetParent !== null;
    });
  }

  // The focus itself walks, on the link of each row: Enter opens it, and whoever listens hears it.
  function walk(step) {
    var all = rows(), here = all.findIndex(function (row) { return row.contains(document.activeElement); });
    var next = all[here === -1 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
    if (next) { next.querySelector("a[href]").focus(); }
  }

  function follow(link) { if (link) { link.click(); } }

  var DO = {
    "/": function () { if (find.offsetParent) { find.focus(); find.select(); } else { follow(document.querySelector(".top-find")); } },
    "?": openSheet,
    n: function () { follow(document.querySelector(".page-actions a[href$='/new'], .page-actions a[href*='/new?'], .page-actions a.btn-primary")); },
    j: function () { walk(1); },
    k: function () { walk(-1); }
  };

  document.addEventListener("keydown", function (event) {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target) || isOpen()) { return; }
    if (Date.now() - went < FOLLOWS_MS && /^[a-z]$/.test(event.key)) {
      went = 0;
      event.preventDefault();
      follow(document.querySelector("[data-go='" + event.key + "']"));
    } else if (event.key === "g") {
      went = Date.now();
    } else if (DO[event.key]) {
      event.preventDefault();
      DO[event.key]();
    }
  });

  document.querySelector("[data-keys]").addEventListener("click", openSheet);
  document.querySelector("[data-keys]").hidden = false;

  // ---- the sheet switches them off and on, for this browser -------------------------------------------------------
  sheet.querySelector("[data-shortcuts-toggle]").addEventListener("click", function (event) {
    on = !on;
    document.cookie = "shortcuts=" + (on ? "on" : "off") + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
    event.currentTarget.textContent = on ? event.currentTarget.dataset.off : event.currentTarget.dataset.on;
  });

  // ---- the search: arrows walk through what was found, Enter opens it, Escape leaves it ---------------------------
  find.setAttribute("role", "combobox");
  find.setAttribute("aria-expanded", "false");
  find.setAttribute("aria-controls", "find-hits");
  find.setAttribute("aria-autocomplete", "list");

  function hits() { return Array.from(document.querySelectorAll("#find-hits [role=option]")); }
  function close() {
    document.getElementById("find-hits").hidden = true;
    find.setAttribute("aria-expanded", "false");
    find.removeAttribute("aria-activedescendant");
  }

  function choose(step) {
    var all = hits(), here = all.findIndex(function (hit) { return hit.getAttribute("aria-selected") === "true"; });
    if (!all.length) { return; }
    var next = here === -1 ? (step > 0 ? 0 : all.length - 1) : (here + step + all.length) % all.length;
    all.forEach(function (hit, place) { hit.setAttribute("aria-selected", String(place === next)); });
    find.setAttribute("aria-activedescendant", all[next].id);
    all[next].scrollIntoView({ block: "nearest" });
  }

  find.addEventListener("keydown", function (event) {
    var open = !document.getElementById("find-hits").hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") { event.preventDefault(); choose(event.key === "ArrowDown" ? 1 : -1); }
    if (event.key === "Escape") { if (open) { event.stopPropagation(); close(); } else { find.blur(); } }
    var marked = open && hits().find(function (hit) { return hit.getAttribute("aria-selected") === "true"; });
    if (event.key === "Enter" && marked) { event.preventDefault(); marked.click(); }
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    if (event.target.id !== "find-hits" && (!event.detail.elt || event.detail.elt.id !== "find-hits")) { return; }
    var shown = !document.getElementById("find-hits").hidden && document.activeElement === find;
    find.setAttribute("aria-expanded", String(shown));
    if (!shown) { close(); }
  });
  document.addEventListener("click", function (event) { if (!event.target.closest("[data-find]")) { close(); } });
  document.addEventListener("focusin", function (event) { if (!event.target.closest("[data-find]")) { close(); } });
})();
