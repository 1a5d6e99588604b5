// Comforts of lists: short addresses, a form that knows the order chosen by a head, columns that move at once.
(function () {
  "use strict";

  // What asks for nothing stays out of the address.
  function usual(form, name, value) {
    var field = form.elements[name];
    return value === "" || (name === "size" && field && !field.dataset.touched && field.dataset.given === undefined && value === field.dataset.usual);
  }

  document.addEventListener("htmx:configRequest", function (event) {
    var form = event.detail.elt.closest("form[data-list]");
    if (!form) { return; }
    Object.keys(event.detail.parameters).forEach(function (name) {
      if (usual(form, name, String(event.detail.parameters[name]))) { delete event.detail.parameters[name]; }
    });
  });

  // A head was clicked: the form beside would else send the order of before.
  document.addEventListener("htmx:afterSwap", function () {
    document.querySelectorAll("form[data-list]").forEach(function (form) {
      var list = document.getElementById(form.dataset.list), sort = form.elements.sort;
      if (list && sort && list.dataset.sort) { sort.value = list.dataset.sort; }
    });
  });

  // Without script the same buttons ask the server for the new order.
  document.addEventListener("click", function (event) {
    var button = event.target.closest(".columns-moves button");
    if (!button) { return; }
    event.preventDefault();
    var line = button.closest("li"), other = button.name === "up" ? line.previousElementSibling : line.nextElementSibling;
    if (!other || other.dataset.first !== undefined) { return; }
    other.insertAdjacentElement(button.name === "up" ? "beforebegin" : "afterend", line);
    button.focus();
    document.getElementById("live").textContent = line.textContent.trim();
  });
})();
