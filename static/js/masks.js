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
