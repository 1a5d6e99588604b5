// The recipe's text with colours, and its problems beside their lines. Without this file a plain text field does it.
// The editor itself is a hundred kilobytes: it is fetched when somebody first goes into the text, not by who only looks.
(function () {
  "use strict";
  var field = document.querySelector("[data-recipe-editor]"), needs = document.currentScript.dataset.needs.split(" ");
  if (!field) { return; }

  function fetchNext() {
    var script = document.createElement("script");
    if (!needs.length) { begin(document.activeElement === field); return; }
    script.src = needs.shift();
    script.addEventListener("load", fetchNext);
    document.head.append(script);
  }

  function wanted(event) {
    if (event.target !== field && !event.target.closest("a[data-line]")) { return; }
    ["focusin", "pointerover"].forEach(function (name) { document.removeEventListener(name, wanted); });
    fetchNext();
  }
  ["focusin", "pointerover"].forEach(function (name) { document.addEventListener(name, wanted); });

  function begin(inside) {
    var marked = [], place = field.selectionStart;
    var editor = window.CodeMirror.fromTextArea(field, {
      mode: "toml",
      lineNumbers: true,
      lineWrapping: false,
      // The text itself has the focus, inside of what scrolls: readers and keys reach it.
      inputStyle: "contenteditable",
      indentUnit: 2,
      gutters: ["CodeMirror-linenumbers", "problem-gutter"],
      screenReaderLabel: field.dataset.recipeEditor,
      // Tab leaves the editor as it leaves every field: whoever has no mouse must get out again.
      extraKeys: { Tab: false, "Shift-Tab": false }
    });

    // CodeMirror calls it presentation, yet it is what one writes in.
    editor.getInputField().setAttribute("role", "textbox");
    editor.getInputField().setAttribute("aria-multiline", "true");

    // htmx watches the field itself; it checks when writing pauses.
    editor.on("change", function (_editor, change) {
      if (change.origin === "setValue") { return; }
      editor.save();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });

    function mark() {
      marked.forEach(function (line) { editor.removeLineClass(line, "background", "problem-line"); });
      editor.clearGutter("problem-gutter");
      marked = [];
      document.querySelectorAll("[data-problem-line]").forEach(function (item) {
        var number = Number(item.dataset.problemLine) - 1;
        if (number < 0 || number >= editor.lineCount()) { return; }
        var sign = document.createElement("span");
        sign.className = "problem-mark";
        sign.textContent = "!";
        sign.title = item.querySelector(".problem-text").textContent;
        editor.setGutterMarker(number, "problem-gutter", sign);
        marked.push(editor.addLineClass(number, "background", "problem-line"));
      });
    }

    document.addEventListener("click", function (event) {
      var link = event.target.closest("a[data-line]");
      if (link) {
        event.preventDefault();
        editor.setCursor(Number(link.dataset.line) - 1, 0);
        editor.scrollIntoView(null, 120);
        editor.focus();
      }
      // Drawn while its tab was hidden it has no size: measured again once it is seen.
      if (event.target.closest("[data-tabs]")) { setTimeout(function () { editor.refresh(); }, 0); }
    });
    document.addEventListener("htmx:afterSwap", mark);
    document.querySelector("label[for='" + field.id + "']").addEventListener("click", function () { editor.focus(); });
    mark();
    if (inside) { editor.setCursor(editor.posFromIndex(place)); editor.focus(); }
  }
})();
