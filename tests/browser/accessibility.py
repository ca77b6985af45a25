"""What a reader can make out: axe-core's violations, and the contrast and size of every word."""

from axe_playwright_python.sync_playwright import Axe

# The WCAG's contrast of each word with the page behind it, opacity included, and its size in pixels.
WORDS = """(box) => {
  const rgba = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith('color(') ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], back) => [r, g, b].map((c, i) => a * c + (1 - a) * back[i]);
  const light = (rgb) => {
    const part = rgb.map((c) => c / 255)
      .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  let page = box;
  while (page && rgba(getComputedStyle(page).backgroundColor)[3] === 0) page = page.parentElement;
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const back = page ? rgba(getComputedStyle(page).backgroundColor).slice(0, 3)
    : dark ? [18, 18, 18] : [255, 255, 255];
  const words = 'text, p, h1, button, label span, output, summary, th, td, caption, .widget-label';
  return [...box.querySelectorAll(words)]
    .filter((element) => element.textContent.trim() && element.checkVisibility() && !element.closest('.rk-said'))
    .map((element) => {
      const style = getComputedStyle(element);
      const color = rgba(element.tagName === 'text' ? style.fill : style.color);
      for (let up = element; up; up = up.parentElement) color[3] *= getComputedStyle(up).opacity;
      const [front, behind] = [light(over(color, back)), light(back)];
      const scale = element.ownerSVGElement ? element.getScreenCTM().a : 1;
      return {
        text: element.textContent.slice(0, 40),
        contrast: (Math.max(front, behind) + 0.05) / (Math.min(front, behind) + 0.05),
        pixels: parseFloat(style.fontSize) * scale,
      };
    });
}"""


def violations(page, context=None):
    """What axe-core finds, each as its rule and the markup that breaks it."""
    found = Axe().run(page, context=context).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found for node in one["nodes"]]


def assert_words_stand_out(box, least_pixels=11):
    """Every word has the contrast that the WCAG asks for, and can be read."""
    words = box.evaluate(WORDS)
    assert words
    faint = [word for word in words if word["contrast"] < 4.5]
    small = [word for word in words if word["pixels"] < least_pixels]
    assert not faint, faint[:5]
    assert not small, small[:5]
