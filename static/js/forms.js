// Comforts of forms: leaving with something unsaved is asked about, problems lead to their fields, long choices can
// be searched. Every form works without this file.
(function () {
  "use strict";
  var LONG = 12;
  // Forms that were sent, and forms of which a part came back from the server with what was typed in it.
  var sent = new WeakSet(), touched = new WeakSet();

  // --- Unsaved changes ---------------------------------------------------------------------------------------

  // A form that is filled in: not a filter, not a button with a question.
  function guarded(form) {
    return form.method === "post" && form.querySelector("[name=once]") && !form.closest("details.menu, dialog")
      && !form.matches(".inline-form, .filters, [data-unguarded]");
  }

  function differs(field) {
    if (field.type === "hidden" || field.disabled || field.hasAttribute("data-narrows") || field.hasAttribute("data-filters")) { return false; }
    if (field.type === "checkbox" || field.type === "radio") { return field.checked !== field.defaultChecked; }
    if (field.type === "file") { return field.files.length > 0; }
    if (field.options) { return field.value !== preset(field); }
    return field.value !== undefined && field.tagName !== "BUTTON" && field.value !== field.defaultValue;
  }

  function preset(select) {
    var options = all(select), chosen = options.find(function (one) { return one.defaultSelected; });
    return (chosen || options[0] || { value: "" }).value;
  }

  function unsaved(form) {
    if (!guarded(form) || sent.has(form)) { return false; }
    return touched.has(form) || form.querySelector("[data-typed]") !== null || Array.from(form.elements).some(differs);
  }

  function unsavedIn(part) {
    return Array.from(part.querySelectorAll("form")).concat(part.closest("form") || []).some(unsaved);
  }

  // The bar that saves comes into sight as soon as there is something to save.
  ["input", "change"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var form = event.target.closest("form");
      if (form) { form.classList.toggle("is-changed", unsaved(form)); }
    });
  });

  window.addEventListener("beforeunload", function (event) {
    if (unsavedIn(document.body)) { event.preventDefault(); event.returnValue = ""; }
  });
  // Last of all: whoever stops a form from being sent has done so by now.
  window.addEventListener("submit", function (event) { if (!event.defaultPrevented) { sent.add(event.target); } });
  window.addEventListener("pageshow", function () { sent = new WeakSet(); });

  document.addEventListener("htmx:beforeOnLoad", function (event) {
    var form = event.detail.elt.closest("form"), xhr = event.detail.xhr;
    if (form && xhr.status < 400 && xhr.getResponseHeader("HX-Redirect")) { sent.add(form); }
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    var asked = event.detail.requestConfig, form = asked && asked.verb === "post" && event.detail.elt.closest("form");
    if (form && event.detail.target.querySelector("input:not([type=hidden]), select, textarea")) { touched.add(form); }
  });
  // A link that swaps away a form in which something was typed.
  document.addEventListener("htmx:confirm", function (event) {
    var target = event.detail.target, own = event.detail.elt.closest("form");
    if (!target || (own && target.contains(own)) || (own && own.contains(target)) || !unsavedIn(target)) { return; }
    event.preventDefault();
    window.sintonia.question(document.body.dataset.unsaved, "", true).then(function (yes) {
      if (yes) { event.detail.issueRequest(true); }
    });
  });

  // --- A problem leads to its field --------------------------------------------------------------------------

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-leads]"), place = link && document.getElementById(link.hash.slice(1));
    if (!place) { return; }
    event.preventDefault();
    reveal(place);
    var field = place.matches("input, select, textarea") ? place
      : (place.closest("fieldset, .field") || place).querySelector("input:not([type=hidden]), select, textarea, button") || place;
    field.scrollIntoView({ block: "center" });
    field.focus();
  });

  function reveal(place) {
    var panel = place.closest(".tab-panel");
    if (panel && panel.hidden) { document.querySelector("[data-tabs] a[href='#" + CSS.escape(panel.id) + "']").click(); }
    for (var fold = place.closest("details"); fold; fold = fold.parentElement.closest("details")) { fold.open = true; }
  }

  // --- A long choice can be searched -------------------------------------------------------------------------

  function enhance(part) {
    part.querySelectorAll("input[data-narrows]").forEach(function (box) {
      var select = document.getElementById(box.dataset.narrows);
      box.hidden = !select || select.disabled || all(select).length <= LONG;
    });
  }

  function all(select) {
    if (!select.everything) { select.everything = Array.from(select.options); }
    return select.everything;
  }

  function folded(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim(); }

  function matching(box, select) {
    var words = folded(box.value).split(/\s+/);
    return all(select).filter(function (one) {
      var text = folded(one.text);
      return words.every(function (word) { return text.indexOf(word) !== -1; });
    });
  }

  document.addEventListener("input", function (event) {
    var box = event.target;
    if (!box.dataset.narrows) { return; }
    event.stopPropagation();
    var select = document.getElementById(box.dataset.narrows), value = select.value, found = matching(box, select);
    // What is chosen stays chosen: narrowing alone changes nothing.
    select.replaceChildren.apply(select, all(select).filter(function (one) { return one.value === value || found.indexOf(one) !== -1; }));
    select.value = value;
    document.getElementById("live").textContent = String(found.length);
  }, true);

  document.addEventListener("keydown", function (event) {
    var box = event.target;
    if (!box.dataset || !box.dataset.narrows) { return; }
    var select = document.getElementById(box.dataset.narrows);
    if (event.key === "ArrowDown") { event.preventDefault(); select.focus(); }
    if (event.key !== "Enter") { return; }
    event.preventDefault();
    var found = matching(box, select).filter(function (one) { return one.value !== ""; });
    if (found.length !== 1 || box.value.trim() === "") { select.focus(); return; }
    select.value = found[0].value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    select.focus();
  });

  document.addEventListener("htmx:load", function (event) { enhance(event.detail.elt); });
  enhance(document);
})();
