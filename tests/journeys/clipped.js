// Finds words that are cut off by a box that hides what does not fit.
//
// What can be moved into sight is not cut off; nor is what only a reader hears, what says the whole in its title, or what
// stands in a choice: it shows all its words when it is opened.
window.clipped = (() => {
  const HIDES = /hidden|clip/, MOVES = /auto|scroll/, SLACK = 1.5, MOST = 8;

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

  return () => {
    const found = [], styles = new Map();
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
