// Small comforts. Every page works without this file.
(function () {
  "use strict";
  var root = document.documentElement;

  function enhance(part) {
    part.querySelectorAll("[data-theme-toggle], [data-copy], [data-back]").forEach(function (button) { button.hidden = false; });
    part.querySelectorAll("[data-only-with]").forEach(showGroup);
    part.querySelectorAll("[data-tabs]").forEach(makeTabs);
    part.querySelectorAll("[data-filters]").forEach(function (field) { field.hidden = false; });
    part.querySelectorAll("[data-sum-of]").forEach(addUp);
  }

  // Products of the chosen integration only; without script all groups stay visible, named.
  function showGroup(group) {
    var select = document.getElementById(group.dataset.onlyWith);
    group.hidden = group.dataset.value.split(" ").indexOf(select.value) === -1;
  }

  // One panel at a time; a panel with a problem comes first. Without script the links lead down the page.
  function makeTabs(list) {
    var links = Array.from(list.querySelectorAll("a"));
    if (list.getAttribute("role")) { return; }
    list.setAttribute("role", "tablist");
    links.forEach(function (link) {
      link.setAttribute("role", "tab");
      link.setAttribute("aria-controls", link.hash.slice(1));
      document.querySelector(link.hash).setAttribute("role", "tabpanel");
      link.addEventListener("click", function (event) { event.preventDefault(); choose(link, true); });
      link.addEventListener("keydown", function (event) {
        var step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) { return; }
        event.preventDefault();
        choose(links[(links.indexOf(link) + step + links.length) % links.length], true).focus();
      });
    });
    function choose(chosen, said) {
      links.forEach(function (link) {
        var on = link === chosen;
        link.setAttribute("aria-selected", String(on));
        link.tabIndex = on ? 0 : -1;
        document.querySelector(link.hash).hidden = !on;
      });
      if (said) { history.replaceState(history.state, "", chosen.hash); }
      return chosen;
    }
    choose(links.find(function (link) { return link.classList.contains("is-wrong"); })
      || links.find(function (link) { return link.hash === location.hash; })
      || links.find(function (link) { return link.hash === list.dataset.opened; }) || links[0], false);
  }

  // Narrows a list that stands on the page: <input data-filters="#list">, its children carry data-text.
  document.addEventListener("input", function (event) {
    var list = event.target.dataset.filters;
    if (list) { narrow(document.querySelector(list), folded(event.target.value)); }
    document.querySelectorAll("[data-sum-of]").forEach(addUp);
    if (event.target.dataset.speed) { showSpeed(event.target); }
  });

  // <input data-speed="id of an output">: kbps as people say them.
  function showSpeed(field) {
    var mbps = Number(field.value) / 1000;
    document.getElementById(field.dataset.speed).textContent = mbps > 0 ? "= " + mbps.toLocaleString(root.lang) + " Mbps" : "";
  }

  function folded(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim(); }

  function narrow(list, text) {
    var shown = 0;
    list.querySelectorAll("[data-text]").forEach(function (item) {
      item.hidden = folded(item.dataset.text).indexOf(text) === -1;
      shown += item.hidden ? 0 : 1;
    });
    document.getElementById("live").textContent = String(shown);
  }

  // What lines add up to, beside what they should: <output data-sum-of="composition-" data-goal="value">.
  // data-none: said while no line has an amount; data-over: said instead of data-wrong when it is too much.
  function addUp(output) {
    var sum = 0, said = output.dataset, filled = false;
    document.querySelectorAll("input[name^='" + said.sumOf + "'][name$='-value']").forEach(function (field) {
      sum += cents(field.value);
      filled = filled || field.value.trim() !== "";
    });
    var gap = cents(document.getElementById(said.goal).value) - sum, empty = !filled && said.none;
    output.textContent = (empty || (gap === 0 ? said.right : gap < 0 && said.over || said.wrong))
      .replace("{sum}", written(sum)).replace("{gap}", written(Math.abs(gap)));
    output.classList.toggle("is-wrong", !empty && gap !== 0);
  }

  function cents(text) {
    var bare = text.replace(/[^0-9.,]/g, ""), mark = Math.max(bare.lastIndexOf(","), bare.lastIndexOf("."));
    if (mark === -1 || bare.length - mark > 3) { return Number(bare.replace(/[.,]/g, "") || 0) * 100; }
    return Number(bare.slice(0, mark).replace(/[.,]/g, "") || 0) * 100 + Number((bare.slice(mark + 1) + "00").slice(0, 2));
  }

  function written(value) { return (value / 100).toLocaleString(root.lang, { style: "currency", currency: "BRL", currencyDisplay: "narrowSymbol" }); }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-toggle], [data-copy], [data-back]");
    if (!button) { closeMenus(event.target); return; }
    if (button.dataset.copy !== undefined) { copy(button); return; }
    if (button.dataset.back !== undefined) { history.back(); return; }
    var theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    root.setAttribute("data-bs-theme", theme);
    root.setAttribute("data-theme", theme);
    document.cookie = "theme=" + theme + "; path=/; max-age=31536000; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
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
      if (!menu.contains(target) && !target.closest("dialog")) { menu.open = false; }
    });
  }

  document.addEventListener("submit", sendOnce, true);

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

  document.addEventListener("htmx:load", function (event) { enhance(event.detail.elt); });
  // Whoever closes a menu by key stands on its button again, not at the top of the page.
  document.addEventListener("keydown", function (event) {
    // Escape in a dialog closes the dialog; the menu below it is where one goes back to.
    if (event.key !== "Escape" || document.querySelector("dialog[open]")) { return; }
    var left = document.activeElement.closest("details.menu[open]");
    closeMenus(document.body);
    if (left) { left.querySelector("summary").focus(); }
  });
  // A filter inside a form narrows what stands there; Enter in it must not save the form.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Enter" && event.target.matches("[data-filters]")) { event.preventDefault(); }
  });
  enhance(document);
})();
