// Asks axe about a page; loaded before every page of a tour, behind axe itself.
//
// What colours a text has hangs on the elements around it: their kinds, classes, states and places, never on the
// words (a policy forbids styles in a page). So each such chain is measured once for each way to look, not on
// every page. What axe could not decide is asked again. And what stands around the contents, the same on hundreds
// of pages, is taken away while axe looks, once all of it was seen, unless something may refer to it.
window.barriers = (() => {
  const VALUES = /^(class|type|role|scope|open|hidden|disabled|checked|colspan|aria-.*|data-theme|data-bs-theme)$/;
  const FRESH = 'data-not-yet-measured';

  function hash(text) {
    let high = 0xdeadbeef, low = 0x41c6ce57;
    for (let place = 0; place < text.length; place += 1) {
      high = Math.imul(high ^ text.charCodeAt(place), 2654435761);
      low = Math.imul(low ^ text.charCodeAt(place), 1597334677);
    }
    return (high >>> 0).toString(36) + (low >>> 0).toString(36);
  }

  function says(element) {
    const words = [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
    return words || Boolean(element.value || element.placeholder);
  }

  function describe(element) {
    const attributes = [...element.attributes].map(({name, value}) =>
      VALUES.test(name) ? `${name}=${value}` : name === 'id' ? `#${value.replace(/\d+/g, '')}` : name);
    const before = element.parentElement ? [...element.parentElement.children].indexOf(element) : 0;
    const place = `${before === 0} ${element.nextElementSibling === null} ${before % 2}`;
    return `${element.tagName} ${attributes.sort().join(' ')} ${place} ${says(element)}`;
  }

  // Returns whether the element and all within it were seen before.
  function choose(element, around, known, chosen, seen) {
    const chain = hash(around + describe(element)), fresh = !known.has(chain) && element.checkVisibility();
    if (fresh) {
      chosen.set(element, chain);
    }
    const old = [...element.children].map(child => choose(child, chain, known, chosen, seen)).every(Boolean) && !fresh;
    if (old) {
      seen.add(element);
    }
    return old;
  }

  // Gives the largest parts outside the contents to which no name leads.
  function frame(parent, main) {
    return [...parent.children].filter(child => child !== main).flatMap(child => {
      const named = child.id || child.contains(main) || child.querySelector('[id]');
      return named ? frame(child, main) : [child];
    });
  }

  function takeAway(elements) {
    const places = elements.map(element => [element, document.createComment('')]);
    places.forEach(([element, place]) => element.replaceWith(place));
    return () => places.forEach(([element, place]) => place.replaceWith(element));
  }

  function undecided(results) {
    const contrast = results.incomplete.find(one => one.id === 'color-contrast');
    return new Set(contrast ? contrast.nodes.map(node => node.element) : []);
  }

  // Gives what is wrong, the chains that need not be measured again, and how wide the page is.
  return async function ask(within, rules, known) {
    const chosen = new Map(), seen = new Set(), styles = [...document.styleSheets].map(sheet => sheet.href).join(' ');
    const main = document.querySelector('main'), width = document.documentElement.scrollWidth;
    document.querySelectorAll(`[${FRESH}]`).forEach(element => element.removeAttribute(FRESH));
    choose(document.documentElement, styles, new Set(known), chosen, seen);
    chosen.forEach((_, element) => element.setAttribute(FRESH, ''));
    axe.configure({rules: [{id: 'color-contrast', selector: `[${FRESH}]`}]});
    const putBack = takeAway(main && known.length ? frame(document.body, main).filter(part => seen.has(part)) : []);
    const results = await axe.run(within || document, {
      resultTypes: ['violations', 'incomplete'], elementRef: true, runOnly: rules,
    });
    putBack();
    const open = undecided(results);
    const found = results.violations.flatMap(violation => violation.nodes.slice(0, 3).map(
      node => [violation.id, node.html.replace(` ${FRESH}=""`, '').slice(0, 140), node.failureSummary]));
    const chains = [...chosen].filter(([element]) => !open.has(element) && (!within || element.closest(within)));
    return [found, [...new Set(chains.map(([, chain]) => chain))], width];
  };
})();
