// Pages that stay open: parts that renew themselves, a server that is away, a session that ended. Works on every page.
(function () {
  "use strict";
  var QUIET_MS = 60000, AGAIN_MS = 5000, TYPED = "input:not([type=hidden]), textarea, select";
  var offline = document.getElementById("offline"), over = document.getElementById("session-over");
  var seen = Date.now(), hiddenAt = 0, waiting = null, kept = null;

  function plain(html) {
    return new DOMParser().parseFromString(html, "text/html").body.textContent.replace(/\s+/g, " ").trim();
  }

  // ---- parts that renew themselves -------------------------------------------------------------------------------
  // Nobody looks at a hidden page: it rests, and is renewed once when somebody comes back.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (event.detail.elt.hasAttribute("data-polls") && (document.hidden || over.open)) { event.preventDefault(); }
  });

  document.addEventListener("visibilitychange", function () {
    if (document.hidden) { hiddenAt = Date.now(); return; }
    if (over.open) { askWhetherSignedIn(); }
    if (!hiddenAt || Date.now() - hiddenAt < 2000) { return; }
    hiddenAt = 0;
    document.querySelectorAll("[data-polls][hx-get]").forEach(function (part, place) {
      // One after the other, and not all browsers of an office in the same moment.
      setTimeout(function () { renew(part); }, place * 300 + Math.random() * 700);
    });
  });

  function renew(part) {
    if (part.isConnected && !document.hidden) {
      window.htmx.ajax("GET", part.getAttribute("hx-get"), { source: part, target: part, swap: "outerHTML" });
    }
  }

  // Whoever has a menu open in it, writes in it or marks a text of it is not disturbed: the next answer will do.
  function isUsed(part) {
    var marked = document.getSelection();
    return part.querySelector("details.menu[open]") || part.matches(":focus-within") && document.activeElement.matches(TYPED)
      || marked && !marked.isCollapsed && part.contains(marked.anchorNode);
  }

  function pathTo(part, element) {
    var all = part.querySelectorAll("a, button, summary, [tabindex]"), place = Array.prototype.indexOf.call(all, element);
    return { id: element.id, place: place, text: element.textContent };
  }

  document.addEventListener("htmx:beforeSwap", function (event) {
    var part = event.detail.target;
    if (!part.hasAttribute || !part.hasAttribute("data-polls")) { return; }
    if (isUsed(part)) { event.detail.shouldSwap = false; return; }
    kept = {
      focus: part.contains(document.activeElement) ? pathTo(part, document.activeElement) : null,
      folds: Array.from(part.querySelectorAll("details:not(.menu)"), function (fold) { return fold.open; }),
      id: part.id
    };
  });

  document.addEventListener("htmx:afterSwap", function () {
    var part = kept && document.getElementById(kept.id), was = kept && kept.focus;
    if (!part) { return; }
    part.querySelectorAll("details:not(.menu)").forEach(function (fold, place) {
      if (kept.folds[place] !== undefined) { fold.open = kept.folds[place]; }
    });
    if (was) {
      var all = part.querySelectorAll("a, button, summary, [tabindex]");
      var same = was.id ? document.getElementById(was.id) : all[was.place];
      if (!same || same.textContent !== was.text) {
        same = Array.from(all).find(function (one) { return one.textContent === was.text; }) || same;
      }
      if (same) { same.focus({ preventScroll: true }); }
    }
    kept = null;
  });

  // ---- a server that is away -------------------------------------------------------------------------------------
  function lost() {
    if (!offline.hidden) { return; }
    offline.hidden = false;
    waiting = setInterval(function () {
      if (document.hidden) { return; }
      fetch("/healthz", { cache: "no-store", credentials: "omit" }).then(function (answer) { if (answer.ok) { back(); } }, function () {});
    }, AGAIN_MS);
  }

  function back() {
    clearInterval(waiting);
    offline.hidden = true;
  }

  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:afterOnLoad", function () { seen = Date.now(); if (!offline.hidden) { back(); } });
  document.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status !== 401) { window.sintonia.toast(plain(event.detail.xhr.responseText), true); }
  });

  // ---- a session that ended --------------------------------------------------------------------------------------
  function isChanged(field) {
    if (field.type === "checkbox" || field.type === "radio") { return field.checked !== field.defaultChecked; }
    if (field.options) { return Array.from(field.options).some(function (one) { return one.selected !== one.defaultSelected; }) && field.dataset.touched !== undefined; }
    return field.type === "file" ? field.value !== "" : field.value !== field.defaultValue;
  }

  function hasWork() {
    return Array.from(document.querySelectorAll("form[method=post]")).some(function (form) {
      return Array.from(form.querySelectorAll(TYPED)).some(isChanged);
    });
  }

  document.addEventListener("change", function (event) { if (event.target.options) { event.target.dataset.touched = ""; } });

  function tell() { if (!over.open) { over.showModal(); } }

  // htmx would follow at once to the sign-in, and what was typed would be gone.
  document.addEventListener("htmx:beforeOnLoad", function (event) {
    if (event.detail.xhr.status === 401 && hasWork()) { event.preventDefault(); tell(); }
  });

  function whoIsThere() {
    return fetch(document.body.dataset.session, { headers: { "HX-Request": "true" }, cache: "no-store" }).then(function (answer) {
      return answer.ok ? answer.json() : null;
    });
  }

  // Another session has other tokens: the forms of this page take the new one, or they would be refused.
  function takeToken(token) {
    document.querySelectorAll("input[name=csrf_token]").forEach(function (field) { field.value = token; });
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    seen = Date.now();
  }

  function askWhetherSignedIn() {
    whoIsThere().then(function (found) {
      if (found) { takeToken(found.csrf_token); over.close(""); }
    }, lost);
  }
  window.addEventListener("focus", function () { if (over.open) { askWhetherSignedIn(); } });

  // A page that stood for long: is there still a session, and a server? Only then the form leaves the page.
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (form.method !== "post" || form.dataset.checked !== undefined || Date.now() - seen < QUIET_MS) { return; }
    if (event.defaultPrevented || !form.closest(".page-main")) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    whoIsThere().then(function (found) {
      if (!found) { tell(); return; }
      takeToken(found.csrf_token);
      form.dataset.checked = "";
      if (form.dataset.confirm || (button && button.dataset.confirm)) { form.dataset.agreed = ""; }
      form.requestSubmit(button && button.form === form ? button : undefined);
      delete form.dataset.checked;
    }, lost);
  }, true);

  // ---- a page for the time without a server ----------------------------------------------------------------------
  if ("serviceWorker" in navigator && document.getElementById("menu")) {
    window.addEventListener("load", function () {
      navigator.serviceWorker.register("/offline-worker.js?language=" + document.documentElement.lang, { updateViaCache: "all" }).catch(function () {});
    });
  }
})();
