// What a page says and asks beside its content: toasts, and a question before something is done. Without this file
// messages stand in the page, and pages ask for themselves where much hangs on it.
(function () {
  "use strict";
  var SHOWN_MS = 8000, WITH_UNDO_MS = 15000, MOST = 3;
  var box = document.getElementById("toasts"), ask = document.getElementById("ask");

  // Stays while somebody looks at it: pointer over it, focus in it, or another tab before it.
  function leaveLater(item) {
    var left = item.querySelector("form") ? WITH_UNDO_MS : SHOWN_MS;
    var timer = setInterval(function () {
      if (document.hidden || item.matches(":hover") || item.contains(document.activeElement)) { return; }
      left -= 500;
      if (left <= 0) { clearInterval(timer); item.remove(); }
    }, 500);
  }

  function toast(text, bad) {
    var item = document.createElement("div"), words = document.createElement("div"), close = document.createElement("button");
    item.className = "toast-item" + (bad ? " is-bad" : "");
    words.textContent = text;
    close.type = "button";
    close.className = "toast-close";
    close.setAttribute("aria-label", box.dataset.close);
    close.textContent = "×";
    close.addEventListener("click", function () { item.remove(); });
    item.append(words, close);
    box.append(item);
    while (box.children.length > MOST) { box.firstElementChild.remove(); }
    leaveLater(item);
  }

  // What the last thing did comes with the page, and nobody reads out what stands there from the beginning.
  function tellOfLast(flash) {
    var close = flash.querySelector("[data-close]");
    close.hidden = false;
    close.addEventListener("click", function () { flash.remove(); });
    setTimeout(function () { document.getElementById("live").textContent = flash.querySelector(".flash-text").textContent; }, 200);
    leaveLater(flash);
  }

  // The sentence that asks is the name of the dialog; the others tell what follows from it.
  function parted(text) {
    // A name may have stops of its own.
    var plain = text.replace(/“[^”]*”/g, function (name) { return "_".repeat(name.length); });
    var end = plain.indexOf("?") + 1 || text.length, begin = plain.lastIndexOf(". ", end) + 1;
    return { asks: text.slice(begin, end).trim(), tells: (text.slice(0, begin) + text.slice(end)).trim() };
  }

  function question(text, verb, grave) {
    var words = parted(text);
    var yes = ask.querySelector("[data-yes]"), came = document.activeElement;
    ask.querySelector("h2").textContent = words.asks;
    ask.querySelector("p").textContent = words.tells;
    ask.querySelector("p").hidden = !words.tells;
    yes.dataset.word = yes.dataset.word || yes.textContent;
    yes.textContent = verb || yes.dataset.word;
    yes.className = "btn " + (grave ? "btn-danger" : "btn-primary");
    ask.returnValue = "";
    ask.showModal();
    ask.querySelector("[data-no]").focus();
    return new Promise(function (answer) {
      ask.addEventListener("close", function () {
        if (came && came.isConnected) { came.focus(); }
        answer(ask.returnValue === "yes");
      }, { once: true });
    });
  }

  function verbOf(button) {
    return button ? (button.dataset.verb || button.getAttribute("aria-label") || button.textContent).replace(/\s+/g, " ").trim() : "";
  }

  function isGrave(form, button) {
    return form.hasAttribute("data-grave") || Boolean(button && button.matches(".btn-danger, .btn-outline-danger, .btn-ghost-danger"))
      || Boolean(button && button.querySelector(".icon-tabler-trash, .icon-tabler-power"));
  }

  ask.querySelector("[data-yes]").addEventListener("click", function () { ask.close("yes"); });
  document.addEventListener("click", function (event) {
    var no = event.target.closest("dialog [data-no]");
    if (no) { no.closest("dialog").close(""); }
    // The dark around a dialog is the dialog itself.
    if (event.target.matches("dialog.ask")) { event.target.close(""); }
  });

  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter, text = (button && button.dataset.confirm) || form.dataset.confirm;
    if (!text) { return; }
    if (form.dataset.agreed !== undefined) { delete form.dataset.agreed; return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    question(text, verbOf(button), isGrave(form, button)).then(function (agreed) {
      if (!agreed || !form.isConnected) { return; }
      // What was asked here is not asked again by a page (webapp/web/asked.py).
      form.querySelectorAll("[name=ask]").forEach(function (field) { field.disabled = true; });
      form.dataset.agreed = "";
      form.requestSubmit(button && button.form === form ? button : undefined);
      delete form.dataset.agreed;
    });
  }, true);

  // The same for what htmx sends without a form: hx-confirm.
  document.addEventListener("htmx:confirm", function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    question(event.detail.question, verbOf(event.detail.elt), isGrave(event.detail.elt, event.detail.elt)).then(function (agreed) {
      if (agreed) { event.detail.issueRequest(true); }
    });
  });

  document.querySelectorAll(".flash[data-toast]").forEach(tellOfLast);
  window.sintonia = { toast: toast, question: question };
})();
