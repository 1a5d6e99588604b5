// Asks axe about a page; loaded before every page of a tour, behind axe itself.
//
// How well a text can be read hangs on its colour and size and on what is painted below it. The browser knows both,
// so each such pairing is measured once for each way to look, not in every row of every page. What axe could not
// decide, or never came to, is asked again. What stands around the contents, the same on hundreds of pages, is taken
// away while axe looks, once all of it was seen, unless something may refer to it; a menu all of which was seen is
// not asked about again.
window.barriers = (() => {
  const VALUES = /^(class|type|role|scope|open|hidden|disabled|checked|colspan|aria-.*|data-theme|data-bs-theme)$/;
  const REFERENCES = /^(for|list|headers|aria-(labelledby|describedby|controls|owns))$/;
  const FRESH = 'data-not-yet-measured', MANY = 4, PAIRING = 'colour ', KIND = 'kind ';
  const OUT_OF_USE = ':disabled, [aria-disabled="true"], :disabled *, [aria-disabled="true"] *';

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

  // What is painted behind the text of an element by itself; what floats above others says where it belongs.
  function surface(element, style) {
    const plain = style.backgroundColor === 'rgba(0, 0, 0, 0)' && style.backgroundImage === 'none';
    const paint = plain ? '' : `${style.backgroundColor} ${style.backgroundImage}`;
    const through = `${style.opacity} ${style.filter} ${style.mixBlendMode}`;
    const floats = /absolute|fixed|sticky/.test(style.position) ? `${element.tagName}.${element.className}` : '';
    return paint || floats || through !== '1 none normal' ? `|${paint} ${through} ${floats}` : '';
  }

  // Notes of each pairing that is not known some elements that show it.
  function pair(element, below, known, chosen) {
    const style = getComputedStyle(element), around = below + surface(element, style);
    if (style.display === 'none') {
      return;
    }
    if (says(element)) {
      const text = `${style.color} ${style.fontSize} ${style.fontWeight} ${style.textShadow} ${style.webkitTextStroke}`;
      const pairing = PAIRING + hash(`${text} ${element.matches(OUT_OF_USE)} ${around}`);
      const box = known.has(pairing) ? {} : element.getBoundingClientRect();
      const others = chosen.get(pairing) || [];
      if (box.width > 1 && box.height > 1 && others.length < MANY && element.checkVisibility()) {
        chosen.set(pairing, [...others, element]);
      }
    }
    [...element.children].forEach(child => pair(child, around, known, chosen));
  }

  function attribute({name, value}) {
    if (name === 'id') {
      return `#${value.replace(/\d+/g, '')}`;
    }
    const there = REFERENCES.test(name) ? value.split(/\s+/).every(id => document.getElementById(id)) : value !== '';
    return `${name}${VALUES.test(name) ? `=${value}` : ''} ${there}`;
  }

  function describe(element) {
    const attributes = [...element.attributes].filter(({name}) => name !== FRESH).map(attribute);
    const before = element.parentElement ? [...element.parentElement.children].indexOf(element) : 0;
    const place = `${before === 0} ${element.nextElementSibling === null} ${before % 2}`;
    const words = `${says(element)} ${Boolean(element.textContent.trim())}`;
    return `${element.tagName} ${attributes.sort().join(' ')} ${place} ${words}`;
  }

  // Returns whether the element and all within it, the contents of the page left out, are of a kind seen before.
  function look(element, around, known, kinds, seen) {
    if (element.tagName === 'MAIN') {
      return false;
    }
    const kind = KIND + hash(around + describe(element)), fresh = !known.has(kind) && element.checkVisibility();
    if (fresh) {
      kinds.add(kind);
    }
    const old = [...element.children].map(child => look(child, kind, known, kinds, seen)).every(Boolean) && !fresh;
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

  // Has axe look at the colours of the chosen alone; gives the set of those that it came to look at.
  function only(chosen) {
    const met = new Set();
    document.querySelectorAll(`[${FRESH}]`).forEach(element => element.removeAttribute(FRESH));
    [...chosen.values()].flat().forEach(element => element.setAttribute(FRESH, ''));
    axe.configure({
      checks: [{id: 'met', evaluate: node => Boolean(met.add(node))}],
      rules: [{id: 'color-contrast', selector: `[${FRESH}]`, all: ['met']}],
    });
    return met;
  }

  function undecided(results) {
    const contrast = results.incomplete.find(one => one.id === 'color-contrast');
    return new Set(contrast ? contrast.nodes.map(node => node.element) : []);
  }

  async function run(root, rules, chosen) {
    const met = only(chosen);
    const results = await axe.run(root, {resultTypes: ['violations', 'incomplete'], elementRef: true, runOnly: rules});
    const open = undecided(results);
    const found = results.violations.flatMap(violation => violation.nodes.slice(0, 3).map(
      node => [violation.id, node.html.replace(` ${FRESH}=""`, '').slice(0, 140), node.failureSummary]));
    const decided = [...chosen.keys()].filter(key => chosen.get(key).some(one => met.has(one) && !open.has(one)));
    return [found, decided];
  }

  // A look that was changed a moment ago may still be on its way from one colour to the other.
  function settle() {
    document.getAnimations().forEach(one => { try { one.finish(); } catch { /* it has no end */ } });
  }

  // Gives what is wrong, what need not be measured again, and how wide the page is.
  return async function ask(within, rules, knownBefore) {
    settle();
    // A page that was scrolled to its complaint has something half under the head that stays; it moves out from there.
    scrollTo({top: 0, behavior: 'instant'});
    const known = new Set(knownBefore), chosen = new Map(), kinds = new Set(), seen = new Set();
    const main = document.querySelector('main'), width = document.documentElement.scrollWidth;
    const styles = [...document.styleSheets].map(sheet => sheet.href).join(' ');
    const part = within ? document.querySelector(within) : null;
    if (look(part || document.documentElement, styles, known, kinds, seen) && part) {
      return [[], [], width];
    }
    pair(document.documentElement, styles, known, chosen);
    const putBack = takeAway(main && known.size ? frame(document.body, main).filter(one => seen.has(one)) : []);
    const [found, decided] = await run(part || document, rules, chosen);
    putBack();
    return [found, [...decided, ...kinds], width];
  };
})();
