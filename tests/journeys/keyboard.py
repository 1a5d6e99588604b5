"""Somebody who has no mouse: everything goes through keys, and wherever the focus stands it must be seen."""

from dataclasses import dataclass

from playwright.sync_api import expect

from tests.journeys.browser import Visitor

FARTHEST = 80
# What a reader would be told of the element that has the focus.
STANDS_ON = """() => {
  const here = document.activeElement;
  if (!here || here === document.body) { return {name: '', id: '', tag: ''}; }
  const label = here.labels && here.labels.length ? here.labels[0].textContent : '';
  const text = here.matches('input, select, textarea') ? '' : here.textContent;
  const name = (here.getAttribute('aria-label') || label || text || '').replace(/\\s+/g, ' ').trim();
  return {name, id: here.id, tag: here.tagName.toLowerCase()};
}"""
# Compares how the element looks without the focus and with it; transitions are taken to their end.
# Once for each, because a field of a day has stops inside, and would be entered at its first one again.
IS_SEEN = """() => {
  if (document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')) { return null; }
  const here = document.activeElement, judged = window.judged ??= new WeakSet();
  if (here === document.body) { return true; }
  if (judged.has(here)) { return true; }
  judged.add(here);
  const shown = here.matches('.visually-hidden, .form-check-input') ? [here, here.parentElement] : [here];
  const finish = () => document.getAnimations().forEach(one => { try { one.finish(); } catch { /* endless */ } });
  const style = () => shown.map(one => {
    const css = getComputedStyle(one);
    const outline = css.outlineStyle === 'none' ? '' : [css.outlineStyle, css.outlineWidth, css.outlineColor].join(' ');
    return [outline, css.boxShadow, css.borderColor, css.backgroundColor].join('|');
  }).join('/');
  finish();
  const focused = style(), box = here.getBoundingClientRect();
  here.blur(); finish();
  const bare = style();
  here.focus({focusVisible: true, preventScroll: true});
  const inside = box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  return focused !== bare && inside && box.width > 0 && box.height > 0;
}"""


@dataclass(frozen=True)
class Focus:
    """The element that has the focus: its name as it is read out, its id, its tag."""

    name: str
    id: str
    tag: str


class Typist:
    """Reaches everything by Tab, arrows, Enter, Space and Escape."""

    def __init__(self, visitor: Visitor) -> None:
        self.at = visitor
        self.page = visitor.page
        # Otherwise the page is still gliding to the element when it is judged.
        self.page.emulate_media(reduced_motion="reduce")

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    @property
    def focus(self) -> Focus:
        return Focus(**self.page.evaluate(STANDS_ON))

    def reach(self, name: str = "", *, id: str = "", back: bool = False) -> None:
        """Press Tab until the element of this name, or of this id, has the focus; it must be seen at every stop.

        Args:
            name: as it is read out, whole or up to the first blank after these words.
            back: the other way round.
        """
        passed = []
        for _stop in range(FARTHEST):
            self.keys("Shift+Tab" if back else "Tab")
            here = self.focus
            assert not here.tag or self._is_seen(), f"the focus is not seen on {here} of {self.page.url}"
            if (id and here.id == id) or (name and f"{here.name} ".startswith(f"{name} ")):
                return
            passed.append(here.name or here.id)
        raise AssertionError(f"no {name or id} on {self.page.url}, only {passed}")

    def _is_seen(self) -> bool:
        """Judge where the focus stands; what is being exchanged is waited for, the focus comes back to it."""
        while (seen := self.page.evaluate(IS_SEEN)) is None:
            self.page.wait_for_timeout(20)
        return bool(seen)

    def open_with(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.keys(key)
        self.at.look()

    def follow(self, name: str) -> None:
        """Go to a link or button on the page and press it; the side menu is skipped."""
        self.skip_menu()
        self.reach(name)
        self.open_with()

    def skip_menu(self) -> None:
        """Take the first link of every page, which leads past the menu."""
        self.page.evaluate("document.activeElement.blur()")
        self.reach("Ir para o conteúdo")
        self.keys("Enter")
        expect(self.page.locator("#main")).to_be_focused()

    def write(self, **values: str) -> None:
        """Fill in fields by their ids, in the order in which Tab reaches them; two underscores stand for a hyphen."""
        for name, value in values.items():
            if self.focus.id != name.replace("__", "-"):
                self.reach(id=name.replace("__", "-"))
            self.keys("Control+a")
            self.page.keyboard.type(value)

    def choose(self, id: str, text: str) -> None:
        """Choose in a select by the arrows."""
        self.reach(id=id)
        field = self.page.locator(f"[id='{id}']")
        for _option in range(field.locator("option").count()):
            if field.locator("option:checked").inner_text() == text:
                break
            self.keys("ArrowDown")
        expect(field.locator("option:checked")).to_have_text(text)
        self.at.settle()
