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

// Writes CPF, CNPJ, phone numbers and money properly while they are typed: <input data-mask="document|phone|money">.
// The server understands them however they are written; what is not understood here is left as it was typed.
(function () {
  "use strict";
  var COMMA = /^(pt|es)/.test(document.documentElement.lang);

  function signs(text) { return text.toUpperCase().replace(/[^0-9A-Z]/g, ""); }

  // "529982247" by "###.###.###-##": 529.982.247
  function laid(text, shape) {
    var out = "", at = 0;
    for (var sign of shape) {
      if (at >= text.length) { break; }
      out += sign === "#" ? text[at++] : sign;
    }
    return out;
  }

  var WRITE = {
    document: function (text) {
      var found = signs(text);
      if (found.length > 14) { return text; }
      return laid(found, /^\d{0,11}$/.test(found) ? "###.###.###-##" : "##.###.###/####-##");
    },
    phone: function (text) {
      var digits = text.replace(/\D/g, ""), abroad = /^\s*(\+|00)/.test(text) && !/^0*55/.test(digits);
      if (abroad || /[a-z]/i.test(text)) { return text; }
      var country = digits.length > 11 && /^0*55/.test(digits) || /^\s*\+/.test(text);
      var local = (country ? digits.replace(/^0*55/, "") : digits).replace(/^0+/, "");
      if (local.length > 11 || local === "") { return text; }
      return (country ? "+55 " : "") + laid(local, local.length > 10 ? "(##) #####-####" : "(##) ####-####");
    },
    money: function (text) { return written(text, false); }
  };

  // Groups thousands; with ``whole`` also gives the cents their two digits.
  function written(text, whole) {
    var bare = text.replace(/R\$|\s/g, ""), mark = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    if (!/^[\d.,]+$/.test(bare)) { return text; }
    var cents = mark === -1 ? null : bare.slice(mark + 1), decimal = COMMA ? "," : ".";
    if (cents !== null && cents.length > 2) {
      if (bare[mark] === decimal || !/^\d{1,3}([.,]\d{3})+$/.test(bare)) { return text; }
      cents = null;
    }
    var digits = (cents === null ? bare : bare.slice(0, mark)).replace(/[.,]/g, "").replace(/^0+(?=\d)/, "") || "0";
    var grouped = digits.replace(/\B(?=(\d{3})+$)/g, COMMA ? "." : ",");
    if (cents === null && !whole) { return grouped; }
    return grouped + decimal + (whole ? ((cents || "") + "00").slice(0, 2) : cents);
  }

  document.addEventListener("input", function (event) {
    var field = event.target, write = WRITE[field.dataset && field.dataset.mask];
    // Who deletes is not written over: else a stroke that was just removed comes back.
    if (!write || event.isComposing || /^delete/.test(event.inputType || "")) { return; }
    var text = write(field.value);
    if (text === field.value) { return; }
    var before = signs(field.value.slice(0, field.selectionStart)).length;
    field.value = text;
    var place = placeAfter(text, before);
    field.setSelectionRange(place, place);
  }, true);

  // Where the cursor stands with as many letters and digits before it as there were; at the end it stays there.
  function placeAfter(text, count) {
    if (signs(text).length <= count) { return text.length; }
    for (var at = 0; count > 0 && at < text.length; at++) {
      if (/[0-9a-z]/i.test(text[at])) { count--; }
    }
    return at || 0;
  }

  document.addEventListener("focusout", function (event) {
    var field = event.target, kind = field.dataset && field.dataset.mask;
    if (!WRITE[kind] || field.value === field.defaultValue || field.value.trim() === "") { return; }
    field.value = kind === "money" ? written(field.value, true) : WRITE[kind](field.value);
  });
})();
