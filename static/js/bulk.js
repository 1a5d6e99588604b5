// Choosing many lines of a list: the whole page at once, and how many are chosen. The bar works without this file.
(function () {
  "use strict";

  function rows() { return Array.from(document.querySelectorAll("[data-bulk-row]")); }

  function tell() {
    var said = document.querySelector("[data-bulk-count]"), page = document.querySelector("[data-bulk-page] input");
    var all = document.querySelector("[data-bulk-all]"), boxes = rows();
    if (!said || !page) { return; }
    var count = boxes.filter(function (box) { return box.checked; }).length, whole = Boolean(all && all.checked);
    said.dataset.first = said.dataset.first || said.textContent;
    said.textContent = whole ? "" : count === 0 ? said.dataset.first : count === 1 ? said.dataset.one
      : said.dataset.many.replace("{count}", String(count));
    page.checked = boxes.length > 0 && count === boxes.length;
    page.indeterminate = count > 0 && count < boxes.length;
    boxes.forEach(function (box) { box.disabled = whole; });
    document.querySelectorAll("[data-bulk-go]").forEach(function (button) { button.disabled = !whole && count === 0; });
  }

  document.addEventListener("change", function (event) {
    if (event.target.closest("[data-bulk-page]")) {
      rows().forEach(function (box) { box.checked = event.target.checked; });
    }
    if (event.target.closest("[data-bulk-page], [data-bulk-all], [data-bulk-row]")) { tell(); }
  });

  function begin() {
    document.querySelectorAll("[data-bulk-page]").forEach(function (box) { box.hidden = false; });
    tell();
  }

  document.addEventListener("htmx:load", begin);
  window.addEventListener("pageshow", begin);
  begin();
})();
