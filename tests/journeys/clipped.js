// Finds words that are cut off: by a box that hides what does not fit, or in the field of a choice.
//
// What can be moved into sight is not cut off; nor is what only a reader hears, or what says the whole in its title. A
// choice that is as wide as a phone shows its words when it is opened: it cannot be wider.
window.clipped = (() => {
  const HIDES = /hidden|clip/, MOVES = /auto|scroll/, SLACK = 1.5, MOST = 8, WHOLE = 0.75;
  const pen = document.createElement('canvas').getContext('2d');

  function words(text) {
    return text.trim().replace(/\s+/g, ' ').slice(0, 60);
  }

  // Whether a box further out cuts the words of a text off.
  function cut(node, styles) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) {
      return false;
    }
    for (let around = node.parentElement; around && around !== document.body; around = around.parentElement) {
      const style = styles.get(around) || getComputedStyle(around);
      styles.set(around, style);
      if (MOVES.test(style.overflowX + style.overflowY) || style.position === 'fixed') {
        return false;
      }
      if (HIDES.test(style.overflowX + style.overflowY) || style.clipPath !== 'none' || style.clip !== 'auto') {
        const room = around.getBoundingClientRect();
        if (room.width < 2 || room.height < 2 || style.clip !== 'auto') {
          return false;
        }
        const wide = box.right > room.right + SLACK || box.left < room.left - SLACK;
        const high = box.bottom > room.bottom + SLACK || box.top < room.top - SLACK;
        if ((HIDES.test(style.overflowX) && wide) || (HIDES.test(style.overflowY) && high)) {
          return !around.closest('[title]');
        }
      }
    }
    return false;
  }

  function chosen(select) {
    const text = select.selectedOptions[0] ? select.selectedOptions[0].text : '', style = getComputedStyle(select);
    pen.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const room = select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    const open = select.offsetWidth > window.innerWidth * WHOLE;
    return select.checkVisibility() && room > 0 && !open && pen.measureText(text).width > room + SLACK ? words(text) : '';
  }

  return () => {
    const found = [...document.querySelectorAll('select:not([multiple])')].map(chosen), styles = new Map();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode, parent = node.parentElement;
      if (node.data.trim() && !/^(SCRIPT|STYLE|TEMPLATE|NOSCRIPT|OPTION)$/.test(parent.tagName) && parent.checkVisibility()
          && cut(node, styles)) {
        found.push(words(node.data));
      }
    }
    return [...new Set(found.filter(Boolean))].slice(0, MOST);
  };
})();
